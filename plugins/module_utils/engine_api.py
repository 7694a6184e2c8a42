"""Ask the Docker Engine of this machine, over its socket."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from ansible.module_utils.unix_http import Connection

SOCKET = "/run/docker.sock"


def get(path: str, timeout: float = 5.0) -> Any:
    """Return the answer to one GET, None when the engine does not answer."""
    connection = Connection(SOCKET, timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return json.load(answer) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def wait(seconds: float) -> bool:
    """Wait until the engine answers; return whether it does."""
    end = time.monotonic() + seconds
    while get("/version") is None:
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def mirrors() -> list[str]:
    """Return the registry mirrors that the engine uses now."""
    info = get("/info") or {}
    return [mirror.rstrip("/") for mirror in (info.get("RegistryConfig") or {}).get("Mirrors") or []]


def containers() -> list[str]:
    """Return the names of the containers that run."""
    return sorted(box["Names"][0].lstrip("/") for box in get("/containers/json") or [])
