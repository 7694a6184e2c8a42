"""Remember on the machine what Steiger did there, so that exactly that can be undone."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def load(path: Path) -> dict[str, Any]:
    """Return a record, empty when there is none; raise ValueError when it is broken."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(f"{path} is broken ({error}): move it away") from None
    if not isinstance(read, dict):
        raise ValueError(f"{path} is broken: move it away")  # noqa: TRY004 -- of the text, for its reader
    return read


def remembered(path: Path) -> dict[str, Any]:
    """Return a record that one can do without: a broken one tells nothing."""
    try:
        return load(path)
    except ValueError:
        return {}


def write(path: Path, text: str, like: Path | None = None, mode: int = 0o644) -> None:
    """Write a whole file or nothing, with the mode and owner of `like` when that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(mode)
        if like is not None and like.exists():
            status = like.stat()
            os.chown(name, status.st_uid, status.st_gid)
            new.chmod(status.st_mode & 0o7777)
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def save(path: Path, record: dict[str, Any]) -> None:
    """Write a record; an empty one is no file."""
    if record:
        write(path, json.dumps(record, indent=1, sort_keys=True) + "\n")
    else:
        path.unlink(missing_ok=True)
