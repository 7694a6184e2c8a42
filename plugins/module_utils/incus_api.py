"""Ask the Incus server of this machine, over its socket: a call takes milliseconds, and many can run side by side."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import shutil
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.unix_http import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET = "/var/lib/incus/unix.socket"
LOCK = Path("/run/steiger-classes.lock")
LOCK_S = 900.0
ANSWER_S = 30.0
OPERATION_S = 300.0
FILE_BYTES = 65536
POLL_S = 0.2
# Created, started, running, cancelling, pending: https://linuxcontainers.org/incus/docs/main/rest-api/#list-of-current-status-codes
AT_WORK = frozenset({100, 101, 103, 104, 105})
CLASS_KEY = "user.steiger.class"


class IncusError(Exception):
    """Incus refused, or does not answer; the message is its own words, `status` its HTTP status or 0."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class MachineError(IncusError):
    """A machine of a class has a trouble that the roles have words for, by `kind`; the message is the detail."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


def trouble(error: Exception) -> dict[str, str]:
    """Return what a module tells of a machine that failed: the kind of trouble, `other` for Incus' own words, and the detail."""
    return {"kind": getattr(error, "kind", "other"), "detail": str(error)}


def call(method: str, path: str, data: Any = None, *, headers: dict[str, str] | None = None) -> Any:
    """Send one request, wait for what it sets going, and return the metadata of the answer.

    Args:
        method: the HTTP method.
        path: what stands behind the server's name, such as /1.0/instances.
        data: JSON data, or bytes that are sent as they are.
        headers: more of them.

    Raises:
        IncusError: it was refused, failed, or nothing answers.
    """
    answer = _send(method, path, data, headers or {}, ANSWER_S)
    if answer.get("type") != "async":
        return answer.get("metadata")
    operation = str(answer["operation"])
    deadline = time.monotonic() + OPERATION_S
    ended = answer["metadata"]
    # A member of a cluster answers early for an operation of another one.
    while ended["status_code"] in AT_WORK and time.monotonic() < deadline:
        ended = _send("GET", f"{operation}/wait?timeout={OPERATION_S:.0f}", None, {}, OPERATION_S + ANSWER_S)[
            "metadata"
        ]
        if ended["status_code"] in AT_WORK:
            time.sleep(POLL_S)
    if ended["status_code"] != http.client.OK:
        raise IncusError(ended.get("err") or f"{method} {path}: {ended['status']}", ended["status_code"])
    return ended


@contextlib.contextmanager
def alone(seconds: float = LOCK_S) -> Iterator[None]:
    """Change machines of classes while nobody else does: wait for the end of a run that was cut off and goes on here.

    Raises:
        IncusError: another run is still at work after so many seconds.
    """
    with LOCK.open("w") as lock:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise IncusError("another run is at work on this server; run this again when it is done") from None
            time.sleep(POLL_S)
        yield


def find(path: str) -> Any:
    """Return the object at a path, None when there is none.

    Raises:
        IncusError: anything else is wrong.
    """
    try:
        return call("GET", path)
    except IncusError as error:
        if error.status == http.client.NOT_FOUND:
            return None
        raise


def instance(name: str, *rest: str, **query: str) -> str:
    """Return the path of an instance, or of something below it."""
    path = "/".join(["/1.0/instances", urllib.parse.quote(name, safe=""), *rest])
    return f"{path}?{urllib.parse.urlencode(query)}" if query else path


def reached() -> bool:
    """Tell whether an Incus server answers here."""
    try:
        call("GET", "/1.0")
    except IncusError:
        return False
    return True


def is_here() -> bool:
    """Tell whether there is an Incus server here, for who takes away: one that does not answer may hold everything still.

    Raises:
        IncusError: there is one, and it does not answer.
    """
    if shutil.which("incus") is None:
        return False
    try:
        call("GET", "/1.0")
    except IncusError as error:
        raise IncusError(
            f"{error}: start Incus (service incus start) and run this again; nothing was taken away"
        ) from None
    return True


def member() -> str:
    """Return the name of this server in its cluster, "" for one that is alone.

    Raises:
        IncusError: nothing answers.
    """
    environment = call("GET", "/1.0")["environment"]
    return str(environment["server_name"]) if environment.get("server_clustered") else ""


def create(server: str, data: dict[str, Any]) -> None:
    """Make an instance on a server of the cluster; `server` is "" for one that is alone.

    Raises:
        IncusError: Incus refuses.
    """
    call("POST", f"/1.0/instances?{urllib.parse.urlencode({'target': server})}" if server else "/1.0/instances", data)


def instances(depth: int = 1) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the instances, and of those on servers of the cluster that are down the server by name.

    Args:
        depth: 1 for what they are, 2 for their state and snapshots too.

    Raises:
        IncusError: nothing answers.
    """
    listed = call("GET", f"/1.0/instances?recursion={depth}")
    # All that is known of one whose server is down is its name and where it is.
    down = {box["name"]: box["location"] for box in listed if not box["config"]}
    return [box for box in listed if box["name"] not in down], down


def classes() -> set[str]:
    """Return the names of the classes that have machines here.

    Raises:
        IncusError: nothing answers.
    """
    return {box["config"][CLASS_KEY] for box in instances()[0] if CLASS_KEY in box["config"]}


def delete(name: str) -> None:
    """Delete an instance, running or not, when it is there.

    Raises:
        IncusError: it cannot be deleted.
    """
    box = find(instance(name))
    if box is None:
        return
    if box["status"] != "Stopped":
        call("PUT", instance(name, "state"), {"action": "stop", "force": True})
    call("DELETE", instance(name))


def pull(name: str, path: str) -> str:
    """Return the text of a file in an instance, "" when there is none that is text of some kilobytes.

    Raises:
        IncusError: nothing answers.
    """
    connection = Connection(SOCKET, ANSWER_S)
    try:
        connection.request("GET", instance(name, "files", path=path))
        reply = connection.getresponse()
        data: bytes = reply.read(FILE_BYTES)
        plain = reply.status == http.client.OK and reply.getheader("X-Incus-type") == "file"
        return data.decode("utf-8") if plain else ""
    except UnicodeDecodeError:
        return ""
    except (OSError, http.client.HTTPException) as error:
        raise IncusError(f"Incus does not answer: {error}") from error
    finally:
        connection.close()


def push(name: str, path: str, content: str, *, mode: int = 0o644, owner: int = 0) -> None:
    """Write a file in an instance, and the folders above it.

    Raises:
        IncusError: it cannot be written.
    """
    about = {"X-Incus-uid": str(owner), "X-Incus-gid": str(owner)}
    folder = ""
    for part in path.strip("/").split("/")[:-1]:
        folder += f"/{part}"
        if not _is_there(name, folder):
            headers = {
                **about,
                "X-Incus-type": "directory",
                "X-Incus-mode": "0700" if owner or mode < 0o644 else "0755",
            }
            call("POST", instance(name, "files", path=folder), b"", headers=headers)
    headers = {**about, "X-Incus-type": "file", "X-Incus-mode": f"{mode:04o}", "X-Incus-write": "overwrite"}
    call("POST", instance(name, "files", path=path), content.encode(), headers=headers)


def _is_there(name: str, path: str) -> bool:
    connection = Connection(SOCKET, ANSWER_S)
    try:
        connection.request("HEAD", instance(name, "files", path=path))
        return bool(connection.getresponse().status == http.client.OK)
    except (OSError, http.client.HTTPException) as error:
        raise IncusError(f"Incus does not answer: {error}") from error
    finally:
        connection.close()


def _send(method: str, path: str, data: Any, headers: dict[str, str], seconds: float) -> dict[str, Any]:
    body = data if isinstance(data, bytes) or data is None else json.dumps(data).encode()
    kind = {"Content-Type": "application/octet-stream" if isinstance(data, bytes) else "application/json"}
    connection = Connection(SOCKET, seconds)
    try:
        connection.request(method, path, body, {**kind, **headers})
        reply = connection.getresponse()
        answer: dict[str, Any] = json.loads(reply.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise IncusError(f"Incus does not answer: {error}") from error
    finally:
        connection.close()
    if answer.get("type") == "error" or reply.status >= http.client.BAD_REQUEST:
        raise IncusError(str(answer.get("error") or reply.reason), reply.status)
    return answer
