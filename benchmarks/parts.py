"""The parts of a run, each a plain function that adds its samples to what was measured."""

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import holdings, machines
from benchmarks.holdings import Holdings
from benchmarks.machines import HOUSE, STUDENT, Machine

PARTS = ("setup", "again", "lab", "costs")
LIST_RUNS = 5
CHECK_RUNS = 5
IDLE_SECONDS = 10.0
MEGABYTE = 1e6
GIGABYTE = 1e9

Say = Callable[[str], None]


@dataclass
class Measured:
    """What was measured: samples by figure, the number of checks by lab, and what explains the figures."""

    samples: dict[str, list[float]] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    def add(self, figure: str, *values: float) -> None:
        """Add samples to a figure."""
        self.samples.setdefault(figure, []).extend(values)


@dataclass(frozen=True)
class Options:
    """How to measure: image or instance to clone, repeats, parts and labs (all when empty)."""

    image: str
    clone_of: str
    repeats: int
    parts: Collection[str]
    labs: Collection[str]


def measure(options: Options, measured: Measured, say: Say) -> None:
    """Run the parts and add what was measured; the two set-ups take turns in being first.

    Raises:
        BenchmarkError: something cannot be measured.
    """
    archive = machines.house()
    if "setup" not in options.parts:
        with machines.fresh(options.image, archive, options.clone_of) as machine:
            _on_one_machine(machine, options, measured, say)
        return
    for number in range(options.repeats):
        turns = (_ours, _plain) if number % 2 == 0 else (_plain, _ours)
        for turn in turns:
            with machines.fresh(options.image, archive) as machine:
                turn(machine, options, measured, _counted(say, number, options.repeats))


def _ours(machine: Machine, options: Options, measured: Measured, say: Say) -> None:
    before = machine.holds() if "costs" in options.parts else None
    say("./setup, cold")
    measured.add("setup_cold", machine.seconds(f"{HOUSE}/setup"))
    machine.add_student()
    if "again" in options.parts:
        say("./setup, again")
        measured.add("setup_again", machine.seconds(f"{HOUSE}/setup"))
    after = machine.holds() if before else None
    if "lab" in options.parts:
        labs(machine, options.labs, measured, say)
    if before and after:
        costs(machine, before, after, measured, say)


def _plain(machine: Machine, _options: Options, measured: Measured, say: Say) -> None:
    say("plain.sh, cold")
    measured.add("plain_cold", machine.seconds("bash", f"{HOUSE}/benchmarks/plain.sh"))


def _on_one_machine(machine: Machine, options: Options, measured: Measured, say: Say) -> None:
    before = machine.holds() if "costs" in options.parts else None
    if not options.clone_of:
        say("./setup, to have a lab machine")
        machine.seconds(f"{HOUSE}/setup")
        machine.add_student()
    after = machine.holds() if before else None
    for number in range(options.repeats):
        if "again" in options.parts:
            _counted(say, number, options.repeats)("./setup, again")
            measured.add("setup_again", machine.seconds(f"{HOUSE}/setup"))
        if "lab" in options.parts:
            labs(machine, options.labs, measured, _counted(say, number, options.repeats))
    if before and after:
        costs(machine, before, after, measured, say)


def labs(machine: Machine, chosen: Collection[str], measured: Measured, say: Say) -> None:
    """Time the lab command as a student in a terminal: each lab is started, solved, checked, reset and finished."""
    say("lab list")
    measured.add("lab_list", *machine.probe("time", str(LIST_RUNS), "lab", "list", user=STUDENT))
    for lab in json.loads(machine.run("lab", "list", "--json", user=STUDENT)):
        name = lab["id"]
        if chosen and name not in chosen:
            continue
        measured.checks[name] = lab["tasks"]
        say(f"lab start, check, reset {name}")
        measured.add(f"lab_start:{name}", *machine.probe("time", "1", "lab", "start", name, user=STUDENT))
        machine.run("lab", "solve", name, user=STUDENT)
        measured.add(f"lab_check:{name}", *machine.probe("time", str(CHECK_RUNS), "lab", "check", name, user=STUDENT))
        measured.add(f"lab_reset:{name}", *machine.probe("time", "1", "lab", "reset", name, user=STUDENT))
        machine.run("lab", "finish", name, user=STUDENT)


def costs(machine: Machine, before: Holdings, after: Holdings, measured: Measured, say: Say) -> None:
    """Add what Steiger costs a machine beyond Docker: memory when nothing happens, and disk."""
    say(f"memory, after {IDLE_SECONDS:.0f} idle seconds")
    cost = holdings.cost(before, after, holdings.needed(machine.run(*holdings.LIST_DOCKER)))
    time.sleep(IDLE_SECONDS)
    programs: dict[str, int] = machine.probe("memory", *cost.own)
    measured.add("memory", sum(programs.values()) / MEGABYTE)
    measured.add("disk", cost.disk / GIGABYTE)
    measured.details["costs_mb"] = {
        "programs": _megabytes(programs),
        "packages beyond Docker's": _megabytes(cost.own),
        "Docker's packages, not counted": round(cost.dockers / MEGABYTE, 1),
        "folders that grew": _megabytes(cost.folders),
    }


def _megabytes(sizes: Mapping[str, int]) -> dict[str, float]:
    return {name: round(size / MEGABYTE, 1) for name, size in sizes.items()}


def _counted(say: Say, number: int, total: int) -> Say:
    return lambda text: say(f"{number + 1}/{total} {text}")
