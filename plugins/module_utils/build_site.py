"""What this machine gives to the making of images: Debian's packages, the way to them, and a place to work."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.debian_sources import plain, uris
from ansible.module_utils.image_build import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MEMORY_MIB = 2048
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
ARCHITECTURES = {"i386": "386", "armhf": "arm", "ppc64el": "ppc64le"}
SCHEMES = ("http", "https")
# A program of this machine, which is not in the image's tree.
OF_THE_MACHINE = ("proxy-auto-detect", "proxyautodetect")


def proxies(told: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that lead to the network: what apt is told by scheme, else what this process was given."""
    found = {}
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        value = told.get(name.removesuffix("_proxy"), "").strip()
        value = value or environment.get(name, "") or environment.get(name.upper(), "")
        if value:
            found[name] = value
    return found


def portable(settings: str) -> str:
    """Return lines of apt.conf without those that name a program of this machine."""
    lines = [line for line in settings.splitlines() if not any(word in line.lower() for word in OF_THE_MACHINE)]
    return "".join(f"{line}\n" for line in lines)


def site(run: Any, suite: str, debian: str) -> Site:
    """Find out how this machine gets Debian packages.

    `run` is a module's run_command; `debian` the URI of a mirror, "" for the one that apt uses here.
    """
    security = ""
    if not debian:
        debian, security = (plain(uri) for uri in uris(run))
    signed = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
    mirrors = [f"deb {signed}{debian} {suite} main"] if debian else []
    mirrors += [f"deb {signed}{security} {suite}-security main"] if debian and security else []
    _, architecture, _ = run(["dpkg", "--print-architecture"], check_rc=True)
    _, apt, _ = run(["apt-config", "dump", "--format", '%F "%v";%n', *(f"Acquire::{scheme}" for scheme in SCHEMES)])
    told = {
        scheme: run(["apt-config", "dump", "--format", "%v%n", f"Acquire::{scheme}::Proxy"])[1] for scheme in SCHEMES
    }
    word = architecture.strip()
    return Site(ARCHITECTURES.get(word, word), suite, mirrors, portable(apt), proxies(told, os.environ))


def work_in_memory(folder: Path) -> None:
    """Put the folder in memory where there is plenty of it: a slow disk then does not slow dpkg down.

    The mount is seen by this process and its children alone, and goes away with them, killed or not.
    """
    meminfo = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    if int(meminfo.get("MemAvailable", "0 kB").split()[0]) >> 10 < MEMORY_MIB:
        return
    libc = ctypes.CDLL(None)
    if libc.unshare(CLONE_NEWNS) == 0:
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"mode=700")
