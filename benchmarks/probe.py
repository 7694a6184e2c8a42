"""Runs inside a lab machine, with its own python3; the answers are JSON.

    probe.py time N COMMAND...      the seconds of N runs of a command, each on a terminal of its own
    probe.py memory PACKAGE...      bytes (PSS) of the processes whose program is in the packages or in /opt/steiger

A command that fails ends the probe with status 1 and the last line that the command wrote.
"""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

OURS = "/opt/steiger/"


def timed(count: str, *command: str) -> list[float]:
    """Run a command a number of times, as in a person's terminal, and return the seconds of each run."""
    found = []
    for _ in range(int(count)):
        begun = time.perf_counter()
        status, output = on_terminal(command)
        found.append(time.perf_counter() - begun)
        if status:
            lines = output.decode(errors="replace").strip().splitlines()
            sys.exit(f"{' '.join(command)} ended with status {status}: {lines[-1] if lines else ''}")
    return found


def on_terminal(command: tuple[str, ...]) -> tuple[int, bytes]:
    """Run a command on a pseudo-terminal; return its exit status and the end of its output."""
    terminal, theirs = pty.openpty()
    settings = {**os.environ, "TERM": "xterm", "PAGER": "cat"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings)
    os.close(theirs)
    output = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        output = (output + part)[-65536:]
    os.close(terminal)
    return process.wait(), output


def memory(*names: str) -> dict[str, int]:
    """Return the PSS in bytes of the programs in these packages and in /opt/steiger."""
    programs = set()
    for name in names:
        for listing in Path("/var/lib/dpkg/info").glob(f"{name}*.list"):
            if listing.name.removesuffix(".list").partition(":")[0] == name:
                programs |= set(listing.read_text(encoding="utf-8").splitlines())
    found: dict[str, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program = str((process / "exe").readlink())
            words = (process / "cmdline").read_text(errors="replace").replace("\0", " ")
            pss = (process / "smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            continue
        # The probe is a program of python3's, which may be one of the packages.
        mine = process.name != str(os.getpid()) and (program in programs or OURS in program or OURS in words)
        if mine:
            kilobytes = next((int(line.split()[1]) for line in pss.splitlines() if line.startswith("Pss:")), 0)
            found[program] = found.get(program, 0) + kilobytes * 1024
    return found


QUESTIONS: dict[str, Callable[..., object]] = {"time": timed, "memory": memory}

if __name__ == "__main__":
    print(json.dumps(QUESTIONS[sys.argv[1]](*sys.argv[2:])))
