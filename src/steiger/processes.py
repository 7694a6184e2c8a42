"""The processes of this machine, as /proc shows them: whose they are, what they run, where they listen."""

import contextlib
import fnmatch
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_LINE_LIMIT = 64 * 1024
_LISTENS = "0A"
# What a process gets to end by itself before it is killed, in seconds.
PATIENCE = 3.0


@dataclass(frozen=True)
class Process:
    """One process; `program` is the path of what it runs, "" when that may not be seen.

    `memory` is in bytes, `age` in seconds since it was started, those of a machine that slept included.
    """

    pid: int
    parent: int
    owner: int
    argv: tuple[str, ...]
    program: str
    memory: int
    age: float = 0.0

    @property
    def line(self) -> str:
        """The command line, the program without its folder."""
        return " ".join((Path(self.argv[0]).name, *self.argv[1:]))


def every() -> list[Process]:
    """Return all processes that have a command line: kernel threads and the dead have none."""
    pids = sorted(int(path.name) for path in _PROC.iterdir() if path.name.isdigit())
    return [process for pid in pids if (process := one(pid))]


def one(pid: int) -> Process | None:
    """Return the process of this number, or None."""
    home = _PROC / str(pid)
    try:
        with (home / "cmdline").open("rb") as source:
            argv = source.read(_LINE_LIMIT).decode(errors="replace").rstrip("\0").split("\0")
        # Behind the program's name, which may hold anything, it is the twentieth word (man 5 proc).
        ticks = int((home / "stat").read_text(errors="replace").rpartition(")")[2].split()[19])
        status = dict(line.partition(":")[::2] for line in (home / "status").read_text(errors="replace").splitlines())
    except (OSError, ValueError, IndexError):
        return None
    if not argv[0]:
        return None
    program = ""
    with contextlib.suppress(OSError):
        program = str((home / "exe").readlink()).removesuffix(" (deleted)")
    memory = int(status.get("VmRSS", "0 kB").split()[0]) * 1024
    # Not /proc/uptime: in a container that may be the container's.
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return Process(pid, int(status["PPid"]), int(status["Uid"].split()[0]), tuple(argv), program, memory, age)


def listening(port: int) -> bool:
    """Tell whether anyone's process listens on a TCP port."""
    return any(True for _socket in _listening_sockets(port))


def listener(port: int) -> Process | None:
    """Return the process that listens on a TCP port; None when there is none, or it is another user's."""
    wanted = {f"socket:[{inode}]" for inode in _listening_sockets(port)}
    if not wanted:
        return None
    for home in _PROC.iterdir():
        if home.name.isdigit() and not wanted.isdisjoint(_open_files(home)):
            return one(int(home.name))
    return None


def mine(patterns: Iterable[str]) -> list[Process]:
    """Return this user's processes whose line matches a shell pattern; never this one or those that it runs in."""
    known = list(patterns)
    return [process for process in _others() if any(fnmatch.fnmatchcase(process.line, each) for each in known)]


def holding(words: Iterable[str]) -> list[Process]:
    """Return this user's processes with one of the words in their line; never this one or those that it runs in."""
    known = list(words)
    return [process for process in _others() if any(word in process.line for word in known)]


def end(processes: Iterable[Process]) -> None:
    """End processes: they are asked first, and killed when they have not gone after `PATIENCE` seconds."""
    with contextlib.ExitStack() as stack:
        handles = {}
        for process in processes:
            with contextlib.suppress(OSError):
                handle = os.pidfd_open(process.pid)
                stack.callback(os.close, handle)
                # The number may have gone to another since it was looked up.
                now = one(process.pid)
                if now and (now.owner, now.argv) == (process.owner, process.argv):
                    handles[process.pid] = handle
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for handle in handles.values():
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(handle, sign)
            deadline = time.monotonic() + PATIENCE
            handles = {pid: handle for pid, handle in handles.items() if not _gone(handle, deadline)}


def _gone(handle: int, deadline: float) -> bool:
    watch = select.poll()
    watch.register(handle, select.POLLIN)
    return bool(watch.poll(max(0.0, deadline - time.monotonic()) * 1000))


def _others() -> Iterator[Process]:
    """Yield this user's processes, without this one and those that it runs in."""
    found = {process.pid: process for process in every()}
    above = set()
    pid = os.getpid()
    while pid in found and pid not in above:
        above.add(pid)
        pid = found[pid].parent
    yield from (each for each in found.values() if each.owner == os.getuid() and each.pid not in above)


def _listening_sockets(port: int) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (_PROC / "self" / "net" / name).read_text().splitlines()[1:]:
                cells = line.split()
                if cells[3] == _LISTENS and int(cells[1].rpartition(":")[2], 16) == port:
                    yield cells[9]


def _open_files(home: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for path in (home / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(path.readlink())
