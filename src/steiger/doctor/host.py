"""The machine below the engine: what it is, its room, its clock."""

import contextlib
import email.utils
import http.client
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from steiger.i18n import _
from steiger.paths import ROOT
from steiger.trial import Probe

BYTES_NEEDED = 1_000_000_000
FILES_NEEDED = 20_000
# What apt and dpkg wrote last, and when this release was put here: none of it can be of later than now.
WITNESSES = (Path("/var/lib/dpkg/status"), Path("/var/lib/apt/lists"), ROOT.parent)
BEHIND = 3600.0
APART = 600.0
NETWORK_SECONDS = 2.0
_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d"))
_READ = (".list", ".sources")  # apt passes over others, such as `x.list.save`
_HTTP = re.compile(r"^(?:deb\s|URIs:).*?http://([\w.-]+(?::\d+)?)/", re.MULTILINE)


def machine() -> Probe:
    """Return what this machine is: its kernel, WSL or not, systemd or not."""
    release = Path("/proc/sys/kernel/osrelease").read_text(encoding="utf-8")
    marks = [Path("/proc/sys/fs/binfmt_misc/WSLInterop"), Path("/run/WSL")]
    inside = "microsoft" in release.lower() and any(mark.exists() for mark in marks)
    where = "WSL2" if inside else "Linux"
    init = "systemd" if Path("/run/systemd/system").is_dir() else _("without systemd")
    return Probe(_("Machine"), True, f"{where} {release.strip()}, {init}")


@dataclass(frozen=True)
class Room:
    """What is free where a path lies: bytes, and files (inodes; None where the file system does not count them)."""

    path: Path
    size: int
    files: int | None


def disk(paths: Iterable[Path]) -> Probe:
    """Return whether there is room for the labs at these paths."""
    rooms = [room for path in paths if (room := _room(path))]
    lacking = [room for room in rooms if room.size < BYTES_NEEDED]
    crowded = [room for room in rooms if room.files is not None and room.files < FILES_NEEDED]
    cure = _("make room; what Docker keeps without need: docker system df")
    if lacking:
        says = _("{gb:.1f} GB free at {path}, at least {need:.0f} GB is needed")
        return Probe(
            _("Disk"), False, says.format(gb=lacking[0].size / 1e9, path=lacking[0].path, need=BYTES_NEEDED / 1e9), cure
        )
    if crowded:
        says = _("room for {count} more files (inodes) at {path}, at least {need} are needed")
        return Probe(
            _("Disk"), False, says.format(count=crowded[0].files, path=crowded[0].path, need=FILES_NEEDED), cure
        )
    least = min(rooms, key=lambda room: room.size)
    return Probe(_("Disk"), True, _("{gb:.1f} GB free at {path}").format(gb=least.size / 1e9, path=least.path))


def _room(path: Path) -> Room | None:
    # Below a folder that is closed to us nothing can be asked; the one above it is most often the same disk.
    for place in (path, *path.parents):
        with contextlib.suppress(OSError):
            seen = os.statvfs(place)
            return Room(path, seen.f_bavail * seen.f_frsize, seen.f_favail if seen.f_files else None)
    return None


class NetworkTime:
    """The time that a Debian mirror of this machine gives, asked while other things are done."""

    def __init__(self, hosts: Iterable[str] | None = None) -> None:
        self._host = next(iter(_mirrors() if hosts is None else hosts), "")
        self._ahead: list[float] = []
        self._deadline = time.monotonic() + NETWORK_SECONDS
        # Nobody waits for a name service that hangs: the thread ends with the program.
        self._thread = threading.Thread(target=self._ask, daemon=True)
        if self._host:
            self._thread.start()

    def ahead(self) -> tuple[str, float] | None:
        """Return the mirror's name and by how many seconds our clock is ahead of it; None when it does not answer."""
        if self._host:
            self._thread.join(max(0.0, self._deadline - time.monotonic()))
        return (self._host, self._ahead[0]) if self._ahead else None

    def _ask(self) -> None:
        with contextlib.suppress(OSError, ValueError, TypeError, http.client.HTTPException):
            connection = http.client.HTTPConnection(self._host, timeout=NETWORK_SECONDS)
            with contextlib.closing(connection):
                connection.request("HEAD", "/debian/", headers={"Connection": "close"})
                said = connection.getresponse().getheader("Date")
                self._ahead.append(time.time() - email.utils.parsedate_to_datetime(said or "").timestamp())


def clock(asked: Callable[[], tuple[str, float] | None], witnesses: Iterable[Path] = WITNESSES) -> Probe:
    """Return whether the clock can be right: against what was written here before, and against a mirror's."""
    now = time.time()
    says = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(now))
    cure = _("set the clock: sudo timedatectl set-ntp true; or: sudo date --set 'YEAR-MONTH-DAY HOUR:MINUTE'")
    seen = asked()
    if seen and abs(seen[1]) > APART:
        template = _("{now} is {apart} ahead of {host}") if seen[1] > 0 else _("{now} is {apart} behind {host}")
        return Probe(_("Clock"), False, template.format(now=says, apart=span(abs(seen[1])), host=seen[0]), cure)
    later = [(when, path) for path in witnesses if (when := _written(path)) > now + BEHIND]
    if later and not seen:
        when, path = max(later)
        then = time.strftime("%Y-%m-%d", time.localtime(when))
        template = _("{now} is {apart} before {path} was written ({then})")
        return Probe(_("Clock"), False, template.format(now=says, apart=span(when - now), path=path, then=then), cure)
    return Probe(_("Clock"), True, says)


def span(seconds: float) -> str:
    """Return a length of time of more than a minute in words, rounded down; two of a unit or more."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days > 1:
        return _("{count} days").format(count=days)
    return _("{count} hours").format(count=hours) if hours > 1 else _("{count} minutes").format(count=minutes)


def _written(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _mirrors() -> list[str]:
    """Return the hosts that apt fetches from over plain HTTP, in order."""
    places = [path for source in _SOURCES for path in (source, *sorted(source.glob("*")))]
    found = []
    for path in [path for path in places if path.suffix in _READ]:
        with contextlib.suppress(OSError):
            found += _HTTP.findall(path.read_text(encoding="utf-8", errors="replace"))
    return found
