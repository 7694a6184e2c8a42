"""lab status: how far the student is, from the last checks; --export checks anew, for a file to hand in."""

import argparse
import contextlib
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from steiger import lifecycle, progress, render
from steiger.catalogue import Lab, load_all
from steiger.commands._common import graded
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.i18n import _, language
from steiger.paths import catalogue_dir, settings_dir
from steiger.progress import Progress
from steiger.text import harmless

Known = list[tuple[Lab, Progress]]


def run(args: argparse.Namespace) -> int:
    """Print the progress of every lab that was begun, or write a result file; 1 when a lab in it could not be checked."""
    if args.export is not None and args.json:
        raise SteigerError(_("say --json or --export, not both"))
    known = [(lab, progress.read(lab.id)) for lab in load_all(catalogue_dir())]
    if args.export is not None:
        return _export(known, Path(args.export))
    if args.json:
        labs = {lab.id: progress.public(mine) for lab, mine in known}
        print(json.dumps({"student": progress.student(), "current": progress.current(), "labs": labs}, indent=1))
        return 0
    rows = []
    for lab, mine in known:
        if not (mine.phase or mine.done):
            continue
        state = _("busy") if mine.phase else _("finished")
        rows.append(
            (
                lab.id,
                lab.title.in_(language()),
                state,
                f"{len(mine.passed)}/{len(lab.tasks)}",
                mine.last_check[:16].replace("T", " "),
                mine.done[:10],
            )
        )
    if rows:
        render.table((_("lab"), _("title"), _("state"), _("right"), _("last check (UTC)"), _("done")), rows)
    else:
        render.line(_("No lab was started yet. See: lab list"))
    return 0


def _export(known: Known, said: Path) -> int:
    from steiger.classroom import reported  # noqa: PLC0415 - slow to import, and few hand in

    student = harmless(progress.student())
    path = _target(said, student)
    begun = [(lab, mine) for lab, mine in known if mine.phase]
    if not begun:
        raise SteigerError(_("no lab is started, so there is nothing to hand in; see: lab list"))
    engine = Engine()
    engine.info()
    labs = {lab.id: _found(lab, mine, engine) for lab, mine in begun}
    data = reported.sealed({"student": student, "time": progress.now(), "labs": labs})
    _write(path, json.dumps(data, indent=1) + "\n")
    _tell(path, student, labs, [lab.id for lab, mine in known if mine.done and not mine.phase])
    return 1 if any("error" in found for found in labs.values()) else 0


def _found(lab: Lab, mine: Progress, engine: Engine) -> dict[str, Any]:
    """Return what is found of a lab, in the form that a class's machine answers; "error" when nothing could be."""
    values = lifecycle.lab_values(lab, engine)
    said = {
        "progress": progress.public(mine),
        "values": {name: values[name] for name in lab.values},
        "machine": {name: values[name] for name in ("registry", "folder")},
    }
    try:
        outcomes = list(graded(lab, lifecycle.bench(lab, engine)))
    except SteigerError as error:
        return {**said, "error": harmless(error)}
    tasks = {outcome.task.id: {"finding": outcome.finding, "seen": dict(outcome.seen)} for outcome in outcomes}
    return {**said, "tasks": tasks}


def _target(said: Path, student: str) -> Path:
    """Return the file to write.

    Raises:
        SteigerError: there is no such folder, or something else has that name.
    """
    path = said / f"steiger-{re.sub('[^A-Za-z0-9._-]', '-', student)}.json" if said.is_dir() else said
    if not path.parent.is_dir():
        raise SteigerError(_("there is no folder {folder}").format(folder=path.parent))
    if os.path.lexists(path) and not _is_of(path, student):
        raise SteigerError(
            _("{path} is there and no result file of {student}; name another: lab status --export FILE").format(
                path=path, student=student
            )
        )
    return path


def _is_of(path: Path, student: str) -> bool:
    from steiger.classroom import reported  # noqa: PLC0415 - as above

    try:
        return bool(reported.load(path).get("student") == student)
    except SteigerError:
        return False


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise SteigerError(_("cannot write {path}: {why}").format(path=path, why=error.strerror)) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _tell(path: Path, student: str, labs: dict[str, dict[str, Any]], taken_away: list[str]) -> None:
    found = ", ".join(f"{lab_id} {_right(said)}" for lab_id, said in labs.items())
    render.line(
        _("Wrote {path}: what {student} has right now, {found}.").format(path=path, student=student, found=found)
    )
    for lab_id, said in labs.items():
        if "error" in said:
            render.line(_("{lab} could not be checked: {why}").format(lab=lab_id, why=said["error"]), "red")
    if taken_away:
        render.line(_("Not in it, for it was taken away: {labs}").format(labs=", ".join(taken_away)))
    known_as = settings_dir() / "student"
    if not known_as.is_file():
        render.line(
            _(
                "{student} is your account here. Does the class know you by another id? Write that in {path} and export again."
            ).format(student=student, path=known_as)
        )
    render.line(_("Hand in the file as it is."))


def _right(said: dict[str, Any]) -> str:
    if "error" in said:
        return "–"
    right = [each for each in said["tasks"].values() if not each["finding"]]
    return f"{len(right)}/{len(said['tasks'])}"
