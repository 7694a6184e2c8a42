"""What this machine is and has: probes, each a question with one clear answer."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import EngineError, SteigerError
from steiger.i18n import _
from steiger.text import harmless

DEFAULT_MIRROR = "127.0.0.1:5000"
_DISK_NEEDED = 1_000_000_000


@dataclass(frozen=True)
class Probe:
    """One thing of a machine: whether it is all right, and what to know or do."""

    name: str
    good: bool
    says: str


def mirror_address(engine: Engine) -> str:
    """Return host:port of the registry mirror; the default when the engine does not answer."""
    try:
        return engine.mirror()
    except EngineError:
        return DEFAULT_MIRROR


def require(lab: Lab, engine: Engine) -> None:
    """Make sure that the machine has what a lab needs.

    Raises:
        SteigerError: one sentence that says what is missing.
    """
    for tool in lab.needs.tools:
        if not shutil.which(tool):
            raise SteigerError(_("{lab} needs the command '{tool}'; run ./setup again").format(lab=lab.id, tool=tool))
    engine.info()
    for capability in lab.needs.capabilities:
        if not CAPABILITIES[capability](engine):
            raise SteigerError(_WITHOUT[capability]().format(lab=lab.id))


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


def diagnose(engine: Engine, labs: list[Lab]) -> list[Probe]:
    """Return what a helper would look at first, in the order in which things depend on each other."""
    probes = [_wsl(), _disk()]
    try:
        info = engine.info()
    except EngineError as error:
        return [*probes, Probe(_("Docker Engine"), good=False, says=str(error))]
    probes.append(
        Probe(_("Docker Engine"), good=True, says=f"{info.get('ServerVersion', '?')}, {info.get('Driver', '?')}")
    )
    probes.extend(_plugin(name) for name in ("compose", "buildx"))
    probes.append(_mirror(engine, labs))
    limits = [name for name, has in (("memory", memory_limits(engine)), ("cpu", cpu_limits(engine))) if has]
    says = f"cgroup v{info.get('CgroupVersion', '?')}; " + _("limits that work: {limits}").format(
        limits=", ".join(limits) or "–"
    )
    probes.append(Probe(_("Kernel"), good=True, says=says))
    return probes


def _wsl() -> Probe:
    release = Path("/proc/sys/kernel/osrelease").read_text(encoding="utf-8")
    marks = [Path("/proc/sys/fs/binfmt_misc/WSLInterop"), Path("/run/WSL")]
    inside = "microsoft" in release.lower() and any(mark.exists() for mark in marks)
    where = "WSL2" if inside else "Linux"
    init = "systemd" if Path("/run/systemd/system").is_dir() else _("without systemd")
    return Probe(_("Machine"), good=True, says=f"{where} {release.strip()}, {init}")


def _disk() -> Probe:
    free = shutil.disk_usage("/").free
    says = _("{gb:.1f} GB free").format(gb=free / 1e9)
    if free < _DISK_NEEDED:
        says += "; " + _("make room: at least 1 GB is needed")
    return Probe(_("Disk"), good=free >= _DISK_NEEDED, says=says)


def _plugin(name: str) -> Probe:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(["docker", name, "version"], capture_output=True, text=True, timeout=10, check=False)
        if done.returncode == 0:
            return Probe(f"docker {name}", good=True, says=harmless(done.stdout))
    return Probe(f"docker {name}", good=False, says=_("not there; run ./setup again"))


def _mirror(engine: Engine, labs: list[Lab]) -> Probe:
    from steiger import registry  # noqa: PLC0415 - only the doctor asks

    address = engine.mirror()
    tags = registry.tags(address)
    if not tags:
        return Probe(
            _("Registry mirror"),
            good=False,
            says=_("{address} does not answer; run ./setup again").format(address=address),
        )
    wanted = sorted({image for lab in labs for image in lab.needs.images})
    missing = [image for image in wanted if not _has(tags, image)]
    if missing:
        return Probe(
            _("Registry mirror"),
            good=False,
            says=_("{address} lacks {images}; run ./setup again").format(address=address, images=", ".join(missing)),
        )
    return Probe(
        _("Registry mirror"),
        good=True,
        says=_("{address} has all {count} images of the labs").format(address=address, count=len(wanted)),
    )


def _has(tags: dict[str, list[str]], image: str) -> bool:
    name, _colon, tag = image.partition(":")
    repository = name if "/" in name else f"library/{name}"
    return (tag or "latest") in tags.get(repository, [])
