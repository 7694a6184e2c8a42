"""Unmount what is mounted below a folder, and take folders away without going through a mount."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible.module_utils.services import Run

MOUNTS = Path("/proc/self/mountinfo")


def points(text: str) -> list[str]:
    """Return the mount points in the text of a mountinfo file, oldest first."""
    lines = [line.split() for line in text.splitlines()]
    return [re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), words[4]) for words in lines if len(words) > 4]


def below(mounted: Iterable[str], folders: Iterable[str]) -> list[str]:
    """Return what is mounted below the folders, newest first; a folder that is itself a mount is its owner's."""
    tops = [f"{folder.rstrip('/')}/" for folder in folders]
    return [point for point in reversed(list(mounted)) if any(point.startswith(top) for top in tops)]


def mounted_below(folders: Iterable[str]) -> list[str]:
    """Return what is mounted below the folders now."""
    return below(points(MOUNTS.read_text(encoding="utf-8", errors="replace")), folders)


def unmount(run: Run, folders: Iterable[str]) -> dict[str, str]:
    """Unmount all that is mounted below the folders; return what would not go, with the reason."""
    tops, why = list(folders), {}
    for point in mounted_below(tops):
        status, _, err = run(["umount", point])
        if status:
            # Nobody is in it any more who counts: it goes as soon as the last has left.
            status, _, err = run(["umount", "--lazy", point])
        why[point] = " ".join(err.split())
    return {point: why.get(point, "") for point in mounted_below(tops)}


def delete(run: Run, path: Path) -> str:
    """Take a file or a folder away with all that is in it; return "" or why it is still there."""
    if left := unmount(run, [str(path)]):
        return "; ".join(f"{point} is mounted there: {why}" for point, why in left.items())
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return ""
    if path.is_mount():
        # A disk that somebody put there: what is on it goes, the disk stays.
        return next((why for entry in path.iterdir() if (why := delete(run, entry))), "")
    complaints: list[str] = []
    shutil.rmtree(path, onerror=lambda _, place, info: complaints.append(f"{place}: {info[1]}"))
    return complaints[0] if complaints and path.exists() else ""
