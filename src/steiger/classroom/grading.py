"""Grades a class: its roster, its machines, the checks of some labs, and what to write down of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime
from pathlib import Path

from steiger import values
from steiger.catalogue import Lab
from steiger.classroom import history, keeping, machines, page, remote, results, roster
from steiger.classroom.files import replace
from steiger.classroom.letters import ACCOUNT
from steiger.classroom.machines import KEPT, Machine
from steiger.classroom.remote import Answer, Target
from steiger.classroom.results import REPORTED, Grading, Row
from steiger.classroom.roster import Student
from steiger.errors import SteigerError
from steiger.i18n import _

PAGE = "index.html"
# What a file of a student's may stand in for: there was nobody to ask. One who answers wrongly is to be looked at.
_NOBODY = {"unmade", "unreached"}


@dataclass(frozen=True)
class Class:
    """A class as its folder has it: its name, students, machines, and the secret that their values come from."""

    folder: Path
    name: str
    students: Sequence[Student]
    machines: Mapping[str, Machine]
    secret: str

    def seed(self, student: Student) -> str:
        """Return what a student's values are derived from."""
        return values.student_seed(self.secret, student.id)

    def values_of(self, student: Student, lab: Lab) -> dict[str, str]:
        """Return a student's values of a lab, without the machine's own."""
        return values.derive(lab.values, lab.id, self.seed(student))


def read(folder: Path) -> Class:
    """Return the class of a folder.

    Raises:
        SteigerError: its roster, its machines or its secret cannot be read.
    """
    secret = keeping.secret(folder)
    if not secret:
        raise SteigerError(
            _("{path} is not there: run playbooks/classroom.yml first").format(path=folder / KEPT / keeping.SECRET)
        )
    return Class(folder, roster.class_name(folder), roster.read(folder / roster.ROSTER), machines.read(folder), secret)


def look(group: Class, labs: Sequence[Lab], moment: datetime) -> Grading:
    """Grade labs on all machines of a class, side by side."""
    answers = {answer.student: answer for answer in remote.ask(list(_targets(group)), labs)}
    rows = [_row(group, student, labs, answers.get(student.id)) for student in group.students]
    return Grading(group.name, moment.isoformat(timespec="seconds"), labs, rows)


def with_reported(grading: Grading, rows: Sequence[Row]) -> Grading:
    """Return a grading in which rows that students reported stand in for machines that are not there.

    A machine that was graded keeps its row, and so does one that answered, but not as the grader does.

    Args:
        grading: what was found on the machines.
        rows: at most one for each student, as `reported.read` returns them.
    """
    handed_in = {row.student.id: row for row in rows}
    return changed(grading, rows=[_or_reported(row, handed_in.get(row.student.id)) for row in grading.rows])


def write(grading: Grading, folder: Path, language: str, *, refresh: int = 0) -> list[Path]:
    """Write what was found into a folder of the day, and show it on a page; return the files."""
    # A file that was handed in stays as it is all day: nobody is stuck by that.
    watched = changed(grading, rows=[row for row in grading.rows if row.source != REPORTED])
    seen = history.look(watched)
    looks = [*history.read(folder), seen]
    history.add(folder, seen)
    present = {row.student.id for row in watched.rows}
    still = {student: minutes for student, minutes in history.still_minutes(looks).items() if student in present}
    html = page.render(grading, language, still, refresh=refresh)
    return [*results.write(grading, folder, language), replace(folder / PAGE, html)]


def _targets(group: Class) -> Iterator[Target]:
    for student in group.students:
        if machine := group.machines.get(student.id):
            yield Target(student.id, ssh(group.folder, machine), ACCOUNT, group.seed(student))


def ssh(folder: Path, machine: Machine) -> tuple[str, ...]:
    """Return the words of `ssh` that reach a machine as root: no settings of the user's, no key but the class's."""
    kept = folder.resolve() / KEPT
    settings = {
        "BatchMode": "yes",
        "ConnectTimeout": str(remote.CONNECT_SECONDS),
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f'"{kept / machines.KNOWN_HOSTS}"',
        "GlobalKnownHostsFile": "none",
        "IdentitiesOnly": "yes",
        "LogLevel": "ERROR",
    }
    words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    return (
        "-F",
        "none",
        *words,
        "-i",
        str(kept / keeping.KEY),
        "-p",
        str(machine.port),
        "--",
        f"root@{machine.address}",
    )


def _row(group: Class, student: Student, labs: Sequence[Lab], answer: Answer | None) -> Row:
    if answer is None:
        return Row(student, trouble="unmade", why=_("there is no machine yet: run playbooks/classroom.yml"))
    if answer.trouble:
        return Row(student, trouble=answer.trouble, why=answer.why)
    own = {lab.id: group.values_of(student, lab) for lab in labs}
    return Row(student, {graded.lab: graded for graded in answer.labs}, own)


def _or_reported(row: Row, reported: Row | None) -> Row:
    if reported is None or row.trouble not in _NOBODY:
        return row
    machine = "" if row.trouble == "unmade" else _("no answer from the machine: {why}").format(why=row.why)
    return changed(reported, remark="; ".join(filter(None, (machine, reported.remark))))
