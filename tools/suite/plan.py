"""Which units a run proves: what has changed first, then a part of the rest, which goes round."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.suite import draw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tools.suite.kept import Kept
    from tools.suite.units import Fingerprint, Unit

# What a unit of a kind is taken to need when nothing is known of it; seconds.
GUESS_S = {"scenario": 500.0, "lab": 250.0, "machine": 200.0, "row": 100.0, "browser": 60.0}
# How much of the rest goes round in a run that has no time limit; seconds of work.
ROUND_S = 600.0
# How many of each kind a run with a time limit draws, whatever else it does.
DRAWN = {"row": 3}
# What such a run always runs again: promises that broke once on a machine of somebody else's, a machine without a name
# service and a class's server that runs Docker.
ALWAYS = ("row/no-localhost", "scenario/classroom")


@dataclass
class Plan:
    """What a run does: units that must be proven, others as far as time goes, and those whose results are reused."""

    must: list[Unit] = field(default_factory=list)
    drawn: list[Unit] = field(default_factory=list)
    round: list[Unit] = field(default_factory=list)
    reused: list[Unit] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def changed(made_of: Fingerprint, kept: Kept | None) -> str:
    """Return why a unit is to be proven anew; empty when its kept result is of just this."""
    if kept is None:
        return "never proven"
    return ", ".join(made_of.changes(kept.made_of))


def by_draw(units: Sequence[Unit], commit: str) -> list[Unit]:
    """Return units in an order that a commit's own hash decides, so that nobody chooses what is run again."""
    return sorted(units, key=lambda unit: draw.place(unit.name, commit))


def by_age(units: Sequence[Unit], kept: Mapping[str, Kept]) -> list[Unit]:
    """Return units with the oldest result first."""
    return sorted(units, key=lambda unit: (kept[unit.name].date, unit.name))


def within(units: Sequence[Unit], seconds: Mapping[str, float], limit: float) -> list[Unit]:
    """Return the first of some units, as many as fit in a number of seconds of work; at least one when there is one."""
    taken: list[Unit] = []
    for unit in units:
        limit -= seconds[unit.name]
        if taken and limit < 0:
            break
        taken.append(unit)
    return taken


def first_of_each_kind(units: Sequence[Unit]) -> list[Unit]:
    """Return those of ALWAYS, and beside them the first unit of each kind, more where DRAWN says so."""
    left = dict(DRAWN)
    found = [unit for unit in units if unit.name in ALWAYS]
    for unit in units:
        if unit.name not in ALWAYS and left.setdefault(unit.kind, 1) > 0:
            left[unit.kind] -= 1
            found.append(unit)
    return found


def choose(
    made_of: Mapping[str, tuple[Unit, Fingerprint]], kept: Mapping[str, Kept], *, commit: str, limited: bool
) -> Plan:
    """Return the plan of a run that proves what has changed and a part of the rest.

    With a time limit the rest is drawn by the commit, one of each kind first; without, the oldest results go first.
    """
    plan = Plan()
    same = []
    for unit, now in made_of.values():
        found = kept.get(unit.name)
        plan.seconds[unit.name] = found.seconds if found else GUESS_S[unit.kind]
        if why := changed(now, found):
            plan.must.append(unit)
            plan.why[unit.name] = why
        else:
            same.append(unit)
    if limited:
        order = by_draw(same, commit)
        plan.drawn = first_of_each_kind(order)
        plan.round = [unit for unit in order if unit not in plan.drawn]
    else:
        plan.round = within(by_age(same, kept), plan.seconds, ROUND_S)
        plan.reused = [unit for unit in same if unit not in plan.round]
    # The longest first: what is short fits in beside it.
    plan.must.sort(key=lambda unit: -plan.seconds[unit.name])
    return plan


class Series:
    """What runs of `./test --all` have proven so far, so that one that was cut off or limited goes on where it was."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def done(self) -> dict[str, str]:
        """Return the hash of each unit that was proven in this series."""
        try:
            found: dict[str, str] = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def add(self, unit: str, digest: str) -> None:
        """Write down that a unit was proven."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps({**self.done(), unit: digest}, indent=1), encoding="utf-8")

    def end(self) -> None:
        """Forget the series: the next `--all` begins anew."""
        self.file.unlink(missing_ok=True)


def everything(
    made_of: Mapping[str, tuple[Unit, Fingerprint]], kept: Mapping[str, Kept], done: Mapping[str, str]
) -> Plan:
    """Return the plan of a run that proves everything that this series has not proven yet."""
    plan = Plan()
    for unit, now in made_of.values():
        found = kept.get(unit.name)
        plan.seconds[unit.name] = found.seconds if found else GUESS_S[unit.kind]
        if done.get(unit.name) == now.hash and found and found.made_of.hash == now.hash:
            plan.reused.append(unit)
        else:
            plan.must.append(unit)
            plan.why[unit.name] = "--all"
    plan.must.sort(key=lambda unit: -plan.seconds[unit.name])
    return plan
