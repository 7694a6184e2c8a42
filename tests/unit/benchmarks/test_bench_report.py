"""The report as cells, Markdown and JSON."""

from __future__ import annotations

import json

import pytest
from benchmarks.figures import Figure, row
from benchmarks.report import HEADINGS, as_json, cells, markdown, number

ROW = row(Figure("lab_list", "`lab list`", "s", 0.2), [0.1, 0.3, 0.15])
MACHINE = {"cores": "2", "memory": "4 GB"}


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0.00"), (0.204, "0.20"), (12.34, "12.3"), (123.4, "123")])
def test_decimals_say_something(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_row_in_cells() -> None:
    assert cells(ROW) == ("`lab list`", "0.15 s", "0.10 – 0.30", "3", "≤ 0.2 s", "yes")
    assert cells(row(Figure("x", "x", "s"), [1.0]))[4:] == ("", "")


def test_markdown_has_a_column_for_each_heading() -> None:
    lines = markdown([ROW], MACHINE).splitlines()
    assert [line.count("|") for line in lines[:3]] == [len(HEADINGS) + 1] * 3
    assert lines[-1] == "Measured on: cores: 2; memory: 4 GB."


def test_json_carries_samples_and_limits() -> None:
    data = json.loads(json.dumps(as_json([ROW], MACHINE, {"more": 1})))
    assert data["machine"] == MACHINE
    assert data["figures"][0] == {
        "id": "lab_list", "title": "`lab list`", "unit": "s", "samples": [0.1, 0.3, 0.15],
        "median": 0.15, "min": 0.1, "max": 0.3, "most": 0.2, "met": True,
    }  # fmt: skip
    assert data["details"] == {"more": 1}
