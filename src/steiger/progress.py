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


@dataclass
class Progress:
    """How far a student is with one lab.

    phase is "" (not started), "starting" (start was interrupted) or "started";
    before holds the ids of what the engine had when the lab was started.
    """

    phase: str = ""
    started: str = ""
    before: dict[str, list[str]] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    checks: int = 0
    last_check: str = ""
    done: str = ""
    solved_for_you: bool = False


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
        return Progress(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress()
    except (OSError, ValueError, TypeError) as error:
        raise SteigerError(
            _("{path} is damaged; remove it and start the lab again").format(path=path)
        ) from error


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
    """Return the student's seed: from the class, else random and kept."""
    with contextlib.suppress(FileNotFoundError):
        return (settings_dir() / "seed").read_text(encoding="utf-8").strip()
    path = state_dir() / "seed"
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8").strip()
    _write(path, secrets.token_hex(16))
    return path.read_text(encoding="utf-8").strip()


@contextlib.contextmanager
def only_one(what: str) -> Iterator[None]:
    """Hold the student's lock, so that two commands do not change a lab at once.

    Raises:
        SteigerError: another command holds it.
    """
    path = state_dir() / "lock"
    _make(path.parent)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise SteigerError(
                _("another command is at work ({who}); wait until it is done").format(who=lock.read(80).strip() or "lab")
            ) from error
        lock.truncate(0)
        lock.write(f"lab {what}, pid {os.getpid()}")
        lock.flush()
        yield
        lock.truncate(0)


def _path(lab_id: str) -> Path:
    return state_dir() / "labs" / f"{lab_id}.json"


def _write(path: Path, text: str) -> None:
    _make(path.parent)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise SteigerError(_("cannot write {path}: {why}").format(path=path, why=error.strerror)) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SteigerError(_("cannot make {path}: {why}").format(path=folder, why=error.strerror)) from error


def public(progress: Progress) -> dict[str, Any]:
    """Return what others may see of the progress, as JSON data."""
    data = asdict(progress)
    del data["before"]
    return data
