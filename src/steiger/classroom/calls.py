"""What the verbs of the `classroom` command share: the class that is meant, its students, and its playbooks."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from steiger import render, runner
from steiger.catalogue import near
from steiger.classroom import machines, roster
from steiger.classroom.machines import Machine
from steiger.classroom.roster import Student
from steiger.errors import SteigerError
from steiger.i18n import _, language
from steiger.paths import ROOT, classes_dir
from steiger.text import harmless

EXAMPLE = ROOT / "inventories" / "classroom"
LOG = "last.log"
# How many roles the playbooks run, for the number of steps.
STEPS = {"classroom": 4, "machines": 1, "grade": 1, "snapshots": 1, "remove_class": 1, "remove_server": 4}


def folder(name: str) -> Path:
    """Return the folder of a class.

    Raises:
        SteigerError: there is no class of this name.
    """
    places = {path.parent.name: path.parent for path in classes_dir().glob(f"*/{roster.ROSTER}")}
    known = sorted(each for each, place in places.items() if place != EXAMPLE)
    if name not in known:
        hint = near(name, known) if known else _("; make it with: ./classroom new {name}").format(name=harmless(name))
        raise SteigerError(_("there is no class {name}{hint}").format(name=harmless(name), hint=hint))
    roster.class_name(places[name])
    return places[name]


def student(place: Path, student_id: str) -> Student:
    """Return a student of a class.

    Raises:
        SteigerError: nobody on the roster has this id.
    """
    students = {each.id: each for each in roster.read(place / roster.ROSTER)}
    if student_id not in students:
        raise SteigerError(
            _("there is no student {id} on the roster{near}").format(
                id=harmless(student_id), near=near(student_id, list(students))
            )
        )
    return students[student_id]


def machine(place: Path, student_id: str) -> Machine:
    """Return the machine of a student.

    Raises:
        SteigerError: nobody has this id, or there is no machine yet.
    """
    known = machines.read(place).get(student(place, student_id).id)
    if known is None:
        raise SteigerError(_("{id} has no machine yet: ./classroom make {name}").format(id=student_id, name=place.name))
    return known


def play(name: str, place: Path, variables: Mapping[str, Any], *, check: bool = False) -> runner.Played:
    """Run one of the playbooks for a class.

    Raises:
        SteigerError: it failed.
    """
    kept = place / machines.KEPT
    kept.mkdir(mode=0o700, exist_ok=True)
    options = ["--check", "--diff"] if check else []
    if os.geteuid() and _asks_password():
        raise SteigerError(_("this needs root on the server: run it as root, or with sudo"))
    try:
        return runner.play(
            ROOT / "playbooks" / f"{name}.yml",
            place,
            {"base_language": language(), **variables},
            kept / LOG,
            steps=STEPS[name],
            options=options,
        )
    except runner.PlayError as error:
        for line in error.said:
            render.line(line)
        raise


def confirm(question: str) -> None:
    """Ask, and go on when the answer is yes.

    Raises:
        SteigerError: it is not, or there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise SteigerError(_("{question} Say so with --yes.").format(question=question))
    answer = input(f"{question} {_('[y/N]')} ").strip().lower()
    if answer not in {"y", "yes", "j", "ja"}:
        raise SteigerError(_("nothing was changed"))


def ids(students: Sequence[Student]) -> list[str]:
    """Return the ids of students."""
    return [each.id for each in students]


def _asks_password() -> bool:
    if not shutil.which("sudo"):
        return True
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode != 0
