#!/usr/bin/env python3
"""Try the README's own commands on this very machine, which is no instance of ours: set up, tests, removal.

    python3 -m tools.bare_machine [--minutes N]

Runs ./setup, proves two labs that this commit draws, runs ./test (with what is left of the minutes), then ./setup --remove,
and compares: what set-up had made is gone, what the tests made is as they left it, and no program of either runs on.
The last line counts these steps and what ./test counted. Exit status: 0 all passed, 1 something failed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tools import machine_state
from tools.compare_states import is_allowed
from tools.suite import draw

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = Path(__file__).resolve().parent.parent
COUNT = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
# How many labs are proven on the machine itself, and how long each may take in seconds.
LABS = 2
SHORT_S = 200.0
# What comes after the tests: the removal, and a look at the whole disk.
AFTERWARDS_MIN = 3.0
# What changes by itself on any machine that is used: Incus' own place, caches that packages rebuild, and the files
# of accounts, which are compared as such.
VOLATILE = re.compile(
    rf"/(work|mnt|media|var/lib/incus|home/[^/]+/\.cache|root/\.cache|root/\.local|root/\.docker)(/.*)?|{re.escape(str(ROOT))}(/.*)?"
    r"|/usr/share/(icons/.*\.cache|glib-2\.0/schemas/gschemas\.compiled)|/etc/(passwd|group|shadow|gshadow|subuid|subgid)"
)
# Stores that set-up makes for what labs make in them, as the engine's own are: what was pushed goes with the mirror.
STORES = ("/var/lib/docker-registry",)
STAYS = re.compile(r"^([^\s:]+)\S* stays, for .* needs? it\.$", re.MULTILINE)
# A file as a quick state tells it: mode and owner, size in bytes, time.
FILE = re.compile(r"(-\S+ \d+:\d+) (\d+) \d+")
BROKEN = re.compile(r"^dpkg: error processing package (\S+) ", re.MULTILINE)

State = machine_state.State


def left_over(states: dict[str, State]) -> list[str]:
    """Return the packages that came with set-up and are there still."""
    before, after, removed = (states[name]["packages"] for name in ("before", "after", "removed"))
    return sorted(name for name in after if name not in before and name in removed)


def needed(packages: list[str], said: str) -> list[str]:
    """Return those of some packages that stay for others: the removal `said` that they do, or what stays depends on them."""
    theirs = [name for name in packages if name.partition(":")[0] in STAYS.findall(said)]
    ours = [name for name in packages if name not in theirs]
    while ours:
        command = ["dpkg", "--no-act", "--abort-after=9999", "--purge", *ours]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        broken = subprocess.run(command, capture_output=True, text=True, check=False, env=environment).stderr
        found = [name for name in ours if {name, name.partition(":")[0]} & set(BROKEN.findall(broken))]
        if not found:
            break
        theirs += found
        ours = [name for name in ours if name not in found]
    return sorted(theirs)


def files_of(packages: list[str]) -> set[str]:
    """Return the files of packages, and the alternatives that lead to them, by the paths that they really have."""
    if not packages:
        return set()
    said = subprocess.run(["dpkg", "--listfiles", *packages], capture_output=True, text=True, check=False).stdout
    files = {str(Path(path).parent.resolve() / Path(path).name) for path in said.splitlines()}
    links = [path for place in ("/etc/alternatives", "/usr/bin", "/usr/sbin") for path in Path(place).iterdir()]
    return files | {str(path) for path in links if path.is_symlink() and str(path.resolve()) in files}


def only_grew(seen: list[str | None]) -> bool:
    """Tell whether a file was there all the time and grew each time: somebody's log, such as that of this very run."""
    found = [FILE.fullmatch(each or "") for each in seen]
    sizes = [int(each[2]) for each in found if each]
    owners = {each[1] if each else None for each in found}
    return len(owners) == 1 and len(sizes) == len(seen) and all(old < new for old, new in itertools.pairwise(sizes))


def went_with_its_store(name: str, states: dict[str, State]) -> bool:
    """Tell whether a file was in a store that came with set-up and is gone as a whole."""
    before, after, removed = (states[when]["files"] for when in ("before", "after", "removed"))
    gone = [store for store in STORES if store in after and store not in before and store not in removed]
    return any(name.startswith(f"{store}/") for store in gone)


def misfits(states: dict[str, State], spared: Collection[str] = ()) -> list[str]:
    """Return what a removal did not put right, a line each.

    `states` holds the machine's states: `before` set-up, `after` it, when the tests were `tested`, and when it was `removed`.
    `spared` names packages and files that may be there still.
    """
    found = []
    for kind in states["removed"].keys() | states["before"].keys():
        four = [states[name].get(kind, {}) for name in ("before", "after", "tested", "removed")]
        for name in sorted(set().union(*four)):
            before, after, tested, removed = seen = [state.get(name) for state in four]
            ours = before != after
            good = {before} | ({tested} if tested != after else set()) if ours else {tested}
            if ours and name in spared:
                good.add(after)
            others = kind == "files" and (
                is_allowed(name)
                or VOLATILE.fullmatch(name)
                or only_grew(seen)
                or (removed is None and went_with_its_store(name, states))
            )
            if removed not in good and not others:
                wanted = " or ".join(sorted(str(each) for each in good))
                found.append(f"{kind}: {name} is {removed}, must be {wanted}")
    return found


def orphans(processes: Path = Path("/proc")) -> list[str]:
    """Return the processes whose program is gone from the disk, as `name (pid)`."""
    found = []
    for place in processes.glob("[0-9]*"):
        try:
            program = str((place / "exe").readlink())
            # A memfd never was on the disk.
            if program.endswith(" (deleted)") and not program.startswith("/memfd:"):
                found.append(f"{(place / 'comm').read_text().strip()} ({place.name})")
        except OSError:
            continue
    return sorted(found)


class Steps:
    """Runs the steps one by one, and counts."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def note(self, what: str, problems: list[str], seconds: float) -> None:
        """Count a step, and say what was wrong with it."""
        self.passed += not problems
        self.failed += bool(problems)
        print(f"this machine: {what} … {'failed' if problems else 'good'} ({seconds:.0f} s)", flush=True)
        for problem in problems[:40]:
            print(f"    {problem}", flush=True)

    def run(self, what: str, command: list[str], wanted: str = "", env: dict[str, str] | None = None) -> str:
        """Run a command whose exit status must be 0 and which must say something; return what it said."""
        begun = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        problems = [] if done.returncode == 0 and wanted in done.stdout else [*done.stdout.splitlines()[-30:]]
        if problems:
            problems.append(f"exit status {done.returncode}; must be 0, and say {wanted!r}")
        self.note(what, problems, time.monotonic() - begun)
        return done.stdout


def tests(minutes: float) -> tuple[int, int]:
    """Run ./test, showing what it prints, and return what it counted."""
    command = ["./test", *(["--minutes", f"{max(1.0, minutes):.0f}"] if minutes else [])]
    said = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - for mypy
        for line in process.stdout:
            # The count of the whole comes last, and once.
            print(f"  {line}" if COUNT.match(line) else line, end="", flush=True)
            said.append(line)
    counts = COUNT.findall("".join(said))
    passed, failed = (int(number) for number in counts[-1]) if counts else (0, 1)
    return passed, failed or int(process.returncode != 0)


def main() -> int:
    """Go through all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.0)
    minutes = parser.parse_args().minutes
    begun = time.monotonic()
    steps = Steps()
    states = {"before": machine_state.state(quick=True)}
    steps.run("./setup", ["./setup", "--lang", "en"], "lab list")
    steps.run("./setup again", ["./setup", "--lang", "en"], "Nothing had to be changed")
    states["after"] = machine_state.state(quick=True)
    with tempfile.TemporaryDirectory() as home:
        for lab in draw.labs(ROOT, LABS, SHORT_S):
            steps.run(f"lab verify {lab}", ["lab", "--lang", "en", "verify", lab, "--here"], lab, {"HOME": home})
    left = minutes - AFTERWARDS_MIN - (time.monotonic() - begun) / 60 if minutes else 0.0
    passed, failed = tests(left)
    states["tested"] = machine_state.state(quick=True)
    said = steps.run("./setup --remove", ["./setup", "--remove", "--lang", "en"], "what ./setup had made is gone")
    since = time.monotonic()
    states["removed"] = machine_state.state(quick=True)
    spared = needed(left_over(states), said)
    problems = misfits(states, {*spared, *files_of(spared)}) + [
        f"{name} runs on, its program is gone" for name in orphans()
    ]
    steps.note("what ./setup made is gone, and nothing else", problems, time.monotonic() - since)
    steps.run("./setup --remove again", ["./setup", "--remove", "--lang", "en"], "There is nothing of Steiger")
    (ROOT / ".steiger").mkdir(exist_ok=True)
    (ROOT / ".steiger" / "states.json").write_text(json.dumps(states), encoding="utf-8")
    print(f"{steps.passed + passed} passed, {steps.failed + failed} failed")
    return 1 if steps.failed + failed else 0


if __name__ == "__main__":
    sys.exit(main())
