"""The jobs of a run: which commands prove a part or a unit, and what they wait for."""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tools.suite.units import SCENARIOS, lab_ids, row_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.suite.units import Unit

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".steiger"
LOGS = WORK / "logs"
VENV = ROOT / ".venv" / "bin"
PARTS = {
    "lint": "the style and the types of everything",
    "unit": "tests/unit (more words go to pytest)",
    "browser": "the class's page in Chromium (more words go to pytest)",
    "molecule": "the roles, in the scenarios classroom, cluster, default and debian12",
    "machine": "tests/machine (more words go to pytest)",
    "labs": "the proof of every lab, or of those named",
    "matrix": "every row of tests/matrix/rows.yml, or those named",
}
# The kind of the units of a part.
KINDS = {"browser": "browser", "molecule": "scenario", "machine": "machine", "labs": "lab", "matrix": "row"}
NEEDS = {"molecule": "incus", "machine": "incus", "labs": "incus", "matrix": "incus"}
HOST = "testhost"
CHROMIUM = "chromium"
# The plain Debians on which ./setup runs once, for all units that begin with such a machine.
GOLDEN = {"debian13": "steiger-tests13", "debian12": "steiger-tests12"}


@dataclass(frozen=True)
class Job:
    """One thing to run: commands in order, each of which is counted when nothing else is."""

    name: str
    commands: list[list[str]]
    after: tuple[str, ...] = ()
    counts: str = "tests"  # tests: pytest's; steps: Molecule's too; commands: themselves; nothing: not counted
    env: dict[str, str] = field(default_factory=dict)
    unit: str = ""  # whose result this is


def shell_scripts(root: Path = ROOT) -> list[str]:
    """Return the project's shell scripts, by their name or first line."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__")) or name == ".ci"]
        for name in names:
            file = Path(folder, name)
            if file.suffix in {".sh", ".bash"} or (not file.suffix and is_shell(file)):
                found.append(str(file.relative_to(root)))
    return sorted(found)


def is_shell(file: Path) -> bool:
    """Tell whether a file's first line says that it is for a shell."""
    with file.open("rb") as content:
        return re.match(rb"#!\S*(/| )(ba)?sh\b", content.readline()) is not None


def lint_job() -> Job:
    """Return the job that reads everything without running it."""
    tools = [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        ["yamllint", "."],
        ["shellcheck", "--shell=bash", *shell_scripts()],
        ["ansible-lint", "--strict"],
    ]
    return Job("lint", tools, counts="commands")


def pytest_command(*words: str) -> list[str]:
    """Return a pytest command."""
    return ["pytest", "-p", "no:cacheprovider", *words]


def host_job() -> Job:
    """Return the job that makes this machine a host of Incus instances."""
    playbook = ["ansible-playbook", "-i", "inventories/molecule", "playbooks/testhost.yml"]
    return Job(HOST, [playbook], counts="nothing")


def golden_job(base: str) -> Job:
    """Return the job that makes the machine on which ./setup has run, which tests clone."""
    return Job(f"golden-{base}", [["tools/golden", GOLDEN[base], f"steiger-{base}"]], after=(HOST,), counts="nothing")


def chromium_job() -> Job:
    """Return the job that installs the browser."""
    return Job(CHROMIUM, [["tools/packages", "chromium", "chromium-driver"]], after=(), counts="nothing")


def golden_environment() -> dict[str, str]:
    """Return what tells tests which machines they may clone."""
    return {"STEIGER_GOLDEN": GOLDEN["debian13"], "STEIGER_GOLDEN_DEBIAN12": GOLDEN["debian12"]}


def molecule_job(scenario: str) -> Job:
    """Return the job that runs a scenario from its start, whatever an earlier run left."""
    place = WORK / "molecule" / scenario
    env = {"MOLECULE_EPHEMERAL_DIRECTORY": str(place)}
    # Molecule looks for it by itself only inside a git clone.
    shared = ".config/molecule/config.yml"
    command = ["molecule", "--base-config", shared, "test", "--no-command-borders", "--scenario-name", scenario]
    return Job(f"scenario-{scenario}", [command], after=(HOST,), counts="steps", env=env, unit=f"scenario/{scenario}")


def clones(file: Path) -> tuple[str, ...]:
    """Return the bases of the machines that a file of tests clones, which its BASES names; Debian 13 when it has none."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["BASES"]:
            return tuple(str(base) for base in ast.literal_eval(node.value))
    return ("debian13",)


def unit_job(unit: Unit) -> Job:
    """Return the job that proves a unit."""
    kind, _, name = unit.name.partition("/")
    if kind == "scenario":
        return molecule_job(name)
    if kind == "browser":
        return Job(f"{kind}-{name}", [pytest_command(f"tests/browser/test_{name}.py")], (CHROMIUM,), unit=unit.name)
    bases: tuple[str, ...] = ("debian13",)
    words = [f"tests/proofs/test_proofs.py::test_the_proof_of_the_lab_holds[{name}]"]
    if kind == "machine":
        bases, words = clones(ROOT / f"tests/machine/{name}.py"), ["--durations=5", f"tests/machine/{name}.py"]
    elif kind == "row":
        words = [f"tests/matrix/test_rows.py::test_row[{name}]"]
    made = tuple(f"golden-{base}" for base in bases)
    return Job(f"{kind}-{name}", [pytest_command(*words)], made, env=golden_environment(), unit=unit.name)


def with_what_they_need(jobs: Sequence[Job]) -> list[Job]:
    """Return jobs behind those that make what they wait for, each once, in the order in which to start them."""
    makers: dict[str, Callable[[], Job]] = {HOST: host_job, CHROMIUM: chromium_job}
    makers |= {f"golden-{base}": partial(golden_job, base) for base in GOLDEN}

    def needed(job: Job) -> Iterator[str]:
        for name in job.after:
            yield from needed(makers[name]())
            yield name

    names = list(dict.fromkeys(name for job in jobs for name in needed(job)))
    return [*(makers[name]() for name in names), *jobs]


def part_jobs(part: str, words: list[str]) -> list[Job] | None:
    """Return the jobs of a part that is named with words for pytest, or that keeps no results; None for the others."""
    if part == "lint":
        return [lint_job()]
    if part == "unit":
        return [Job("unit", [pytest_command("-n", "auto", "tests/unit", *words)])]
    if words and part in ("browser", "machine"):
        after = (CHROMIUM,) if part == "browser" else ("golden-debian13", "golden-debian12")
        return [Job(part, [pytest_command(f"tests/{part}", *words)], after=after, env=golden_environment())]
    return None


def known_words(part: str) -> list[str] | None:
    """Return the words that may stand after a part; None where they go to pytest."""
    return {"molecule": list(SCENARIOS), "labs": lab_ids(ROOT), "matrix": row_ids(ROOT), "lint": []}.get(part)
