"""On a student's machine, delivered there: run the checks of labs, and answer with what they found."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from steiger import catalogue, lifecycle, progress
from steiger.bench import Bench
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.grader import grade
from steiger.paths import work_dir


def answer(asked: Mapping[str, Any], place: str) -> None:
    """Print one line: the mark that was asked for, and as JSON what was found of each lab.

    Args:
        asked: `mark`, a word of the instructor's side; `seed` of the student; `labs` by id.
        place: the folder in which the labs were delivered.
    """
    found = {lab_id: _lab(Path(place, "labs", lab_id), asked["seed"]) for lab_id in asked["labs"]}
    sys.stdout.write(f"\n{asked['mark']} {json.dumps(found)}\n")


def _lab(folder: Path, seed: str) -> dict[str, Any]:
    lab = catalogue.from_data(folder, json.loads((folder / "lab.json").read_text(encoding="utf-8")))
    said: dict[str, Any] = {"progress": _progress(lab)}
    try:
        engine = Engine()
        values = lifecycle.lab_values(lab, engine, seed)
        outcomes = grade(lab, Bench(values, work_dir(lab.id), engine))
    except SteigerError as error:
        return {**said, "error": str(error)}
    found = {outcome.task.id: {"finding": outcome.finding, "seen": dict(outcome.seen)} for outcome in outcomes}
    machine = {name: values[name] for name in ("registry", "folder")}
    return {**said, "tasks": found, "machine": machine}


def _progress(lab: Lab) -> dict[str, Any]:
    try:
        return progress.public(progress.read(lab.id))
    except SteigerError:
        return {}
