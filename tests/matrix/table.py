"""The matrix of machines as data: what tests/matrix/rows.yml says, checked."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("rows.yml")
BASES = ("debian12", "debian13", "forky", "golden")
STEPS = ("setup --check", "setup", "lab", "doctor", "setup again", "setup --remove")
KEYS = {
    "id", "why", "base", "before", "ready", "config", "user", "account", "call", "env", "images", "lab", "expect", "leave_out",
    "stand_in", "left_out", "helper", "after", "root_size",
}  # fmt: skip
HELPERS = ("proxy",)


@dataclass(frozen=True)
class Expected:
    """How a step ends: its exit status, and a pattern that what it says must match."""

    status: int = 0
    says: str = ""

    def __str__(self) -> str:
        """Return it as a few words for a table."""
        return (f"status {self.status}" if self.status else "success") + (f", “{self.says}”" if self.says else "")


@dataclass(frozen=True)
class Row:
    """A machine, and what is expected of ./setup and the labs on it."""

    id: str
    why: str
    base: str = "debian13"
    before: str = ""  # shell, as root, on the machine
    ready: str = ""  # shell that succeeds when the machine, restarted after `before`, is ready; empty: no restart
    config: dict[str, str] = field(default_factory=dict)  # of the Incus instance, before that restart
    user: str = "anna"
    account: str = ""  # shell that makes the account; empty: as distributions do, with sudo
    call: str = "./setup"
    env: dict[str, str] = field(default_factory=dict)
    images: str = "seeded"
    lab: str = "containers"
    expect: dict[str, Expected] = field(default_factory=dict)
    after: str = ""  # shell that must succeed on the machine that is set up
    leave_out: tuple[str, ...] = ()
    stand_in: str = ""
    left_out: str = ""
    helper: str = ""
    root_size: str = ""  # of the whole disk, as Incus reads it

    def expected(self, step: str) -> Expected:
        """Return how a step is to end."""
        return self.expect.get(step, Expected())

    def outcome(self) -> str:
        """Return what is expected, as a few words for a table."""
        return "; ".join(f"`{step}`: {expected}" for step, expected in self.expect.items()) or "success"


def read_row(entry: dict[str, Any]) -> Row:
    """Return a row.

    Raises:
        ValueError: a key or a value that means nothing.
    """
    name = str(entry.get("id", ""))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) or not entry.get("why"):
        raise ValueError(f"{name or entry}: a row has an id of small letters, digits and dashes, and says why")
    if unknown := entry.keys() - KEYS:
        raise ValueError(f"{name}: unknown {', '.join(sorted(unknown))}")
    expect = {step: Expected(**how) for step, how in entry.get("expect", {}).items()}
    # That a machine is as it was, only rows that describe it before ./setup can tell.
    usual = ("setup --remove",) if entry.get("base") == "golden" else ()
    leave_out = tuple(entry.get("leave_out", usual))
    if unknown := {*expect, *leave_out} - set(STEPS):
        raise ValueError(f"{name}: no step {', '.join(sorted(unknown))}")
    row = Row(**{**entry, "expect": expect, "leave_out": leave_out})
    for what, value, known in (
        ("base", row.base, BASES),
        ("images", row.images, ("seeded", "built")),
        ("helper", row.helper, ("", *HELPERS)),
    ):
        if value not in known:
            raise ValueError(f"{name}: no {what} {value}")
    for expected in expect.values():
        re.compile(expected.says)
    return row


def read_table(text: str) -> list[Row]:
    """Return the rows of a table.

    Raises:
        ValueError: a row that means nothing, or two of one name.
    """
    rows = [read_row(entry) for entry in yaml.safe_load(text)]
    names = [row.id for row in rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two rows are called {', '.join(twice)}")
    return rows


def rows() -> list[Row]:
    """Return the rows of the table."""
    return read_table(TABLE.read_text(encoding="utf-8"))


def chosen() -> list[Row]:
    """Return the rows to run: those that STEIGER_ROWS names, else all that are not left out."""
    wanted = os.environ.get("STEIGER_ROWS", "").split()
    return [row for row in rows() if not row.left_out and (not wanted or row.id in wanted)]
