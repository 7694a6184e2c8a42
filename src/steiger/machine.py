"""What this machine is and has, as labs need it: questions, each with one clear answer."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from steiger import registry, waiting
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import EngineError, SteigerError
from steiger.i18n import _
from steiger.text import harmless


def mirror_address(engine: Engine) -> str:
    """Return host:port of the registry mirror; the default when the engine does not answer."""
    try:
        return engine.mirror()
    except EngineError:
        return registry.DEFAULT


def require(lab: Lab, engine: Engine) -> None:
    """Make sure that the machine has what a lab needs.

    Raises:
        SteigerError: one sentence that says what is missing.
    """
    waiting.require_packages(lab)
    for tool in lab.needs.tools:
        if not shutil.which(tool):
            raise SteigerError(_("{lab} needs the command '{tool}'; run ./setup again").format(lab=lab.id, tool=tool))
    engine.info()
    for capability in lab.needs.capabilities:
        if not CAPABILITIES[capability](engine):
            raise SteigerError(_WITHOUT[capability]().format(lab=lab.id))
    waiting.require_images(lab, engine)


def memory_limits(engine: Engine) -> bool:
    """Tell whether containers can be limited in memory here."""
    return bool(engine.info().get("MemoryLimit"))


def cpu_limits(engine: Engine) -> bool:
    """Tell whether containers can be limited in CPU time here."""
    return bool(engine.info().get("CpuCfsQuota"))


def cgroup2(_engine: Engine) -> bool:
    """Tell whether the machine has one pure cgroup v2 tree."""
    return Path("/sys/fs/cgroup/cgroup.controllers").is_file()


def systemd(_engine: Engine) -> bool:
    """Tell whether systemd is process 1."""
    return Path("/run/systemd/system").is_dir()


def kvm(_engine: Engine) -> bool:
    """Tell whether /dev/kvm may be opened; whether guests live on it only a guest can tell."""
    return os.access("/dev/kvm", os.R_OK | os.W_OK)


def userns(_engine: Engine) -> bool:
    """Tell whether an ordinary user may make a user namespace."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return (
            subprocess.run(["unshare", "--user", "true"], capture_output=True, timeout=5, check=False).returncode == 0
        )
    return False


def overlay2(engine: Engine) -> bool:
    """Tell whether the kernel's overlayfs stacks the layers: Docker's overlay2, or containerd's overlayfs."""
    return engine.info().get("Driver") in ("overlay2", "overlayfs")


CAPABILITIES: dict[str, Callable[[Engine], bool]] = {
    "cgroup2": cgroup2,
    "cpu-limits": cpu_limits,
    "memory-limits": memory_limits,
    "systemd": systemd,
    "kvm": kvm,
    "userns": userns,
    "overlay2": overlay2,
}

_WITHOUT: dict[str, Callable[[], str]] = {
    "cgroup2": lambda: _("{lab} needs cgroup v2, which this machine does not have"),
    "cpu-limits": lambda: _("{lab} needs limits on CPU time, which this machine's kernel does not give containers"),
    "memory-limits": lambda: _("{lab} needs limits on memory, which this machine's kernel does not give containers"),
    "systemd": lambda: _("{lab} needs systemd; in WSL, set systemd=true under [boot] in /etc/wsl.conf"),
    "kvm": lambda: _("{lab} needs KVM, which this machine does not offer you"),
    "userns": lambda: _("{lab} needs user namespaces, which this machine does not allow you"),
    "overlay2": lambda: _(
        "{lab} needs a Docker Engine with the storage driver overlay2 or overlayfs; see: docker info"
    ),
}


def port_holder(port: int) -> str:
    """Return who listens on a TCP port, as well as this user can see it."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            ["ss", "-Hltnp", f"sport = :{port}"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=5,
            check=False,
        )
        _head, found, tail = done.stdout.partition('users:(("')
        if found:
            name, _quote, rest = tail.partition('"')
            pid = rest.partition("pid=")[2].partition(",")[0]
            return f"{harmless(name)} (pid {pid})"
    return _("another program")
