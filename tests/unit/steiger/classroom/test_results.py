"""Results as files: true, and with a student's text as data in each."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.classroom.grades import HOSTILE, MOMENT, graded, grading, unreached

from steiger.classroom import results
from steiger.classroom.roster import Student

if TYPE_CHECKING:
    from pathlib import Path

    from steiger.catalogue import Lab
    from steiger.classroom.results import Grading


def parsed(made: Grading, language: str) -> ET.Element:
    return ET.fromstring(results.junit(made, language))  # noqa: S314 - we wrote it a moment ago


@pytest.fixture
def three(lab: Lab) -> Grading:
    return grading(
        lab,
        graded(lab, Student("jan", "Jan")),
        graded(lab, Student("zoe", "Zoë"), named="absent"),
        unreached(Student("piet", "Piet")),
    )


def test_a_student_has_a_file_with_each_check(lab: Lab, three: Grading) -> None:
    data = results.student_data(three, three.rows[1], "en")
    assert (data["class"], data["student"], data["time"], data["source"]) == ("docker26", "zoe", MOMENT, "graded")
    (found,) = data["labs"]
    assert (found["lab"], found["passed"], found["total"], found["points"]) == (lab.id, 0, len(lab.tasks), 0)
    assert found["checks"][0]["message"]


def test_who_was_not_reached_has_a_reason_and_no_points(three: Grading) -> None:
    data = results.student_data(three, three.rows[2], "en")
    assert (data["trouble"], data["labs"][0]["error"]) == ("unreached", "Connection refused")


def test_a_table_for_a_learning_platform(lab: Lab, three: Grading) -> None:
    rows = list(csv.DictReader(io.StringIO(results.table(three))))
    assert [(row["id"], row[lab.id], row["total"], row["maximum"]) for row in rows] == [
        ("jan", str(lab.points), str(lab.points), str(lab.points)),
        ("zoe", "0", "0", str(lab.points)),
        ("piet", "", "", str(lab.points)),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_is_no_formula_no_tag_and_no_new_cell(lab: Lab, text: str) -> None:
    made = grading(lab, graded(lab, Student("mallory", text, group=text)))
    (row,) = csv.DictReader(io.StringIO(results.table(made)))
    assert row["name"].removeprefix("'") == text
    assert not row["name"].startswith(("=", "+", "-", "@"))
    assert row["group"] == row["name"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_seen_is_text_in_xml(lab: Lab, text: str) -> None:
    made = grading(lab, unreached(Student("mallory", text), text))
    errors = parsed(made, "en").findall("testsuite/testcase/error")
    assert len(errors) == len(lab.tasks)
    assert errors[0].get("message") == text.replace("\ufffe\u0007", "\ufffd\ufffd")


def test_junit_counts_what_it_holds(lab: Lab, three: Grading) -> None:
    root = parsed(three, "nl")
    suites = {suite.get("name"): suite for suite in root}
    counts = {name: (suite.get("failures"), suite.get("errors")) for name, suite in suites.items()}
    assert counts == {"jan": ("0", "0"), "zoe": ("1", "0"), "piet": ("0", str(len(lab.tasks)))}
    failure = suites["zoe"].find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "absent"
    assert len(suites["zoe"].findall("testcase")) == int(suites["zoe"].get("tests", "0"))


def test_the_files_are_there_and_can_be_written_again(three: Grading, tmp_path: Path) -> None:
    folder = tmp_path / "results/2026-11-22"
    written = results.write(three, folder, "en")
    assert sorted(path.name for path in written) == ["jan.json", "piet.json", "results.csv", "results.xml", "zoe.json"]
    assert results.write(three, folder, "en") == written
    assert sorted(folder.iterdir()) == sorted(written)
    assert json.loads((folder / "jan.json").read_text(encoding="utf-8"))["student"] == "jan"
