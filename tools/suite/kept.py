"""Results that are kept in the repository: what was proven, with a fingerprint of all that went into it.

A file is written by a run that passed, and by nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.suite.units import Fingerprint

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "tests/kept"


@dataclass(frozen=True)
class Kept:
    """A result that is kept: of which unit, made of what, when, and what it came to."""

    unit: str
    made_of: Fingerprint
    date: str
    passed: int
    seconds: float

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "unit": self.unit,
            "hash": self.made_of.hash,
            "date": self.date,
            "passed": self.passed,
            "seconds": round(self.seconds),
            "inputs": dict(self.made_of.inputs),
            "versions": dict(self.made_of.versions),
        }


def place(root: Path, unit: str) -> Path:
    """Return the file of a unit's result."""
    return root / FOLDER / f"{unit}.json"


def read(root: Path, unit: str) -> Kept | None:
    """Return the kept result of a unit; None when there is none that can be read, or its hash is not its own."""
    try:
        data = json.loads(place(root, unit).read_text(encoding="utf-8"))
        made_of = Fingerprint(dict(data["inputs"]), dict(data["versions"]))
        kept = Kept(data["unit"], made_of, str(data["date"]), int(data["passed"]), float(data["seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept if kept.unit == unit and data.get("hash") == made_of.hash else None


def write(root: Path, kept: Kept) -> None:
    """Keep a result in place of the older one."""
    file = place(root, kept.unit)
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(kept.as_data(), indent=1) + "\n", encoding="utf-8")
    new.replace(file)


def drop(root: Path, unit: str) -> None:
    """Forget the result of a unit."""
    place(root, unit).unlink(missing_ok=True)
