"""Rows of a class for tests: a student whose checks found this or that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steiger.classroom.remote import Graded
from steiger.classroom.results import Grading, Row
from steiger.grader import Outcome

if TYPE_CHECKING:
    from steiger.catalogue import Lab
    from steiger.classroom.roster import Student

MOMENT = "2026-11-22T09:30:00+01:00"
SEEN = (("name", "x"), ("seen", "<b>{{7*7}}</b>"))
HOSTILE = ("=1+1", "+1", "-1", "@x", "<script>alert(1)</script>", "{{ 7*7 }}", "a,b\"c'd", "\ufffe\u0007x", "ö李🙂")


def grading(lab: Lab, *rows: Row, moment: str = MOMENT) -> Grading:
    """Return a look at a class with these rows."""
    return Grading("docker26", moment, [lab], rows)


def graded(lab: Lab, student: Student, *, begun: bool = True, **wrong: str) -> Row:
    """Return a student all of whose tasks are right but those named, each with its finding."""
    outcomes = tuple(Outcome(task, wrong.get(task.id, ""), SEEN if task.id in wrong else ()) for task in lab.tasks)
    progress = {"started": "2026-11-22T08:00:00+00:00" if begun else ""}
    return Row(student, {lab.id: Graded(lab.id, outcomes, progress=progress)}, {lab.id: {"box": "box-mine"}})


def unreached(student: Student, why: str = "Connection refused") -> Row:
    """Return a student whose machine did not answer."""
    return Row(student, trouble="unreached", why=why)
