"""The copy of a student's folder that a check builds: bounded, and with nothing in it that leads out."""

import contextlib
import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import inside
from steiger.text import harmless

CONTEXT_FILES = 10_000
CONTEXT_BYTES = 64 * 1024**2
DOCKERFILE_BYTES = 64 * 1024
_PIECE = 64 * 1024


class Unfit(Exception):  # noqa: N818 - a finding, not an error
    """A folder that cannot be built; the message says why."""


def prepare(base: Path, folder: str, files: Mapping[str, str | bytes], place: Path) -> None:
    """Make a copy of a folder below `base` with these files changed or added, ready to be built.

    Raises:
        Unfit: it is too much, or no folder, or its Dockerfile is no file.
        SteigerError: there is no room for a copy.
    """
    source = base / folder
    if inside(base, folder) is None or not source.is_dir():
        raise Unfit(_("there is no folder {folder}").format(folder=folder))
    try:
        _copy(source, place)
        for path, content in files.items():
            _put(place, path, content)
        for name in ("Dockerfile", ".dockerignore"):
            given = source / name
            if name not in files and (given.is_symlink() or given.exists()) and not _readable(place, name):
                raise Unfit(
                    _("{name} is no ordinary file of at most {size} KiB").format(
                        name=name, size=DOCKERFILE_BYTES // 1024
                    )
                )
        there = sorted(path.name for path in place.iterdir())
    except OSError as error:
        raise SteigerError(
            _("the folder {folder} could not be copied: {why}").format(folder=source, why=error.strerror)
        ) from error
    if "Dockerfile" not in there:
        raise Unfit(_("there is no file called Dockerfile; there is: {names}").format(names=harmless(there)))


def remove_tree(path: Path) -> None:
    """Remove a folder as far as that goes."""
    shutil.rmtree(path, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder: files and links as they are, nothing else, and not more than a context may hold.

    Raises:
        Unfit: it holds more.
    """
    files = size = 0
    too_much = _("the folder holds more than {files} files or {size} MB: too much to send").format(
        files=CONTEXT_FILES, size=CONTEXT_BYTES // 1024**2
    )
    folders = [(source, target)]
    while folders:
        here, there = folders.pop()
        there.mkdir()
        there.chmod(stat.S_IMODE(here.stat().st_mode) | stat.S_IRWXU)
        with contextlib.suppress(PermissionError, FileNotFoundError), os.scandir(here) as entries:
            for entry in entries:
                files += 1
                if files > CONTEXT_FILES:
                    raise Unfit(too_much)
                path, copy = here / entry.name, there / entry.name
                if entry.is_symlink():
                    copy.symlink_to(path.readlink())
                elif entry.is_dir():
                    folders.append((path, copy))
                elif entry.is_file():
                    size += _copy_file(path, copy, CONTEXT_BYTES - size)
                    if size > CONTEXT_BYTES:
                        raise Unfit(too_much)


def _copy_file(source: Path, target: Path, limit: int) -> int:
    """Copy a file of at most `limit` bytes, and return its size; what may not be read is left out."""
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (PermissionError, FileNotFoundError):
        return 0
    with os.fdopen(handle, "rb") as reading:
        known = os.fstat(handle)
        if not stat.S_ISREG(known.st_mode) or known.st_size > limit:
            return known.st_size
        with target.open("wb") as writing:
            while (left := limit + 1 - writing.tell()) > 0 and (piece := reading.read(min(left, _PIECE))):
                writing.write(piece)
            size = writing.tell()
    target.chmod(stat.S_IMODE(known.st_mode))
    return size


def _put(place: Path, path: str, content: str | bytes) -> None:
    """Write a file in a copy; a link on the way, which may lead out of it, is replaced."""
    *folders, name = Path(path).parts
    for folder in folders:
        place /= folder
        if place.is_symlink() or not place.is_dir():
            place.unlink(missing_ok=True)
            place.mkdir()
    target = place / name
    mode = 0o644
    if target.is_dir() and not target.is_symlink():
        remove_tree(target)
    elif target.is_symlink():
        target.unlink()
    elif target.exists():
        mode = stat.S_IMODE(target.stat().st_mode)
        target.unlink()
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    target.chmod(mode)


def _readable(place: Path, name: str) -> bool:
    """Tell whether a name in a copy leads to an ordinary file in it, of a size that a person writes."""
    if inside(place, name) is None:
        return False
    known = (place / name).stat()
    return stat.S_ISREG(known.st_mode) and known.st_size <= DOCKERFILE_BYTES
