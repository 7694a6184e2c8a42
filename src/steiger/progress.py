"""A student's progress: small JSON files in the state folder, written whole or not at all."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import settings_dir, state_dir
from steiger.text import harmless


@dataclass
class Progress:
    """How far a student is with one lab.

    phase is "" (not started), "starting" (start was interrupted) or "started";
    before holds the ids of what the engine had when the lab was started, files what the
    work folder held in the start state, images what the engine held then.
    """

    phase: str = ""
    started: str = ""
    before: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    checks: int = 0
    last_check: str = ""
    done: str = ""
    solved_for_you: bool = False
    images: list[str] = field(default_factory=list)


def now() -> str:
    """Return this moment in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read(lab_id: str) -> Progress:
    """Return the progress of a lab; a new one when there is none.

    Raises:
        SteigerError: the file is damaged.
    """
    path = _path(lab_id)
    try:
        return _checked(Progress(**json.loads(path.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        return Progress()
    except (OSError, ValueError, TypeError) as error:
        raise SteigerError(_("{path} is damaged; remove it and start the lab again").format(path=path)) from error


def write(lab_id: str, progress: Progress) -> None:
    """Keep the progress of a lab."""
    _write(_path(lab_id), json.dumps(asdict(progress), indent=1))


def current() -> str:
    """Return the id of the lab that was started last, or ""."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (state_dir() / "current").read_text(encoding="utf-8").strip()
    return ""


def set_current(lab_id: str) -> None:
    """Remember which lab a student works on."""
    _write(state_dir() / "current", lab_id)


def student() -> str:
    """Return the student's id: from the class, else the name of the account."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        name = (settings_dir() / "student").read_text(encoding="utf-8").strip()
        if name:
            return name
    return os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.getuid())


def seed() -> str:
    """Return the student's seed: from the class, else random and kept.

    Raises:
        SteigerError: there is a seed that cannot be read; another one would make right answers wrong.
    """
    path = state_dir() / "seed"
    known = _seed_in(settings_dir() / "seed") or _seed_in(path)
    if known:
        return known
    _write(path, secrets.token_hex(16), first_wins=True)
    return _seed_in(path)


@contextlib.contextmanager
def only_one(what: str) -> Iterator[None]:
    """Hold the student's lock, so that two commands do not change a lab at once.

    Raises:
        SteigerError: another command holds it.
    """
    path = state_dir() / "lock"
    _make(path.parent)
    try:
        lock = path.open("ab+", buffering=0)
    except OSError as error:
        raise SteigerError(_("cannot write {path}: {why}").format(path=path, why=error.strerror)) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            who = harmless(lock.read(80).decode(errors="replace") or "lab")
            raise SteigerError(
                _("another command is at work ({who}); wait until it is done").format(who=who)
            ) from error
        # What a killed command leaves at work holds the lock on, when it was started to inherit it.
        os.set_inheritable(lock.fileno(), True)
        # Who holds the lock is a courtesy; a full disk is no reason to stop here.
        with contextlib.suppress(OSError):
            lock.truncate(0)
            lock.write(f"lab {what}, pid {os.getpid()}".encode())
        yield
        with contextlib.suppress(OSError):
            lock.truncate(0)


def _path(lab_id: str) -> Path:
    return state_dir() / "labs" / f"{lab_id}.json"


def _checked(progress: Progress) -> Progress:
    """Return the progress, or raise TypeError when a part of it is of another type than ours are."""
    for name, ours in asdict(Progress()).items():
        if type(getattr(progress, name)) is not type(ours):
            raise TypeError(name)
    words = [progress.files, progress.images, progress.passed, *progress.before.values()]
    if not all(isinstance(each, list) and all(isinstance(word, str) for word in each) for each in words):
        raise TypeError
    return progress


def _seed_in(path: Path) -> str:
    try:
        found = path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SteigerError(_("cannot read {path}: {why}").format(path=path, why=error)) from error
    if not found:
        raise SteigerError(_("cannot read {path}: {why}").format(path=path, why=_("it is empty")))
    return found


def _write(path: Path, text: str, *, first_wins: bool = False) -> None:
    _make(state_dir())
    _make(path.parent)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        fresh.write_text(text, encoding="utf-8")
        if not (first_wins and _linked(fresh, path)):
            fresh.replace(path)
    except OSError as error:
        raise SteigerError(_("cannot write {path}: {why}").format(path=path, why=error.strerror)) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _linked(fresh: Path, path: Path) -> bool:
    """Give the fresh file its name unless the name is taken; False where there are no hard links."""
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        return True
    except OSError:
        return False
    return True


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SteigerError(_("cannot make {path}: {why}").format(path=folder, why=error.strerror)) from error


def public(progress: Progress) -> dict[str, Any]:
    """Return what others may see of the progress, as JSON data."""
    data = asdict(progress)
    del data["before"], data["files"], data["images"]
    return data
