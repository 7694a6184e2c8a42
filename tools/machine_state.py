#!/usr/bin/python3
"""Print the state of this machine as JSON: packages, files, accounts, and what the container engine holds.

    machine_state.py [--quick] [FILE]

Runs with Python's standard library alone, as root, on the machine that it describes. --quick does not read files: it says
size and time instead, which tell as well whether a file was written to since.
"""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not walked: other file systems' mount points, what is volatile by nature, and the engine's own stores (listed below).
NOT_WALKED = frozenset(
    {
        "/dev",
        "/proc",
        "/run",
        "/sys",
        "/tmp",
        "/var/cache",
        "/var/lib/containerd",
        "/var/lib/docker",
        "/var/log",
        "/var/tmp",
    }
)
CHUNK = 1 << 20
QUICK = "--quick"

State = dict[str, dict[str, str]]


def output(*command: str) -> str:
    """Return what a command prints; nothing when it fails or does not exist."""
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def packages(*, quick: bool = False) -> dict[str, str]:
    """Return version and state of every package, and unless it must be quick whether it was asked for, by name."""
    asked_for = set() if quick else set(output("apt-mark", "showmanual").split())
    lines = output(
        "dpkg-query", "--show", "--showformat=${binary:Package}\t${Version} ${db:Status-Abbrev}\n"
    ).splitlines()
    found = dict(line.split("\t", 1) for line in lines)
    return {name: f"{about.strip()}{' manual' if name in asked_for else ''}" for name, about in found.items()}


def content(path: str, status: os.stat_result) -> str:
    """Return a short text that changes when a file's content does."""
    if stat.S_ISLNK(status.st_mode):
        return f"-> {os.readlink(path)}"
    if not stat.S_ISREG(status.st_mode):
        return ""
    digest = hashlib.blake2b(digest_size=12)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def describe(path: str, *, quick: bool = False) -> str:
    """Return a path's kind and mode, its owner, and its content; its size and times instead when it must be quick."""
    try:
        status = os.lstat(path)
        if quick and stat.S_ISREG(status.st_mode):
            inner = f"{status.st_size} {status.st_mtime_ns}"
        else:
            inner = content(path, status)
        return f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid} {inner}".strip()
    except OSError as problem:  # it went away, or is a socket of a running program
        return f"not read: {problem.strerror}"


def walk(top: str, not_walked: frozenset[str]) -> Iterator[str]:
    """Yield every path below `top` on its own file system; what is not walked itself, but nothing below it."""
    device = os.lstat(top).st_dev
    for folder, folders, names in os.walk(top):
        yield from (os.path.join(folder, name) for name in [*folders, *names])
        kept = [name for name in folders if os.path.join(folder, name) not in not_walked]
        folders[:] = [name for name in kept if os.lstat(os.path.join(folder, name)).st_dev == device]


def files(top: str = "/", not_walked: frozenset[str] = NOT_WALKED, *, quick: bool = False) -> dict[str, str]:
    """Return kind, mode, owner and content of every file below `top`, by path."""
    return {path: describe(path, quick=quick) for path in walk(top, not_walked)}


def accounts() -> tuple[dict[str, str], dict[str, str]]:
    """Return the users and the groups by name."""
    users = {user.pw_name: f"{user.pw_uid}:{user.pw_gid} {user.pw_dir} {user.pw_shell}" for user in pwd.getpwall()}
    groups = {group.gr_name: f"{group.gr_gid} {' '.join(sorted(group.gr_mem))}".strip() for group in grp.getgrall()}
    return users, groups


def listed(template: str, *command: str) -> dict[str, str]:
    """Return the lines `name<tab>about` that a docker command prints, by name."""
    if not shutil.which("dockerd"):  # the command may be podman's, which makes its store when it is asked
        return {}
    lines = output("docker", *command, "--format", template).splitlines()
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def engine() -> State:
    """Return the containers, images, volumes and networks of the Docker engine; empty where there is none."""
    return {
        "containers": listed("{{.Names}}\t{{.ID}} {{.Image}} {{.State}}", "ps", "--all", "--no-trunc"),
        "images": listed("{{.Repository}}:{{.Tag}} {{.ID}}\t{{.Size}}", "images", "--all", "--no-trunc"),
        "volumes": listed("{{.Name}}\t{{.Driver}}", "volume", "ls"),
        "networks": listed("{{.Name}}\t{{.Driver}}", "network", "ls"),
    }


def state(*, quick: bool = False) -> State:
    """Return the whole state of this machine; `quick` looks at sizes and times of files instead of their content."""
    users, groups = accounts()
    return {
        "packages": packages(quick=quick),
        "files": files(quick=quick),
        "users": users,
        "groups": groups,
        **engine(),
    }


def main() -> None:
    """Print the state, or write it to the file that is named."""
    text = json.dumps(state(quick=QUICK in sys.argv), sort_keys=True)
    files_named = [word for word in sys.argv[1:] if word != QUICK]
    if files_named:
        Path(files_named[0]).write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
