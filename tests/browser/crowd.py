"""A class of thirty: some done, some stuck, some out of reach, and some whose names are no names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from steiger import i18n
from steiger.catalogue import load
from steiger.classroom import page
from steiger.classroom.remote import Graded
from steiger.classroom.results import GRADED, REPORTED, Grading, Row
from steiger.classroom.roster import Student
from steiger.grader import Outcome
from steiger.text import seen_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from steiger.catalogue import Lab, Task

LABS = [load(Path(__file__).parents[2] / "labs" / name) for name in ("containers", "volumes")]
TASKS = sum(len(lab.tasks) for lab in LABS)
GROUPS = ("1A", "1B", '"><b>1C</b>  x', "")
EVIL = "<img src=x onerror=\"document.title='hacked'\">"
ERROR = "</template><script>document.title='hacked'</script>"
WHY = "Connection refused by <b>{{7*7}}</b>"
# The id of the last is what the page might have called something of its own.
HOSTILE = {
    "script": "<script>document.title='hacked'</script>",
    "image": f'">{EVIL}',
    "braces": "{{7*7}}",
    "turned": "\u202emoc.elpmaxe\u202c Eve",
    "long": "Wolfeschlegelsteinhausenbergerdorff" * 5,
    "ship": "🚢 Noor 李 Ünal",
    "close": "</template></dialog><h2>hacked</h2>",
    "name": "a  b",
}
PLAIN = 22
UNREACHED, REPORTER, STUCK, BROKEN, IDLE, DONE = (f"student-{number}" for number in range(1, 7))
STILL = {STUCK: 120, "script": 15, UNREACHED: 300, IDLE: 300, DONE: 200, "student-9": 14, "student-10": 9}
STUCK_NAMES = {STUCK, "script"}


def students() -> list[Student]:
    """Return the class: those with hostile names first, then the others, in no order of names."""
    who = [*HOSTILE.items(), *((f"student-{number}", f"Student {number * 7 % PLAIN}") for number in range(PLAIN))]
    return [
        Student(each, name, f"{each}@example.org", GROUPS[number % len(GROUPS)])
        for number, (each, name) in enumerate(who)
    ]


def html(language: str = "en", *, refresh: int = 0, labs: Sequence[Lab] = LABS, only: str | None = None) -> str:
    """Return the page of the class in "nl" or "en"; with `only`, that of one group."""
    rows = [_row(number, each, labs) for number, each in enumerate(students()) if only in {None, each.group}]
    i18n.use(language)
    try:
        found = Grading("docker26", "2026-11-22T09:30:00+01:00", labs, rows)
        return page.render(found, language, STILL, refresh=refresh)
    finally:
        i18n.use("en")


def _row(number: int, student: Student, labs: Sequence[Lab]) -> Row:
    if student.id == UNREACHED:
        return Row(student, trouble="unreached", why=WHY)
    # How many tasks are right: always the first ones.
    left = {DONE: TASKS, IDLE: 0}.get(student.id, number * 5 % (TASKS - 1))
    progress = {"started": "" if student.id == IDLE else "2026-11-22T08:00:00+00:00"}
    found, values = {}, {}
    for lab in labs:
        outcomes = tuple(_outcome(task, passed=place < left) for place, task in enumerate(lab.tasks))
        found[lab.id] = Graded(lab.id, outcomes, progress=progress)
        values[lab.id] = dict.fromkeys(lab.values, "box-mine")
        left -= len(lab.tasks)
    if student.id == BROKEN:
        found[labs[-1].id] = Graded(labs[-1].id, error=ERROR)
    return Row(student, found, values, source=REPORTED if student.id == REPORTER else GRADED)


def _outcome(task: Task, *, passed: bool) -> Outcome:
    if passed:
        return Outcome(task)
    name, finding = next(iter(task.findings.items()))
    return Outcome(task, name, tuple((seen, EVIL) for seen in seen_names(finding.says.en)))
