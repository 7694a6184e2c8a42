"""Result files that students hand in: what counts, what is refused and why, and what a hostile file may do: nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.steiger.classroom.grades import HOSTILE, graded, grading, unreached
from tests.unit.steiger.conftest import make_lab
from tests.unit.steiger.fakes import FakeEngine

from steiger import i18n, progress, values
from steiger.catalogue import load
from steiger.classroom import grading as grading_
from steiger.classroom import history, page, reported, results
from steiger.classroom.results import REPORTED, Row
from steiger.classroom.roster import Student
from steiger.cli import main
from steiger.commands import status
from steiger.errors import SteigerError
from steiger.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from steiger.catalogue import Lab

JAN, ZOE, PIET = Student("jan", "Jan"), Student("zoe", "Zoë"), Student("piet", "Piet")
CLASS = (JAN, ZOE, PIET)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
TIME = "2026-11-22T09:00:00+00:00"
NO_RESULT = "it is no whole result file; the student makes one with: lab status --export"
AGAIN = "; have the student run lab status --export again, and hand in that file as it is"
ALTERED = "it was altered or damaged: its checksum does not fit" + AGAIN
LARGE = "it is larger than 1 MB, which a result file never is" + AGAIN
NOT_PLAIN = "it is no plain file; put the file itself there, not a link or a folder"
RELEASE = "it comes from another release of Steiger; have the student run ./setup of this one and export again"
UNFIT = "what it says of pier does not fit that lab here; have the student run ./setup of this release and export again"


def values_of(student: Student, lab: Lab) -> dict[str, str]:
    return values.derive(lab.values, lab.id, f"class {student.id}")


def of(student: str, *labs: Lab, seed: str = "", time: str = TIME, finding: str = "absent") -> dict[str, Any]:
    """Return the data of a student's file, of the class's seed unless another is given, without its seal."""
    return {
        "student": student,
        "time": time,
        "labs": {
            lab.id: {
                "tasks": {
                    task.id: {"finding": finding, "seen": {"name": "x", "seen": "y"} if finding else {}}
                    for task in lab.tasks
                },
                "values": values.derive(lab.values, lab.id, seed or f"class {student}"),
                "machine": {"registry": "127.0.0.1:5000", "folder": "/home/me/labs/pier"},
                "progress": {"phase": "started", "started": TIME, "checks": 3},
            }
            for lab in labs
        },
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder in which files are handed in."""
    made = tmp_path / "handed-in"
    made.mkdir()
    return made


def put(folder: Path, name: str, data: dict[str, Any]) -> None:
    (folder / name).write_text(json.dumps(reported.sealed(data)), encoding="utf-8")


def read(folder: Path, *labs: Lab) -> tuple[list[Row], list[str]]:
    return reported.read(folder, CLASS, labs, values_of)


def only_refusal(folder: Path, *labs: Lab) -> str:
    """Return the one line that is said; no file counts."""
    rows, refused = read(folder, *labs)
    assert rows == []
    (line,) = refused
    assert not CONTROL.search(line)
    return line


# What counts


def test_a_file_is_a_row_that_is_marked(folder: Path, lab: Lab) -> None:
    put(folder, "a.json", of("zoe", lab))
    put(folder, "b.json", of("jan", lab, finding=""))
    rows, refused = read(folder, lab)
    assert refused == []
    assert [(row.student, row.source, row.remark, row.trouble) for row in rows] == [
        (JAN, REPORTED, "", ""),
        (ZOE, REPORTED, "", ""),
    ]
    found = rows[1].labs[lab.id]
    assert [(each.task.id, each.finding, dict(each.seen)) for each in found.outcomes] == [
        ("named", "absent", {"name": "x", "seen": "y"})
    ]
    assert found.progress["started"] == TIME
    assert rows[1].values == {lab.id: values_of(ZOE, lab)}
    assert [results.points(lab, row) for row in rows] == [1, 0]


def test_what_lab_exports_is_what_is_read(
    folder: Path, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/student").write_text("zoe", encoding="utf-8")
    (tmp_path / "etc/seed").write_text("class zoe", encoding="utf-8")
    monkeypatch.setattr(status, "Engine", FakeEngine)
    progress.write(lab.id, Progress("started", TIME))
    assert main(["status", "--export", str(folder)]) == 0
    (row,), refused = read(folder, lab)
    assert (refused, row.student, row.remark) == ([], ZOE, "")
    assert row.labs[lab.id].outcomes[0].finding == "absent"


def test_a_file_may_be_written_otherwise_with_the_same_in_it(folder: Path, lab: Lab) -> None:
    """A mark in front, other line ends and indents: what mail programs and editors do is no alteration."""
    text = json.dumps(reported.sealed(of("jan", lab)), indent=4, ensure_ascii=False).replace("\n", "\r\n")
    (folder / "Jan (1).JSON").write_bytes(b"\xef\xbb\xbf" + text.encode())
    rows, refused = read(folder, lab)
    assert (len(rows), refused) == (1, [])


def test_the_newest_of_a_student_counts(folder: Path, lab: Lab) -> None:
    put(folder, "1.json", of("jan", lab, time="2026-11-22T10:00:00+00:00", finding=""))
    put(folder, "2.json", of("jan", lab, time="2026-11-22T09:59:59+00:00"))
    rows, refused = read(folder, lab)
    assert refused == []
    assert [results.points(lab, row) for row in rows] == [1]


def test_a_lab_that_is_not_in_the_file_was_not_done_and_another_is_nobodys_business(
    folder: Path, lab: Lab, tmp_path: Path
) -> None:
    quay = load(make_lab(tmp_path / "labs", "quay"))
    put(folder, "jan.json", of("jan", lab))
    (row,), refused = read(folder, quay)
    assert refused == []
    assert row.labs[quay.id].error == "it is not in the file that was handed in"
    assert set(row.labs) == {quay.id}
    assert results.points(quay, row) is None


def test_a_lab_that_could_not_be_checked_says_so(folder: Path, lab: Lab) -> None:
    data = of("jan", lab)
    del data["labs"][lab.id]["tasks"]
    data["labs"][lab.id]["error"] = "no\x1b[31m engine\n"
    put(folder, "jan.json", data)
    (row,), _refused = read(folder, lab)
    assert row.labs[lab.id].error == "no engine"


def test_other_files_are_left_alone(folder: Path, lab: Lab) -> None:
    (folder / "read me.txt").write_text("x", encoding="utf-8")
    (folder / "below").mkdir()
    put(folder / "below", "jan.json", of("jan", lab))
    assert read(folder, lab) == ([], [])


# Whose values


def test_a_seed_of_the_machines_own_is_remarked(folder: Path, lab: Lab) -> None:
    put(folder, "jan.json", of("jan", lab, seed="random"))
    (row,), refused = read(folder, lab)
    assert refused == []
    assert (row.source, row.remark) == (REPORTED, "made on a machine without the seed of the class: pier")
    # What is said of it holds the values that the student had.
    assert row.values[lab.id] == values.derive(lab.values, lab.id, "random") != values_of(JAN, lab)


def test_the_values_of_another_student_are_refused(folder: Path, lab: Lab) -> None:
    put(folder, "jan.json", of("jan", lab, seed="class zoe"))
    put(folder, "zoe.json", of("zoe", lab))
    rows, refused = read(folder, lab)
    assert [row.student for row in rows] == [ZOE]
    assert refused == ["jan.json: it says jan, and its values are those of zoe; ask both whose work it is"]


def test_two_students_with_the_same_values_are_named_and_neither_counts(folder: Path, lab: Lab) -> None:
    put(folder, "jan.json", of("jan", lab, seed="random"))
    put(folder, "zoe.json", of("zoe", lab, seed="random", finding=""))
    put(folder, "piet.json", of("piet", lab, seed="own"))
    rows, refused = read(folder, lab)
    assert [row.student for row in rows] == [PIET]
    assert refused == [
        "jan.json: it has the same values as zoe.json (zoe), so one is a copy; ask them, and leave the right one here",
        "zoe.json: it has the same values as jan.json (jan), so one is a copy; ask them, and leave the right one here",
    ]
    (folder / "jan.json").unlink()
    rows, refused = read(folder, lab)
    assert ([row.student for row in rows], refused) == ([ZOE, PIET], [])


def test_one_lab_of_another_is_enough_to_be_noticed(folder: Path, lab: Lab, tmp_path: Path) -> None:
    quay = load(make_lab(tmp_path / "labs", "quay"))
    jan, zoe = of("jan", lab, quay, seed="of jan"), of("zoe", lab, quay, seed="of zoe")
    jan["labs"][quay.id] = zoe["labs"][quay.id]
    put(folder, "jan.json", jan)
    put(folder, "zoe.json", zoe)
    assert len(read(folder, lab, quay)[1]) == 2
    assert read(folder, lab)[1] == []


def test_a_student_has_their_own_values_twice(folder: Path, lab: Lab) -> None:
    for name in ("1.json", "2.json"):
        put(folder, name, of("jan", lab, seed="random"))
    rows, refused = read(folder, lab)
    assert (len(rows), refused) == (1, [])


def test_few_values_may_be_the_same_by_chance(
    folder: Path, change: Callable[[Callable[[dict[str, Any]], object]], Path]
) -> None:
    for mutate in (
        lambda data: data.update(values={"side": {"kind": "choice", "of": ["port", "starboard"]}}),
        lambda data: data.pop("values"),
    ):
        lab = load(change(mutate))
        for student in CLASS:
            put(folder, f"{student.id}.json", of(student.id, lab, seed="the same"))
        rows, refused = read(folder, lab)
        assert (len(rows), refused) == (3, [])


# What is refused


def altered(data: dict[str, Any]) -> None:
    data["labs"]["pier"]["tasks"]["named"]["finding"] = ""


@pytest.mark.parametrize(
    ("change_it", "line"),
    [
        (altered, ALTERED),
        (lambda data: data.update(student="jan "), ALTERED),
        (lambda data: data.update(checksum="sha256:" + 64 * "0"), ALTERED),
        (lambda data: data.update(checksum=None), ALTERED),
        (lambda data: data.pop("checksum"), NO_RESULT),
        (lambda data: data.pop("steiger"), NO_RESULT),
        (lambda data: data.update(steiger=2), RELEASE),
        (lambda data: data.update(steiger=True), RELEASE),
        (lambda data: data.update(steiger="1"), RELEASE),
        (lambda data: data.update(steiger=[]), RELEASE),
    ],
)
def test_an_altered_file(folder: Path, lab: Lab, change_it: Callable[[dict[str, Any]], object], line: str) -> None:
    data = reported.sealed(of("jan", lab))
    change_it(data)
    (folder / "jan.json").write_text(json.dumps(data), encoding="utf-8")
    assert only_refusal(folder, lab) == f"jan.json: {line}"


def at(path: str, thing: Any) -> Callable[[dict[str, Any]], object]:
    """Return what puts a thing at a path of the data; nothing at all takes away what is there."""

    def apply(data: dict[str, Any]) -> None:
        *way, last = path.split("/")
        for name in way:
            data = data[name]
        if thing is ...:
            del data[last]
        else:
            data[last] = thing

    return apply


@pytest.mark.parametrize(
    ("change_it", "line"),
    [
        (at("student", ...), NO_RESULT),
        (at("student", ["jan"]), NO_RESULT),
        (at("student", None), NO_RESULT),
        (at("time", ...), NO_RESULT),
        (at("time", 5), NO_RESULT),
        (at("time", "yesterday"), NO_RESULT),
        (at("time", "2026-11-22T09:00:00"), NO_RESULT),
        (at("time", "2026-11-22T09:00:00+01:00"), NO_RESULT),
        (at("labs", ...), NO_RESULT),
        (at("labs", ["pier"]), NO_RESULT),
        (at("labs", None), NO_RESULT),
        (at("labs/pier", []), UNFIT),
        (at("labs/pier", None), UNFIT),
        (at("labs/pier/values", ...), UNFIT),
        (at("labs/pier/values", {}), UNFIT),
        (at("labs/pier/values", ["box"]), UNFIT),
        (at("labs/pier/values/box", 5), UNFIT),
        (at("labs/pier/values/boat", "x"), UNFIT),
        (at("labs/pier/machine", {}), UNFIT),
        (at("labs/pier/tasks", {}), UNFIT),
        (at("labs/pier/tasks/named/finding", "own"), UNFIT),
        (at("labs/pier/tasks/named/finding", 5), UNFIT),
        (at("labs/pier/tasks/named/seen", {"x": ["y"]}), UNFIT),
        (at("labs/pier/tasks/named/seen", {str(number): "x" for number in range(21)}), UNFIT),
        (at("labs/pier/progress", None), UNFIT),
        (at("labs/pier/progress/checks", "3"), UNFIT),
        (at("labs/pier/error", 5), UNFIT),
    ],
)
def test_a_file_with_a_good_checksum_is_still_held_to_its_form(
    folder: Path, lab: Lab, change_it: Callable[[dict[str, Any]], object], line: str
) -> None:
    data = of("jan", lab)
    change_it(data)
    put(folder, "jan.json", data)
    assert only_refusal(folder, lab) == f"jan.json: {line}"


@pytest.mark.parametrize("student", ["mallory", "Jan", "jan\n", "../jan", "", *HOSTILE])
def test_a_file_of_nobody_in_the_roster(folder: Path, lab: Lab, student: str) -> None:
    put(folder, "x.json", of(student, lab))
    line = only_refusal(folder, lab)
    assert line.startswith("x.json: ")
    assert line.endswith(
        " is not in the roster; ask whose it is, and have them put their id in /etc/steiger/student and export again"
    )


SEAL = '"steiger": 1, "student": "jan", "checksum": "x"'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"3",
        b'"steiger"',
        b"{" + SEAL.encode(),
        b"[" * 500_000,
        b'{"a":' * 100_000,
        f'{{{SEAL}, "labs": NaN}}'.encode(),
        f'{{{SEAL}, "labs": -Infinity}}'.encode(),
        f'{{{SEAL}, "labs": 1e999}}'.encode(),
        f'{{{SEAL}, "labs": 1.5}}'.encode(),
        f'{{{SEAL}, "labs": {"9" * 100_000}}}'.encode(),
        f'{{{SEAL}, "labs": "é"}}'.encode("latin-1"),
        f"{{{SEAL}}}".encode("utf-16"),
        b"\x00" * 5000,
        b"\x1f\x8b\x08",
    ],
    ids=lambda content: repr(content[:20] + content[-20:]),
)
def test_what_is_no_result_file(folder: Path, lab: Lab, content: bytes) -> None:
    (folder / "jan.json").write_bytes(content)
    assert only_refusal(folder, lab) == f"jan.json: {NO_RESULT}"


def test_nesting_that_only_just_can_be_read(folder: Path, lab: Lab) -> None:
    for depth in range(900, 1000, 10):
        text = f'{{{SEAL}, "labs": {"[" * depth}{"]" * depth}}}'
        (folder / f"{depth}.json").write_text(text, encoding="utf-8")
    rows, refused = read(folder, lab)
    assert rows == []
    assert {line.partition(": ")[2] for line in refused} <= {NO_RESULT, ALTERED}


def test_a_file_that_is_too_large(folder: Path, lab: Lab) -> None:
    text = json.dumps(reported.sealed(of("jan", lab)))
    path = folder / "jan.json"
    path.write_text(text.ljust(reported.FILE_BYTES), encoding="utf-8")
    assert len(read(folder, lab)[0]) == 1
    path.write_text(text.ljust(reported.FILE_BYTES + 1), encoding="utf-8")
    assert only_refusal(folder, lab) == f"jan.json: {LARGE}"
    os.truncate(path, 1 << 40)
    assert only_refusal(folder, lab) == f"jan.json: {LARGE}"


@pytest.mark.parametrize("kind", ["link", "dangling", "loop", "folder", "pipe"])
def test_what_is_no_plain_file(folder: Path, lab: Lab, tmp_path: Path, kind: str) -> None:
    path, elsewhere = folder / "jan.json", tmp_path / "secret.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if kind == "loop" else elsewhere)
    if kind == "link":
        put(tmp_path, "secret.json", of("jan", lab))
    assert only_refusal(folder, lab) == f"jan.json: {NOT_PLAIN}"


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_file_that_becomes_another_meanwhile_is_not_followed_or_waited_for(
    folder: Path, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = folder / "jan.json"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        put(tmp_path, "secret.json", of("jan", lab))
        path.symlink_to(tmp_path / "secret.json")
    monkeypatch.setattr(stat, "S_ISREG", lambda _mode: True)
    why = {"link": "it cannot be read: Too many levels of symbolic links", "pipe": NO_RESULT}[kind]
    assert only_refusal(folder, lab) == f"jan.json: {why}"


def test_a_file_that_is_gone_meanwhile(folder: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "jan.json", of("jan", lab))
    missing = folder / "zoe.json"
    monkeypatch.setattr(reported, "_paths", lambda _folder: [folder / "jan.json", missing])
    rows, refused = read(folder, lab)
    assert len(rows) == 1
    assert refused == ["zoe.json: it cannot be read: No such file or directory"]


def test_a_bad_file_stops_no_other_and_the_lines_are_in_order(folder: Path, lab: Lab) -> None:
    for name in ("c", "a", "b"):
        (folder / f"{name}.json").write_text("{", encoding="utf-8")
    put(folder, "ab.json", of("piet", lab))
    put(folder, "aa.json", of("jan", lab, seed="the same"))
    put(folder, "bb.json", of("zoe", lab, seed="the same"))
    rows, refused = read(folder, lab)
    assert [row.student for row in rows] == [PIET]
    assert [line.partition(".json:")[0] for line in refused] == ["a", "aa", "b", "bb", "c"]


def test_a_folder_that_is_not_there(tmp_path: Path, lab: Lab) -> None:
    with pytest.raises(SteigerError, match=r"^cannot read .*/none: No such file or directory$"):
        read(tmp_path / "none", lab)


def test_a_name_of_a_file_draws_nothing_on_a_terminal(folder: Path, lab: Lab) -> None:
    (folder / "\x1b[2J\x1b]0;evil\x07jan\n\u202e.json").write_text("{", encoding="utf-8")
    assert only_refusal(folder, lab) == f"jan .json: {NO_RESULT}"


@pytest.mark.parametrize("text", [*HOSTILE, "\x1b[31mred", "a\nb", "\ud800", "x" * 5000])
def test_a_students_text_is_text_wherever_it_is_shown(folder: Path, lab: Lab, text: str) -> None:
    data = of("jan", lab)
    pier = data["labs"]["pier"]
    pier["tasks"]["named"]["seen"] = {"name": text, "seen": text}
    pier["values"]["box"] = text
    pier["machine"] = {"registry": text, "folder": text}
    pier["progress"]["last_check"] = text
    put(folder, "jan.json", data)
    (row,), refused = read(folder, lab)
    assert refused == []
    shown = [*row.values[lab.id].values(), *row.labs[lab.id].values.values()]
    shown += [seen for _name, seen in row.labs[lab.id].outcomes[0].seen]
    assert not CONTROL.search("".join(shown))
    assert max(map(len, shown)) <= 120
    look = grading(lab, row)
    assert "<script>alert" not in page.render(look, "en", {})
    assert json.dumps(results.student_data(look, row, "en"))
    assert results.junit(look, "en").encode()


def test_lines_are_in_dutch_too(folder: Path, lab: Lab) -> None:
    (folder / "jan.json").write_text("{", encoding="utf-8")
    i18n.use("nl")
    assert only_refusal(folder, lab) == (
        "jan.json: het is geen heel resultaatbestand; de student maakt er een met: lab status --export"
    )


# Beside what was graded


def test_a_report_stands_in_only_where_there_is_no_machine(folder: Path, lab: Lab) -> None:
    for student in CLASS:
        put(folder, f"{student.id}.json", of(student.id, lab, seed=f"of {student.id}"))
    seen = grading(
        lab,
        graded(lab, JAN, named="absent"),
        Row(ZOE, trouble="unmade", why="there is no machine yet"),
        unreached(PIET, "Connection refused"),
    )
    merged = grading_.with_reported(seen, read(folder, lab)[0])
    assert merged.rows[0] is seen.rows[0]
    own = "made on a machine without the seed of the class: pier"
    assert [(row.source, row.trouble, row.why, row.remark) for row in merged.rows] == [
        ("graded", "", "", ""),
        (REPORTED, "", "", own),
        (REPORTED, "", "", f"no answer from the machine: Connection refused; {own}"),
    ]
    assert (merged.class_name, merged.moment, merged.labs) == (seen.class_name, seen.moment, seen.labs)


@pytest.mark.parametrize("trouble", ["hostkey", "slow", "large", "garbled"])
def test_a_machine_that_answers_wrongly_is_looked_at_and_not_reported_away(
    folder: Path, lab: Lab, trouble: str
) -> None:
    put(folder, "jan.json", of("jan", lab, finding=""))
    seen = grading(lab, Row(JAN, trouble=trouble, why="x"))
    assert list(grading_.with_reported(seen, read(folder, lab)[0]).rows) == list(seen.rows)


def test_who_handed_in_nothing_keeps_their_trouble(folder: Path, lab: Lab) -> None:
    seen = grading(lab, unreached(JAN), unreached(ZOE))
    put(folder, "zoe.json", of("zoe", lab))
    merged = grading_.with_reported(seen, read(folder, lab)[0])
    assert [row.trouble for row in merged.rows] == ["unreached", ""]


def test_results_say_who_reported_and_nobody_is_stuck_by_it(folder: Path, lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "results"
    early = "2026-11-22T08:00:00+01:00"
    grading_.write(grading(lab, graded(lab, ZOE, named="absent"), graded(lab, JAN), moment=early), out, "en")
    put(folder, "zoe.json", of("zoe", lab, seed="own"))
    seen = grading_.with_reported(grading(lab, unreached(ZOE), graded(lab, JAN)), read(folder, lab)[0])
    grading_.write(seen, out, "en")
    table = list(csv.DictReader(io.StringIO((out / "results.csv").read_text(encoding="utf-8"))))
    assert [(row["id"], row[lab.id], row["source"]) for row in table] == [
        ("zoe", "0", "reported by the student"),
        ("jan", "1", "graded"),
    ]
    zoe = json.loads((out / "zoe.json").read_text(encoding="utf-8"))
    assert (zoe["source"], zoe["remark"]) == (
        "reported by the student",
        "no answer from the machine: Connection refused; made on a machine without the seed of the class: pier",
    )
    assert zoe["labs"][0]["checks"][0]["message"] == "There is no container x; there is: y."
    rows = (out / "index.html").read_text(encoding="utf-8").partition("<tbody>")[2].partition("</tbody>")[0]
    assert rows.count("reported by the student") == 1
    assert 'data-stuck="yes"' not in rows
    assert set(history.read(out)[-1].marks) == {"jan"}
