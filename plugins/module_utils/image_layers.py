"""Turn what changed in a root file system into an image layer."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Stamp = tuple[int, int, int, int]

# What belongs to the build or to the machine; an empty folder stays in the image.
PASSING_FOLDERS = (
    "dev", "proc", "run", "sys", "tmp", "var/tmp", "var/cache/apt", "var/cache/ldconfig", "var/lib/apt/lists", "var/log/apt",
)  # fmt: skip
PASSING_FILES = {
    "etc/hostname", "etc/hosts", "etc/resolv.conf", "var/cache/debconf/config.dat-old", "var/cache/debconf/templates.dat-old",
    "var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend", "var/lib/dpkg/status-old", "var/log/alternatives.log",
    "var/log/bootstrap.log", "var/log/dpkg.log",
}  # fmt: skip
PASSING = tuple(f"{folder}/" for folder in PASSING_FOLDERS)
BLOCK = 1 << 20


@dataclass(frozen=True)
class Layer:
    """One layer: its file, the digests of what is in it and of the file itself, and its size in bytes."""

    path: Path
    diff_id: str
    digest: str
    size: int


def snapshot(root: Path) -> dict[str, Stamp]:
    """Return every path of a tree that may go into an image, with what changes when it does."""
    found: dict[str, Stamp] = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                path = f"{folder}{entry.name}"
                if path in PASSING_FILES or path.startswith(PASSING):
                    continue
                status = entry.stat(follow_symlinks=False)
                found[path] = (status.st_ctime_ns, status.st_ino, status.st_size, status.st_mode)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
    return found


def difference(before: dict[str, Stamp], after: dict[str, Stamp]) -> tuple[list[str], list[str]]:
    """Return the paths to write and the paths to hide, parents first."""
    written = sorted(path for path, stamp in after.items() if before.get(path) != stamp)
    gone = before.keys() - after.keys()
    hidden = sorted(path for path in gone if path.rpartition("/")[0] not in gone)
    return written, hidden


def whiteouts(hidden: list[str], folder: Path) -> list[str]:
    """Make the empty files that hide paths of a lower layer and return their names."""
    names = []
    for path in hidden:
        parent, _, name = path.rpartition("/")
        mark = folder / parent / f".wh.{name}"
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        names.append(str(mark.relative_to(folder)))
    return names


def pack(root: Path, written: list[str], hidden: list[str], work: Path) -> Layer:
    """Write a layer below the folder `work`, which must be new.

    Raises OSError when the disk is full and subprocess.SubprocessError when tar fails.
    """
    marks_folder = work / "hidden"
    marks_folder.mkdir(parents=True)
    marks = whiteouts(hidden, marks_folder)
    for name, paths in (("written", written), ("marks", marks)):
        (work / name).write_bytes(b"".join(os.fsencode(path) + b"\0" for path in paths))
    command = [
        "tar", "--create", "--numeric-owner", "--no-recursion", "--xattrs", "--xattrs-include=security.capability", "--null",
        f"--directory={root}", "--verbatim-files-from", f"--files-from={work / 'written'}",
        f"--directory={marks_folder}", f"--files-from={work / 'marks'}",
    ]  # fmt: skip
    plain, packed, size = hashlib.sha256(), hashlib.sha256(), 0
    # The lightest level: this never leaves the machine, and a student waits for it.
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    target = work / "layer"
    with target.open("wb") as file, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tar:
        while tar.stdout:
            block = tar.stdout.read(BLOCK)
            plain.update(block)
            out = squeeze.compress(block) if block else squeeze.flush()
            packed.update(out)
            size += file.write(out)
            if not block:
                break
        complaint = tar.stderr.read().decode(errors="replace") if tar.stderr else ""
    if tar.returncode:
        raise subprocess.SubprocessError(f"tar failed: {complaint.strip()}")
    return Layer(target, f"sha256:{plain.hexdigest()}", f"sha256:{packed.hexdigest()}", size)
