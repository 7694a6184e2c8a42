"""What apt-get and dpkg said when they failed, read for the cause."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A hold shows as packages that do not fit, or by its name; later versions of apt say the former in another way.
HELD = re.compile(r"\b[Hh]eld\b|unmet dependencies|Unable to satisfy dependencies")


@dataclass(frozen=True)
class Fault:
    """A package that dpkg could not process: its name, dpkg's reason, and the lines that were said before."""

    package: str
    reason: str
    before: list[str]


def lines(said: str) -> list[str]:
    """Return the lines that are not empty, each with single spaces."""
    return [" ".join(line.split()) for line in said.splitlines() if line.strip()]


def errors(said: list[str], marks: tuple[str, ...] = ("E:",)) -> list[str]:
    """Return the lines that apt marks as errors."""
    return [line for line in said if line.startswith(marks)]


def fault(said: list[str]) -> Fault | None:
    """Return the first package that dpkg could not process, which it names in one line, with the reason in the next."""
    for number, line in enumerate(said):
        if named := re.match(r"dpkg: error processing (?:(?:package|archive) )?([^\s:]+)", line):
            return Fault(named[1], " ".join(said[number + 1 : number + 2]), said[:number])
    return None


def held_back(said: str, holds: list[str], asked: list[str]) -> list[str]:
    """Return the packages with a hold that were asked for, or that apt names among what does not fit."""
    if not HELD.search(said):
        return []
    return sorted(
        name for name in holds if name in asked or re.search(rf"(?<![\w.+-]){re.escape(name)}(?![\w.+-])", said)
    )
