"""What can be seen on this machine when a program failed: who answers, what the clock is, which line names a source."""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE_S = 5.0
NAMES_S = 10.0
# Where the archives of Debian and Ubuntu and their mirrors are: by name, or by the folder that all of them have.
DISTRIBUTION = re.compile(
    r"://(?:[\w.-]+\.)?(?:debian\.org|ubuntu\.com)(?:[:/]|$)|/(?:debian|ubuntu)(?:-(?:security|ports))?$"
)
DISTRIBUTION_KEY = re.compile(r"/(?:debian|ubuntu)-archive-")
FILES = 200
FILE_LIMIT = 64 * 1024


def reach(host: str, port: int, patience: float = PATIENCE_S) -> str:
    """Return what becomes of a connection to a port.

    It is one of `open`, `refused`, `no_answer`, `no_route`, `no_names` (nothing tells addresses) and `no_such_name`.
    """
    found: list[str] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.append("")
        except socket.gaierror as error:
            found.append("no_names" if error.errno == socket.EAI_AGAIN else "no_such_name")
        except (OSError, UnicodeError):
            found.append("no_such_name")

    asking = threading.Thread(target=look_up, daemon=True)
    asking.start()
    # A resolver whose servers are silent takes minutes.
    asking.join(NAMES_S)
    why = found[0] if found else "no_names"
    if why:
        return why if has_route() else "no_route"
    try:
        socket.create_connection((host, port), patience).close()
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "no_answer" if has_route() else "no_route"
    return "open"


def now() -> float:
    """Return the time of this machine's clock, in seconds since 1970."""
    return time.time()


def has_route(proc: Path = Path("/proc/net")) -> bool:
    """Tell whether this machine has a way out: a default route, of IPv4 or IPv6."""
    with contextlib.suppress(OSError):
        if any(line.split()[1:2] == ["00000000"] for line in (proc / "route").read_text().splitlines()[1:]):
            return True
    with contextlib.suppress(OSError):
        lines = [line.split() for line in (proc / "ipv6_route").read_text().splitlines()]
        return any(line[:2] == ["0" * 32, "00"] and line[-1] != "lo" for line in lines)
    return False


def ahead(url: str, patience: float = PATIENCE_S) -> float | None:
    """Return by how many seconds this clock is ahead of that of a web server; None when it does not tell."""
    parts = urlsplit(url)
    if not parts.hostname:
        return None
    with contextlib.suppress(OSError, ValueError, TypeError, http.client.HTTPException):
        # Plain HTTP: with a wrong clock no certificate holds.
        connection = http.client.HTTPConnection(
            parts.hostname, (parts.scheme == "http" and parts.port) or 80, timeout=patience
        )
        with contextlib.closing(connection):
            connection.request("HEAD", "/")
            date = connection.getresponse().getheader("Date")
        return time.time() - email.utils.parsedate_to_datetime(date or "").timestamp()
    return None


def proxies() -> dict[str, str]:
    """Return the addresses of the proxies that the environment names, by scheme."""
    found: dict[str, str] = {}
    for scheme in ("http", "https"):
        for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            if os.environ.get(name):
                found.setdefault(scheme, os.environ[name])
    return found


def proxy_hosts() -> set[str]:
    """Return the hosts of all proxies that are set, apt's own included."""
    said = _said("apt-config", "dump", "--format", "%f %v%n")
    of_apt = re.findall(r"^Acquire::https?::Proxy\S* (\S+)", said, re.MULTILINE)
    return {host for url in [*proxies().values(), *of_apt] if (host := _host(url))}


def source(url: str, suite: str = "", folder: Path = Path("/etc/apt")) -> tuple[Path, int] | None:
    """Return file and line of the source of apt that has this address; None when no file names it."""
    base = "cdrom:" if url.startswith("cdrom:") else _base(url)
    near = None
    for path, text in _sources(folder):
        for number, line in enumerate(text.splitlines(), 1):
            if line.lstrip().startswith("#") or not re.search(rf"{re.escape(base)}(?:/?\s|/?$|\S*\[)", line):
                continue
            place = (path, number)
            if not suite or re.search(rf"(?<!\S){re.escape(suite)}(?!\S)", _stanza(path, text, number)):
                return place
            near = near or place
    return near


def own(url: str, folder: Path = Path("/etc/apt")) -> bool:
    """Tell whether a source of apt can be the distribution's own: its archive, a mirror of that, or the only one."""
    if url.startswith("cdrom:"):
        return True
    sources = _sources(folder)
    named = re.findall(
        r"^(?:deb |URIs:)[^#\n]*?((?:https?|ftp)://\S+)", "\n".join(dict(sources).values()), re.MULTILINE
    )
    if {_base(each) for each in named} == {_base(url)}:
        return True
    if place := source(url, folder=folder):
        stanza = _stanza(place[0], dict(sources)[place[0]], place[1])
        key = re.search(r"signed-by[=:]\s*(/\S+)", stanza, re.IGNORECASE)
        if not re.search(r"(?<!\S)main(?!\S)", stanza) or (key and not DISTRIBUTION_KEY.search(key[1])):
            return False
    return bool(DISTRIBUTION.search(_base(url)))


def _base(url: str) -> str:
    """Return the address of a source, of something that is fetched from it."""
    return re.sub(r"/(?:dists|pool)/.*", "", url).rstrip("/")


def _sources(folder: Path) -> list[tuple[Path, str]]:
    """Return the files that name sources of apt, with their text."""
    found = []
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]:
        if path.suffix in {".list", ".sources"}:
            with contextlib.suppress(OSError):
                found.append((path, path.read_text(encoding="utf-8", errors="replace")))
    return found


def _stanza(path: Path, text: str, number: int) -> str:
    """Return all that belongs to the source of a line."""
    lines = text.splitlines()
    if path.suffix == ".list":
        return lines[number - 1]
    first = last = number - 1
    while first > 0 and lines[first - 1].strip():
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].strip():
        last += 1
    return "\n".join(lines[first : last + 1])


def pinned(package: str, folder: Path = Path("/etc/apt")) -> Path | None:
    """Return the file of preferences that forbids apt a package by name, None when there is none."""
    for path in [folder / "preferences", *sorted(folder.glob("preferences.d/*"))]:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for stanza in re.split(r"\n\s*\n", text):
            names = re.search(r"^Package:(.*)$", stanza, re.MULTILINE)
            if names and package in names[1].split() and re.search(r"^Pin-Priority:\s*-", stanza, re.MULTILINE):
                return path
    return None


def hook(option: str, command: str, folder: Path = Path("/etc/apt")) -> Path | None:
    """Return the file of apt's settings in which an option has apt run a command, None when none was seen to."""
    name, quoted = option.rpartition("::")[2].lower(), f'"{command}"'
    for path in [*sorted(folder.glob("apt.conf.d/*"))[:FILES], folder / "apt.conf"]:
        if path.suffix not in {"", ".conf"}:
            continue
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                lines = file.read(FILE_LIMIT).splitlines()
        except OSError:
            continue
        text = "\n".join(line for line in lines if not line.lstrip().startswith(("//", "#"))).replace('\\"', '"')
        if name in text.lower() and quoted in text:
            return path
    return None


def held() -> set[str]:
    """Return the packages that apt-mark holds."""
    return set(_said("apt-mark", "showhold").split())


def _host(url: str) -> str:
    with contextlib.suppress(ValueError):
        return urlsplit(url if "://" in url else f"http://{url}").hostname or ""
    return ""


def _said(*command: str) -> str:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    return ""
