"""Start, stop and look at services, with systemd or without it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[[list[str]], tuple[int, str, str]]


# Where root may not raise limits, docker's init script ends there; it works without.
WITHOUT_LIMITS = 'ulimit() { :; }; . "$0"'

# The program of a service that has another name.
PROGRAMS = {"docker": "dockerd"}
STOP_SECONDS = 60.0


def has_systemd() -> bool:
    """Tell whether systemd runs this machine."""
    return Path("/run/systemd/system").is_dir()


def programs_of(name: str) -> set[str]:
    """Return the paths that a service's program may have."""
    return {f"{folder}/{PROGRAMS.get(name, name)}" for folder in ("/usr/bin", "/usr/sbin")}


def at_work(name: str) -> list[processes.Process]:
    """Return the processes of a service, whoever started them."""
    found: list[processes.Process] = processes.of(programs_of(name), processes.running())
    return found


def control(run: Run, verb: str, name: str) -> str:
    """Start, stop or restart a service; return "" or the complaint, on one line.

    An init script that has lost its pid file says that all is well: after a stop it is the processes that count. That a
    service does its work once it is started, the caller looks at.
    """
    if has_systemd():
        # A service that failed often is not started again before this.
        run(["systemctl", "reset-failed", f"{name}.service"])
        status, out, err = run(["systemctl", verb, f"{name}.service"])
    elif verb in {"stop", "restart"}:
        status, out, err = run(["service", name, "stop"])
        if left := gone(name):
            return f"process {left[0]} was not started as the service {name}, and does not stop with it"
        status = 0
        if verb == "restart":
            return control(run, "start", name)
    else:
        status, out, err = run(["service", name, verb])
        if status:
            status, out, err = run(["sh", "-c", WITHOUT_LIMITS, f"/etc/init.d/{name}", "start"])
    return " ".join((err or out or f"status {status}").split()) if status else ""


def gone(name: str, seconds: float = 10.0) -> list[processes.Process]:
    """Wait until a service that was stopped has no process any more; return those that it still has then."""
    until = time.monotonic() + seconds
    while (left := at_work(name)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def halt(run: Run, name: str, patience: float = STOP_SECONDS) -> None:
    """Stop a service through whatever runs it, for at most so many seconds; who must know whether it ended looks."""
    if has_systemd():
        units = [f"{name}.socket", f"{name}.service"]
        run(["timeout", f"{patience:.0f}", "systemctl", "stop", *units])
    elif Path("/etc/init.d", name).is_file():
        run(["timeout", f"{patience:.0f}", "service", name, "stop"])


def is_running(run: Run, name: str) -> bool:
    """Tell whether a service runs."""
    if has_systemd():
        return run(["systemctl", "is-active", "--quiet", f"{name}.service"])[0] == 0
    return run(["service", name, "status"])[0] == 0


def is_enabled(run: Run, name: str) -> bool:
    """Tell whether a service starts at boot."""
    if has_systemd():
        return run(["systemctl", "is-enabled", "--quiet", f"{name}.service"])[0] == 0
    return os.access(f"/etc/init.d/{name}", os.X_OK) and any(Path("/etc").glob(f"rc[2-5].d/S[0-9][0-9]{name}"))


def enable(run: Run, name: str) -> None:
    """Let a service start at boot."""
    if has_systemd():
        run(["systemctl", "enable", "--quiet", f"{name}.service"])
    else:
        script = Path("/etc/init.d", name)
        if script.is_file():
            # A removal that was cut off may have left it switched off.
            script.chmod(script.stat().st_mode | 0o111)
        run(["update-rc.d", name, "defaults"])
        run(["update-rc.d", name, "enable"])


def log_of(run: Run, name: str, lines: int = 20) -> list[str]:
    """Return the last lines that a service wrote."""
    if has_systemd():
        said = run(["journalctl", "--unit", name, "--output", "cat", "--no-pager", "--lines", str(lines)])[1]
    else:
        path = Path("/var/log", f"{name}.log")
        said = path.read_text(encoding="utf-8", errors="replace")[-8192:] if path.is_file() else ""
    return said.splitlines()[-lines:]


def listening(port: int, tables: list[str]) -> list[str]:
    """Return the socket numbers of those who listen on a TCP port in a way that 127.0.0.1 cannot be had.

    `tables` are the texts of /proc/net/tcp and tcp6.
    """
    found = []
    for table in tables:
        for line in table.splitlines()[1:]:
            words = line.split()
            address, _, number = words[1].partition(":")
            here = address in ("0100007F", "0000000000000000FFFF00000100007F") or set(address) == {"0"}
            if words[3] == "0A" and int(number, 16) == port and here:
                found.append(words[9])
    return found


def port_owner(port: int) -> tuple[int, str] | None:
    """Return process id and name of who listens on a port of 127.0.0.1; None when it is free, (0, "") when unknown."""
    paths = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    sockets = {
        f"socket:[{number}]" for number in listening(port, [path.read_text() for path in paths if path.is_file()])
    }
    if not sockets:
        return None
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) in sockets:
                process = descriptor.parent.parent
                return int(process.name), (process / "comm").read_text().strip()
        except OSError:
            continue
    return 0, ""
