"""Find processes by the program that they run, and end them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PROC = Path("/proc")
DELETED = " (deleted)"
KILL_SECONDS = 5.0


@dataclass(frozen=True)
class Process:
    """A process: its id, that of its parent, its program's path, whether that file is gone, and whether it is in a container."""

    pid: int
    parent: int
    program: str
    gone: bool = False
    elsewhere: bool = False

    def __str__(self) -> str:
        """Return what a user reads."""
        return f"{self.pid} ({Path(self.program).name})"


def running(proc: Path = PROC) -> list[Process]:
    """Return all processes that have a program; the kernel's own and the dead have none."""
    found = []
    here = (proc / "self/ns/pid").stat().st_ino
    for place in proc.glob("[0-9]*"):
        try:
            program = str((place / "exe").readlink())
            # The name in brackets may hold anything.
            parent = int((place / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            elsewhere = (place / "ns/pid").stat().st_ino != here
        except OSError:  # it ended
            continue
        gone = program.endswith(DELETED)
        found.append(Process(int(place.name), parent, program.removesuffix(DELETED), gone, elsewhere))
    return found


def of(programs: Iterable[str], processes: Iterable[Process], *, gone: bool = False) -> list[Process]:
    """Return those that run one of the programs; with `gone`, those of which the program's file is gone.

    A container has paths of its own, which are not this machine's.
    """
    wanted = set(programs)
    return [one for one in processes if one.program in wanted and not one.elsewhere and (one.gone or not gone)]


def with_children(pids: Iterable[int], processes: Iterable[Process]) -> set[int]:
    """Return process ids with those of all that descend from them, in containers too."""
    found, everything = set(pids), list(processes)
    while more := {one.pid for one in everything if one.parent in found} - found:
        found |= more
    return found


def is_alive(pid: int, proc: Path = PROC) -> bool:
    """Tell whether a process is there and not dead yet; one that only waits to be reaped is dead."""
    try:
        return (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[
            0
        ] not in "ZX"
    except OSError:
        return False


def end(pids: Iterable[int], patience: float) -> set[int]:
    """Ask processes to end, kill them after `patience` seconds, and return those that live on."""
    left = set(pids)
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, KILL_SECONDS)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        until = time.monotonic() + seconds
        while (left := {pid for pid in left if is_alive(pid)}) and time.monotonic() < until:
            time.sleep(0.05)
    return left
