"""The work folder of a lab: what is the student's in it is never lost."""

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from steiger.engine import Engine
from steiger.errors import EngineError, SteigerError
from steiger.i18n import _
from steiger.paths import kept_dir

KEPT = 5
HASHED_BYTES = 16 * 1024 * 1024


def content(folder: Path) -> list[str]:
    """Return a line for everything in a folder: its name, and what tells its content from another."""
    if not folder.is_dir():
        return []
    return [f"{path.relative_to(folder)} {_mark(path)}" for path in sorted(folder.rglob("*"))]


def has_work(folder: Path, known: Collection[str]) -> bool:
    """Tell whether a folder holds anything but what `content` said before; a file less is no work."""
    return not set(content(folder)) <= set(known)


def keep(folder: Path, label: str, known: Collection[str]) -> str:
    """Move a folder's content aside when there is work in it.

    Args:
        folder: the work folder; it stays, empty or as it was.
        label: the lab's id; the last few are kept for each.
        known: what `content` said of the start state.

    Returns:
        Where the work is kept, or "" when there was none.

    Raises:
        SteigerError: it could not be kept; what could not be moved is where it was.
    """
    if not folder.is_dir() or not has_work(folder, known):
        return ""
    target = _unused(kept_dir() / f"{label}-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        target.mkdir(parents=True)
        for path in folder.iterdir():
            path.rename(target / path.name)
    except OSError as error:
        raise SteigerError(
            _("your files in {folder} could not be kept: {why}").format(folder=folder, why=error.strerror)
        ) from error
    older = sorted(path for path in kept_dir().glob(f"{label}-[0-9]*") if path != target)
    for path in older[: 1 - KEPT]:
        shutil.rmtree(path, ignore_errors=True)
    return str(target)


def move_aside(folder: Path, known: Collection[str]) -> str:
    """Give a folder another name when there is work in it, or when it is none; return that name, or "".

    Raises:
        SteigerError: it cannot be renamed.
    """
    try:
        if not (folder.exists() or folder.is_symlink()):
            return ""
        if folder.is_dir() and not has_work(folder, known):
            return ""
        target = _unused(folder.with_name(f"{folder.name}.own-{time.strftime('%Y%m%d-%H%M%S')}"))
        folder.rename(target)
    except OSError as error:
        raise SteigerError(_("cannot write in {folder}: {why}").format(folder=folder, why=error.strerror)) from error
    return str(target)


def fill(folder: Path, source: Path) -> None:
    """Make a folder, with a copy of what is in the source when that is there.

    Raises:
        SteigerError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True)
    except OSError as error:
        raise SteigerError(_("cannot write in {folder}: {why}").format(folder=folder, why=_reason(error))) from error


def empty(folder: Path) -> None:
    """Remove what is in a folder but not the folder: the student's shell may stand in it."""
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def take_back(folder: Path, images: Collection[str], engine: Engine) -> None:
    """Make all of a work folder the student's: what a container wrote through a bind mount is root's.

    Args:
        folder: the work folder.
        images: images with a shell, to try when busybox is not to be had.
        engine: the engine that can do what the student alone cannot.

    Raises:
        SteigerError: some of it stays root's.
    """
    command = f"chown -R {os.getuid()}:{os.getgid()} /work && chmod -R u+rwX /work"
    for image in ("busybox", *images):
        if not folder.is_dir() or _mine(folder):
            return
        was_here = engine.image(image) is not None
        with contextlib.suppress(EngineError):
            if not was_here:
                engine.pull(image)
            engine.run_once(image, ["sh", "-c", command], [f"{folder}:/work"])
        if not was_here:
            with contextlib.suppress(EngineError):
                engine.remove_image(image)
    if not _mine(folder):
        raise SteigerError(
            _("{folder} holds files of root's; make them yours with: sudo chown -R {user} {folder}").format(
                folder=folder, user=os.getuid()
            )
        )


def _mine(folder: Path) -> bool:
    """Tell whether a folder and all in it can be moved by this user."""
    refused: list[OSError] = []
    for path, folders, files in os.walk(folder, onerror=refused.append):
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            return False
        if any((Path(path) / name).lstat().st_uid != os.getuid() for name in [*folders, *files]):
            return False
    return not refused


def _mark(path: Path) -> str:
    try:
        if path.is_symlink():
            return f"-> {path.readlink()}"
        if path.is_dir():
            return "/"
        known = path.stat()
        if not path.is_file():
            return "?"
        if known.st_size > HASHED_BYTES:
            return f"{known.st_size} {known.st_mtime_ns}"
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return "?"


def _unused(path: Path) -> Path:
    number = 1
    candidate = path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate


def _reason(error: OSError) -> str:
    """Return the reason in one line; copying a tree gives a list of reasons in place of one."""
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        _source, _target, why = error.args[0][0]
        return str(why)
    return error.strerror or str(error)
