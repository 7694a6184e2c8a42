"""How long a student has been at the same point, by what the instructor's side saw itself."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from steiger.classroom.results import Grading, Row

FILE = "history.jsonl"
_LINE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Look:
    """What was seen at one moment: by student, a mark for every lab begun and every task that passed."""

    moment: datetime
    marks: Mapping[str, frozenset[str]]


def look(grading: Grading) -> Look:
    """Return what a grading saw, for those whose machines answered."""
    marks = {row.student.id: _marks(grading, row) for row in grading.rows if row.labs}
    return Look(datetime.fromisoformat(grading.moment), marks)


def read(folder: Path) -> list[Look]:
    """Return the looks of a day, the oldest first; a line that was cut off is left out."""
    looks = []
    with contextlib.suppress(FileNotFoundError), (folder / FILE).open(encoding="utf-8") as lines:
        while line := lines.readline(_LINE_BYTES):
            with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
                looks.append(_look(json.loads(line)))
    return looks


def add(folder: Path, seen: Look) -> None:
    """Write a look down behind the others of the day."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"time": seen.moment.isoformat(), "marks": {student: sorted(each) for student, each in seen.marks.items()}}
    with (folder / FILE).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(data) + "\n")


def still_minutes(looks: Iterable[Look]) -> dict[str, int]:
    """Return for how many minutes each student got no further, as of the last look.

    Further is a lab begun or a task more that passes than at any time before; who began nothing is left out.
    """
    best: dict[str, frozenset[str]] = {}
    since: dict[str, datetime] = {}
    last = None
    for each in looks:
        last = each.moment
        for student, marks in each.marks.items():
            if not marks <= best.get(student, frozenset()):
                best[student] = best.get(student, frozenset()) | marks
                since[student] = each.moment
    return {student: int((last - moment).total_seconds() // 60) for student, moment in since.items()} if last else {}


def _marks(grading: Grading, row: Row) -> frozenset[str]:
    marks = set()
    for lab in grading.labs:
        graded = row.labs.get(lab.id)
        if graded and graded.progress.get("started"):
            marks |= {lab.id} | {f"{lab.id}/{outcome.task.id}" for outcome in graded.outcomes if outcome.passed}
    return frozenset(marks)


def _look(data: dict[str, Any]) -> Look:
    marks = {student: frozenset(map(str, each)) for student, each in data["marks"].items()}
    return Look(datetime.fromisoformat(data["time"]), marks)
