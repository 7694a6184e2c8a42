"""What Docker Compose makes of a student's files, bounded in time, memory and size.

Compose itself reads them: includes, merges, variables and all. A file can keep it busy for
ever (aliases of aliases, a device as env_file), and it does not listen to SIGTERM then.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steiger import bounded
from steiger.bounded import Limits
from steiger.errors import EngineError
from steiger.i18n import _
from steiger.paths import COMMANDS, docker_plugin, inside

LIMITS = Limits(seconds=4.0, memory=512 * 1024**2, output=4 * 1024**2)
FILE_LIMIT = 1024 * 1024
# Nothing is fetched from elsewhere: a lab works without a network, and a check does not wait for one.
_OFFLINE = {"COMPOSE_EXPERIMENTAL_GIT_REMOTE": "false", "COMPOSE_EXPERIMENTAL_OCI_REMOTE": "false"}
_OUT_OF_MEMORY = (b"fatal error:", b"runtime:", b"panic:")


@dataclass(frozen=True)
class Composed:
    """The configuration that Compose reads in files; when there is none, `trouble` is one word why.

    missing: a file is not there, or is not in the work folder. large: one is over 1 MiB.
    heavy: reading them takes more than 4 seconds, 512 MiB, or gives more than 4 MiB.
    refused: Compose says no; `why` are its own words.
    """

    config: dict[str, Any] | None
    trouble: str = ""
    why: str = ""


def read(folder: Path, files: Sequence[str], env_files: Sequence[str] = ()) -> Composed:
    """Return what Compose makes of these files together, as `docker compose config` shows it.

    Args:
        folder: the work folder; the files must really be in it.
        files: compose files, as many -f would name them; paths are as seen from the folder.
        env_files: files with variables; when there are none, Compose takes .env.

    Raises:
        EngineError: Compose is not installed.
    """
    command = [str(_program())]
    for word, names in (("--file", files), ("--env-file", env_files)):
        for name in names:
            path = inside(folder, name)
            if path is None or not path.is_file():
                return Composed(None, "missing", name)
            if path.stat().st_size > FILE_LIMIT:
                return Composed(None, "large", name)
            command += [word, str(path)]
    command += ["config", "--format", "json"]
    environment = {"PATH": COMMANDS, "HOME": os.environ.get("HOME", "/"), **_OFFLINE}
    ended = bounded.run(command, folder, environment, LIMITS)
    if ended.status is None or ended.status < 0 or ended.errors.startswith(_OUT_OF_MEMORY):
        return Composed(None, "heavy")
    if ended.status:
        return Composed(None, "refused", _complaint(ended.errors, folder))
    try:
        config = json.loads(ended.output)
    except ValueError:
        return Composed(None, "refused")
    return Composed(config if isinstance(config, dict) else {})


def _program() -> Path:
    if program := docker_plugin("docker-compose"):
        return program
    raise EngineError(_("Docker Compose is not installed; run ./setup again"))


def _complaint(errors: bytes, folder: Path) -> str:
    """Return what Compose says in the end, without its warnings and without the folder's path."""
    lines = [line.strip() for line in errors.decode(errors="replace").splitlines()]
    said = " ".join(line for line in lines if line and "level=warning" not in line)
    return said.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
