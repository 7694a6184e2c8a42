"""What the kernel gives: limits on containers, keys, watches on files, and passing packets on."""

import contextlib
import ctypes
import errno
import os
import re
from pathlib import Path

from steiger import machine
from steiger.engine import Engine, Json
from steiger.i18n import _
from steiger.trial import Probe

_NEARLY = 0.9
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
_FORWARD_OFF = re.compile(r"^\s*net[./]ipv4[./](ip_forward|conf[./]all[./]forwarding)\s*=\s*0\s*$", re.MULTILINE)
_SYSCTL = ("etc/sysctl.d", "run/sysctl.d", "usr/lib/sysctl.d")


def limits(engine: Engine, info: Json) -> Probe:
    """Return the version of cgroups, and which limits on containers work."""
    working = (("memory", machine.memory_limits(engine)), ("cpu", machine.cpu_limits(engine)))
    says = f"cgroup v{info.get('CgroupVersion', '?')}; " + _("limits that work: {limits}").format(
        limits=", ".join(name for name, has in working if has) or "–"
    )
    return Probe(_("Kernel"), True, says)


def stores() -> Probe:
    """Return whether kernel keys and inotify instances, which every container and service takes, are nearly used up."""
    name = _("Kernel stores")
    with contextlib.suppress(OSError):
        used = key_use(Path("/proc/key-users").read_text(encoding="ascii"), {0, os.getuid()})
        if used and used[0] >= _NEARLY * used[1]:
            return Probe(
                name,
                False,
                _("{used} of {limit} kernel keys of user {uid} are used: containers stop starting").format(
                    used=used[0], limit=used[1], uid=used[2]
                ),
                _("run: sudo sysctl kernel.keys.{setting}={more}").format(
                    setting="maxkeys" if used[2] else "root_maxkeys", more=10 * used[1]
                ),
            )
    watching, limit = _inotify_use()
    if watching >= _NEARLY * limit or not _can_watch():
        return Probe(
            name,
            False,
            _("{used} of {limit} inotify instances are used: services hang or do not start").format(
                used=watching, limit=limit
            ),
            _("run: sudo sysctl fs.inotify.{setting}={more}").format(
                setting="max_user_instances", more=max(1024, 4 * limit)
            ),
        )
    return Probe(name, True, _("kernel keys and inotify instances enough"))


def key_use(text: str, owners: set[int]) -> tuple[int, int, int] | None:
    """Return used keys, limit and user of that of these users who is nearest to the limit, from /proc/key-users."""
    rows = re.findall(r"^\s*(\d+):\s+\d+\s+\S+\s+(\d+)/(\d+)", text, re.MULTILINE)
    mine = [(int(used), int(limit), int(uid)) for uid, used, limit in rows if int(uid) in owners and int(limit)]
    return max(mine, key=lambda row: row[0] / row[1], default=None)


def forwarding(switch: Path = _FORWARD, root: Path = Path("/")) -> Probe:
    """Return whether the kernel passes packets on; without, containers reach nothing outside the machine."""
    name = _("Forwarding")
    with contextlib.suppress(OSError):
        if switch.read_text(encoding="ascii").strip() != "0":
            return Probe(name, True, _("packets are passed on"))
        culprits = [str(path) for path in _settings(root) if _FORWARD_OFF.search(path.read_text(errors="replace"))]
        cure = _("run: sudo sysctl net.ipv4.ip_forward=1")
        if culprits:
            cure += "; " + _("and take net.ipv4.ip_forward = 0 out of {files}").format(files=", ".join(culprits))
        says = _("net.ipv4.ip_forward is 0: containers reach nothing outside this machine")
        return Probe(name, False, says, cure)
    return Probe(name, True, _("cannot be seen here"))


def _settings(root: Path) -> list[Path]:
    found = [path for folder in _SYSCTL for path in sorted((root / folder).glob("*.conf"))]
    return [path for path in [root / "etc/sysctl.conf", *found] if os.access(path, os.R_OK)]


def _inotify_use() -> tuple[int, int]:
    """Return how many inotify instances this user has open (of all users: only root sees those), and the limit."""
    own, count = os.getuid(), 0
    for home in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if not home.name.isdigit() or home.stat().st_uid != own:
                continue
            for link in (home / "fd").iterdir():
                with contextlib.suppress(OSError):
                    count += str(link.readlink()) == "anon_inode:inotify"
    try:
        return count, int(_INOTIFY.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0, 1


def _can_watch() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_CLOEXEC)
    if handle < 0:
        return ctypes.get_errno() != errno.EMFILE
    os.close(handle)
    return True
