"""Draw by a commit's own hash, so that nobody chooses what is run again; needs Python's standard library alone."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
from typing import TYPE_CHECKING

from tools.suite import kept, units

if TYPE_CHECKING:
    from pathlib import Path


def commit(root: Path) -> str:
    """Return the commit that is checked out; a fixed word where there is no git."""
    with contextlib.suppress(OSError):
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return "no commit"


def place(name: str, commit: str) -> str:
    """Return the place of a name in the draw of a commit, as text to sort by."""
    return hashlib.sha256(f"{commit} {name}".encode()).hexdigest()


def labs(root: Path, number: int, most: float) -> list[str]:
    """Return some labs whose proof, as far as is known, takes at most so many seconds."""
    found = {lab: kept.read(root, f"lab/{lab}") for lab in units.lab_ids(root)}
    short = [lab for lab, result in found.items() if result is None or result.seconds <= most]
    now = commit(root)
    return sorted(short, key=lambda lab: place(lab, now))[:number]
