"""Result files that students hand in, from machines of their own that the instructor's side does not reach.

`lab status --export` writes them. The checksum in such a file shows damage and careless edits. It proves
nothing about who wrote the file: a student is root on their own machine, and can make any file with a checksum
that fits. So what comes of it is marked as reported by the student. Copied work shows by something else: the
values of a lab, which differ for each student.
"""

import hashlib
import json
import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from steiger.catalogue import Lab
from steiger.classroom.remote import Graded, graded
from steiger.classroom.results import REPORTED, Row
from steiger.classroom.roster import Student
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.text import harmless

VERSION = 1
FILE_BYTES = 1024 * 1024
# Values of these kinds are drawn from millions; two students may well draw the same port or number.
_TELLING = ("name", "code")
_NAMES_LENGTH = 300
_UNFIT = (ValueError, TypeError, KeyError, AttributeError, RecursionError)

Values = Mapping[str, str]
# A lab, and all the values in it.
_Mark = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class _File:
    """A result file that may count: its name, when it was made, what it says, and the values that tell whose it is."""

    name: str
    moment: datetime
    row: Row
    marks: Sequence[_Mark]


def sealed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a result file with its version and its checksum."""
    whole = {"steiger": VERSION, **data}
    return {**whole, "checksum": checksum(whole)}


def checksum(data: Mapping[str, Any]) -> str:
    """Return "sha256:" and the digest, in hex, of all but the checksum: as JSON with sorted keys, no spaces, UTF-8.

    Raises:
        ValueError: a number in it is not finite.
        RecursionError: it is nested too deep.
    """
    rest = {name: thing for name, thing in data.items() if name != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def load(path: Path) -> dict[str, Any]:
    """Return what is in a result file of any version; neither its checksum nor what it says is looked at.

    Raises:
        SteigerError: it is no such file, or larger than 1 MB; the message does not name it.
    """
    try:
        content = _content(path)
    except OSError as error:
        raise SteigerError(_("it cannot be read: {why}").format(why=error.strerror)) from None
    if content is None:
        raise SteigerError(_("it is no plain file; put the file itself there, not a link or a folder"))
    if len(content) > FILE_BYTES:
        raise SteigerError(_("it is larger than 1 MB, which a result file never is") + _again())
    try:
        # Some editors put a mark in front when they save a file as it was.
        data = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_no_number)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or "steiger" not in data:
        raise SteigerError(_no_result())
    return data


def read(
    folder: Path, students: Sequence[Student], labs: Sequence[Lab], values_of: Callable[[Student, Lab], Values]
) -> tuple[list[Row], list[str]]:
    """Return what the files say that students handed in, and why some do not count.

    Every `*.json` in the folder is read, not those in folders below. Of two files of one student the newest counts.

    Values that are not the class's are taken, with a remark: on a machine of their own a student's seed is random,
    and the instructor has nothing to compare with but the other files. Values that the class gave another student
    are refused: the work is that student's. When files of two students have the same values, one is a copy and
    nothing tells which: neither counts until the instructor has asked, and took the wrong one away.

    Args:
        folder: where the files are.
        students: the roster.
        labs: those to grade; what files say of others is left out.
        values_of: returns the values that the class derives for a student in a lab.

    Returns:
        A row for each student of whom a file counts, in the order of the roster; a line for each file
        that was refused, with its name and what to do, in the order of the names.

    Raises:
        SteigerError: the folder cannot be read.
    """
    telling = [lab for lab in labs if any(spec.kind in _TELLING for spec in lab.values.values())]
    owners = {_mark(lab, values_of(student, lab)): student.id for lab in telling for student in students}
    roster = {student.id: student for student in students}
    files: list[_File] = []
    refused: list[str] = []
    for path in _paths(folder):
        name = harmless(path.name)
        try:
            moment, row = _said(load(path), roster, labs)
            marks = [_mark(lab, row.values[lab.id]) for lab in telling if lab.id in row.values]
            _require_own(row.student, {owners[mark] for mark in marks if mark in owners})
        except SteigerError as error:
            refused.append(f"{name}: {error}")
        else:
            files.append(_File(name, moment, row, marks))
    newest: dict[str, Row] = {}
    for file, twins in sorted(_with_twins(files), key=lambda each: each[0].moment):
        if twins:
            refused.append(f"{file.name}: {_copied(twins)}")
        else:
            newest[file.row.student.id] = file.row
    rows = [newest[student.id] for student in students if student.id in newest]
    return [replace(row, remark=_remark(row, labs, values_of)) for row in rows], sorted(refused)


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".json")
    except OSError as error:
        raise SteigerError(_("cannot read {path}: {why}").format(path=folder, why=error.strerror)) from None


def _content(path: Path) -> bytes | None:
    """Return what is in a plain file, one byte more than it may be at most; None for anything else."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    # Students may be able to change the folder meanwhile: no link is followed, and no pipe waited for.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source:
        return source.read(FILE_BYTES + 1)


def _no_number(text: str) -> NoReturn:
    """Refuse a number that no result file has: a fraction, or one that is not finite."""
    raise ValueError(text)


def _said(data: Mapping[str, Any], roster: Mapping[str, Student], labs: Sequence[Lab]) -> tuple[datetime, Row]:
    """Return when a result file was made, and what it says.

    Raises:
        SteigerError: it was altered, is of nobody in the roster, or does not fit.
    """
    version = data["steiger"]
    if type(version) is not int or version != VERSION:
        raise SteigerError(
            _("it comes from another release of Steiger; have the student run ./setup of this one and export again")
        )
    try:
        if data["checksum"] != checksum(data):
            raise SteigerError(_("it was altered or damaged: its checksum does not fit") + _again())
        student, moment = data["student"], datetime.fromisoformat(data["time"])
        if not isinstance(student, str) or moment.utcoffset() != timedelta(0):
            raise ValueError
        said = {lab.id: data["labs"][lab.id] for lab in labs if lab.id in data["labs"]}
    except _UNFIT:
        raise SteigerError(_no_result()) from None
    if student not in roster:
        raise SteigerError(
            _(
                "{student} is not in the roster; ask whose it is, and have them put their id in /etc/steiger/student and export again"
            ).format(student=harmless(student, 40))
        )
    found = {lab.id: Graded(lab.id, error=_("it is not in the file that was handed in")) for lab in labs}
    values = {}
    for lab in labs:
        if lab.id in said:
            found[lab.id], values[lab.id] = _lab(lab, said[lab.id])
    return moment, Row(roster[student], found, values, source=REPORTED)


def _lab(lab: Lab, said: Any) -> tuple[Graded, Values]:
    try:
        if set(said["values"]) != set(lab.values) or not all(isinstance(each, str) for each in said["values"].values()):
            raise ValueError
        values = {name: harmless(said["values"][name]) for name in lab.values}
        return graded(lab, said), values
    except _UNFIT:
        raise SteigerError(
            _(
                "what it says of {lab} does not fit that lab here; have the student run ./setup of this release and export again"
            ).format(lab=lab.id)
        ) from None


def _mark(lab: Lab, values: Values) -> _Mark:
    return lab.id, frozenset(values.items())


def _require_own(student: Student, owners: set[str]) -> None:
    others = sorted(owners - {student.id})
    if others:
        raise SteigerError(
            _("it says {student}, and its values are those of {others}; ask both whose work it is").format(
                student=student.id, others=harmless(others)
            )
        )


def _with_twins(files: Sequence[_File]) -> Iterator[tuple[_File, list[str]]]:
    """Yield each file with the names of those of other students that have the same values in a lab."""
    holders = defaultdict(list)
    for file in files:
        for mark in file.marks:
            holders[mark].append(file)
    for file in files:
        others = [other for mark in file.marks for other in holders[mark] if other.row.student != file.row.student]
        yield file, sorted({f"{other.name} ({other.row.student.id})" for other in others})


def _copied(twins: Sequence[str]) -> str:
    return _("it has the same values as {files}, so one is a copy; ask them, and leave the right one here").format(
        files=harmless(twins, _NAMES_LENGTH)
    )


def _remark(row: Row, labs: Sequence[Lab], values_of: Callable[[Student, Lab], Values]) -> str:
    own = [lab.id for lab in labs if lab.id in row.values and row.values[lab.id] != values_of(row.student, lab)]
    if not own:
        return ""
    return _("made on a machine without the seed of the class: {labs}").format(labs=harmless(own, _NAMES_LENGTH))


def _no_result() -> str:
    return _("it is no whole result file; the student makes one with: lab status --export")


def _again() -> str:
    return _("; have the student run lab status --export again, and hand in that file as it is")
