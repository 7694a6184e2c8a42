"""The Docker Engine, asked over its unix socket.

Why not the docker command: a call costs 2 ms instead of 40, answers are JSON of a
documented form (Docker Engine API v1.41, that of Debian 12's engine; of one that dropped
it, the oldest that it speaks), and a `docker` that somebody put in front in PATH is not asked.
Everything read is bounded in size and time: the other side may be a student's container.
"""

import contextlib
import http.client
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from steiger import bounded
from steiger.errors import EngineError
from steiger.i18n import _
from steiger.saved import Saved, unpack
from steiger.streams import demultiplex, first_file
from steiger.text import harmless

API_VERSION = "1.41"
ANSWER_LIMIT = 16 * 1024 * 1024
FILE_LIMIT = 64 * 1024
ARCHIVE_LIMIT = 4 * 1024 * 1024
SAVED_LIMIT = 64 * 1024 * 1024
REASON_LIMIT = 400
# Less than a check may take, so that a check says that the engine hangs.
TIMEOUT = 15.0
PROBE_LABEL = "nl.steiger.probe"
_NOT_FOUND = (404,)
# A name that cannot be (a student may answer anything) is refused, or sent elsewhere by the path's slashes.
_NO_SUCH_NAME = (301, 400, 404)
_ERRORS_FROM = 400
_BAD_REQUEST = 400
# Asked in the newest form that the engine speaks: older ones measure all that there is before they answer.
_UNVERSIONED = "/system/df?"
# Engines drop old versions of their API, and then say which one they still speak.
_TOO_OLD = re.compile(rb"[Mm]inimum supported API version is ([0-9]{1,3}\.[0-9]{1,3})")

Json = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a command in a container left: its exit status and its output, bounded."""

    status: int
    output: str


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Engine:
    """A Docker Engine. Every method raises EngineError when the engine does not answer."""

    def __init__(self, socket_path: str = "", timeout: float = TIMEOUT) -> None:
        host = os.environ.get("DOCKER_HOST", "")
        default = host.removeprefix("unix://") if host.startswith("unix://") else ""
        self.socket_path = socket_path or default or "/var/run/docker.sock"
        self.timeout = timeout
        self._version = API_VERSION

    # What is there

    def info(self) -> Json:
        """Return what the engine says of itself (`docker info`)."""
        return self._json("GET", "/info") or {}

    def containers(self) -> list[Json]:
        """Return all containers, running or not, in list form."""
        return self._list("/containers/json?all=1")

    def container_names(self) -> list[str]:
        """Return the names of all containers, sorted."""
        return sorted(name.lstrip("/") for box in self.containers() for name in box["Names"])

    def container(self, name: str, *, size: bool = False) -> Json | None:
        """Return one container as `docker inspect` shows it, or None; with `SizeRw`, the bytes of its layer, if asked."""
        query = "?size=1" if size else ""
        return self._look_up(f"/containers/{quote(name, safe='')}/json{query}") if name else None

    def images(self) -> list[Json]:
        """Return all tagged and dangling images, in list form."""
        return self._list("/images/json")

    def image(self, reference: str) -> Json | None:
        """Return one image as `docker image inspect` shows it, or None; its `Size` may be of packed layers."""
        return self._look_up(f"/images/{quote(reference, safe='/:@')}/json") if reference else None

    def history(self, reference: str) -> list[Json]:
        """Return the layers and instructions of an image, newest first; [] when it is not there."""
        layers: Any = self._look_up(f"/images/{quote(reference, safe='/:@')}/history")
        return layers or []

    def saved(self, reference: str, limit: int = SAVED_LIMIT) -> Saved | None:
        """Return an image's config and layers, to look into; None when it is not there or has more than `limit` bytes."""
        image = self.image(reference)
        if image is None or image["Size"] > limit:
            return None
        path = f"/images/{quote(reference, safe='/:@')}/get"
        raw = self._raw("GET", path, limit=2 * limit, missing=_NO_SUCH_NAME)
        return unpack(raw, limit) if raw else None

    def volumes(self) -> list[Json]:
        """Return all volumes."""
        answer = self._json("GET", "/volumes") or {}
        return answer.get("Volumes") or []

    def volume(self, name: str) -> Json | None:
        """Return one volume, or None."""
        return self._look_up(f"/volumes/{quote(name, safe='')}") if name else None

    def networks(self) -> list[Json]:
        """Return all networks."""
        return self._list("/networks")

    def network(self, name: str) -> Json | None:
        """Return one network, with the containers on it, or None."""
        return self._look_up(f"/networks/{quote(name, safe='')}") if name else None

    def build_records(self) -> list[Json]:
        """Return the records of the build cache; from API 1.52 on (Docker 29) they come in another form."""
        answer = self._json("GET", f"{_UNVERSIONED}type=build-cache&verbose=1") or {}
        return answer.get("BuildCache") or (answer.get("BuildCacheUsage") or {}).get("Items") or []

    # Into containers and volumes

    def top(self, name: str) -> list[list[str]]:
        """Return the processes of a container as rows of `ps -ef`; [] when it does not run."""
        box = self.container(name)
        if box is None or not box["State"]["Running"]:
            return []
        answer = self._json("GET", f"/containers/{quote(name, safe='')}/top") or {}
        return answer.get("Processes") or []

    def changed_paths(self, name: str) -> list[str]:
        """Return the paths in which a container differs from its image, sorted (`docker diff`)."""
        changes: Any = self._look_up(f"/containers/{quote(name, safe='')}/changes")
        return sorted(change["Path"] for change in changes or [])

    def logs(self, name: str, limit: int = FILE_LIMIT) -> str:
        """Return the last lines that a container wrote, at most `limit` characters; "" when there are none."""
        query = "stdout=1&stderr=1&tail=2000"
        with contextlib.suppress(EngineError):
            raw = self._raw("GET", f"/containers/{quote(name, safe='')}/logs?{query}", limit=ARCHIVE_LIMIT)
            return demultiplex(raw or b"")[-limit:]
        return ""

    def run_in(self, name: str, argv: list[str], timeout: float = 3.0) -> Ran | None:
        """Run a command in a running container; None when it does not run or takes too long (seconds)."""
        path = f"/containers/{quote(name, safe='')}/exec"
        body = {"AttachStdout": True, "AttachStderr": True, "Cmd": argv}
        try:
            made = self._json("POST", path, body)
            if made is None:
                return None
            start = f"/exec/{made['Id']}/start"
            raw = self._raw("POST", start, {"Detach": False, "Tty": False}, FILE_LIMIT, timeout)
            ended = self._json("GET", f"/exec/{made['Id']}/json") or {}
        except EngineError:
            return None
        if ended.get("Running") or ended.get("ExitCode") is None:
            return None
        return Ran(int(ended["ExitCode"]), demultiplex(raw or b""))

    def read_in(self, name: str, path: str) -> str | None:
        """Return a text file of a container, running or not, at most 64 KiB; None when it is not there."""
        query = urlencode({"path": path})
        with contextlib.suppress(EngineError):
            url = f"/containers/{quote(name, safe='')}/archive?{query}"
            raw = self._raw("GET", url, limit=ARCHIVE_LIMIT)
            return first_file(raw, FILE_LIMIT) if raw else None
        return None

    def read_volume(self, volume: str, path: str) -> str | None:
        """Return a text file of a volume, at most 64 KiB; None when volume or file is not there.

        A container that is made for it, never started and removed at once, gives the view.
        """
        if self.volume(volume) is None:
            return None
        with self._some_image() as image:
            body = {
                "Image": image,
                "Cmd": ["true"],
                "Labels": {PROBE_LABEL: "1"},
                "HostConfig": {"Binds": [f"{volume}:/steiger-probe:ro"], "NetworkMode": "none"},
            }
            made = self._json("POST", "/containers/create", body)
            if made is None:
                return None
            try:
                return self.read_in(made["Id"], f"/steiger-probe/{path.lstrip('/')}")
            finally:
                self.remove_container(made["Id"], volumes=False)

    @contextlib.contextmanager
    def _some_image(self) -> Iterator[str]:
        """Give the id of any image; an empty one, for as long as it is needed, when there is none."""
        images = self.images()
        if images:
            yield images[0]["Id"]
            return
        made = self._raw("POST", "/images/create?fromSrc=-", b"\0" * 10240) or b""
        image = str(json.loads(made.splitlines()[-1])["status"])
        try:
            yield image
        finally:
            self.remove_image(image)

    # Changes, for start states and cleaning up

    def pull(self, reference: str, seconds: float = 600.0) -> None:
        """Pull an image, from the mirror or from upstream."""
        if ":" not in reference.rpartition("/")[2] and "@" not in reference:
            reference += ":latest"
        query = urlencode({"fromImage": reference})
        raw = self._raw("POST", f"/images/create?{query}", timeout=seconds) or b""
        for line in raw.splitlines():
            with contextlib.suppress(ValueError):
                if "error" in (message := json.loads(line)):
                    raise EngineError(
                        _("pulling {image} failed: {why}").format(
                            image=reference, why=harmless(message["error"], REASON_LIMIT)
                        )
                    )

    def tag(self, image: str, repository: str) -> None:
        """Give an image one more name, `repository:latest`."""
        query = urlencode({"repo": repository, "tag": "latest"})
        self._json("POST", f"/images/{quote(image, safe='/:@')}/tag?{query}")

    def run_once(
        self, image: str, argv: list[str], binds: list[str], more: Json | None = None, seconds: float = 60.0
    ) -> int:
        """Run a command in a new container without network, remove it, return its exit status.

        Args:
            image: the image to make it from.
            argv: the command and its words.
            binds: folders and volumes to mount, as `source:path`.
            more: what else the container is made with (Env, User, HostConfig …), as the Engine API has it.
            seconds: how long it may take.

        Raises:
            EngineError: the image is not there, the container cannot start, or takes too long.
        """
        more = more or {}
        body = {
            **more,
            "Image": image,
            "Cmd": argv,
            "Labels": {PROBE_LABEL: "1"},
            "HostConfig": {**more.get("HostConfig", {}), "Binds": binds, "NetworkMode": "none"},
        }
        made = self._json("POST", "/containers/create", body)
        if made is None:
            raise EngineError(_("the image {image} is not there").format(image=image))
        try:
            self.start_container(made["Id"])
            return self.wait_for(made["Id"], seconds)
        finally:
            self.remove_container(made["Id"])

    def make_network(self, name: str, labels: dict[str, str]) -> str:
        """Make a bridge network; return its id."""
        return str((self._json("POST", "/networks/create", {"Name": name, "Labels": labels}) or {})["Id"])

    def make_volume(self, name: str, labels: dict[str, str]) -> None:
        """Make a volume."""
        self._json("POST", "/volumes/create", {"Name": name, "Labels": labels})

    def wait_for(self, container_id: str, seconds: float) -> int:
        """Return the exit status of a container once it has ended."""
        path = f"/containers/{quote(container_id, safe='')}/wait"
        return int((self._json("POST", path, timeout=seconds) or {}).get("StatusCode", 1))

    def make_container(self, name: str, body: Json) -> str:
        """Make a container, not started yet, as the engine's API describes it; return its id."""
        made = self._json("POST", f"/containers/create?{urlencode({'name': name})}", body)
        if made is None:
            raise EngineError(_("the image {image} is not there").format(image=body["Image"]))
        return str(made["Id"])

    def start_container(self, container_id: str) -> None:
        """Start a container."""
        self._json("POST", f"/containers/{quote(container_id, safe='')}/start")

    def stop_container(self, container_id: str, seconds: int) -> None:
        """Ask a container to stop, and kill it when it has not after some seconds."""
        self._json("POST", f"/containers/{quote(container_id, safe='')}/stop?t={seconds}")

    def prune_build(self, records: list[str]) -> None:
        """Remove these records of the build cache, as far as nothing uses them."""
        # The engine takes one id in a call, as a regular expression.
        filters = json.dumps({"id": [f"/^({'|'.join(map(re.escape, records))})$/"]})
        self._json("POST", f"/build/prune?{urlencode({'all': 1, 'filters': filters})}")

    def remove_container(self, container_id: str, *, volumes: bool = True) -> None:
        """Remove a container, running or not, with its anonymous volumes unless told otherwise."""
        query = urlencode({"force": 1, "v": int(volumes)})
        self._json("DELETE", f"/containers/{quote(container_id, safe='')}?{query}")

    def remove_volume(self, name: str) -> None:
        """Remove a volume that no container uses."""
        self._json("DELETE", f"/volumes/{quote(name, safe='')}")

    def remove_network(self, network_id: str) -> None:
        """Remove a network that no container uses."""
        self._json("DELETE", f"/networks/{quote(network_id, safe='')}")

    def remove_image(self, reference: str) -> None:
        """Remove a tag, and the image when it was its last; a used image is left alone."""
        self._json("DELETE", f"/images/{quote(reference, safe='/:@')}")

    # The registry mirror

    def mirror(self) -> str:
        """Return host:port of the machine's own registry mirror, 127.0.0.1:5000 when none is set."""
        from steiger.registry import mirrors, own  # noqa: PLC0415 - not every lab asks one

        return own(mirrors(self.info()))

    def registry(self, reference: str) -> Json | None:
        """Return {"digest", "manifest"} of host:port/repository:tag in a plain-HTTP registry, or None."""
        from steiger.registry import manifest  # noqa: PLC0415 - not every lab asks one

        return manifest(reference)

    # Asking

    def _look_up(self, path: str) -> Json | None:
        return self._parsed(self._raw("GET", path, missing=_NO_SUCH_NAME))

    def _list(self, path: str) -> list[Json]:
        answer: Any = self._json("GET", path)
        return answer or []

    def _json(self, method: str, path: str, body: Json | None = None, timeout: float = 0) -> Json | None:
        return self._parsed(self._raw(method, path, body, ANSWER_LIMIT, timeout))

    @staticmethod
    def _parsed(raw: bytes | None) -> Json | None:
        if raw is None:
            return None
        try:
            answer: Json = json.loads(raw) if raw.strip() else {}
        except ValueError as error:
            raise EngineError(_("the Docker Engine gave an answer that is no JSON")) from error
        return answer

    def _raw(
        self,
        method: str,
        path: str,
        body: Json | bytes | None = None,
        limit: int = ANSWER_LIMIT,
        timeout: float = 0,
        missing: tuple[int, ...] = _NOT_FOUND,
    ) -> bytes | None:
        """Return the answer's body up to limit bytes; None for "no such thing"."""
        timeout = timeout or self.timeout
        status, answer = self._ask(method, path, body, limit, timeout)
        newer = _TOO_OLD.search(answer) if status == _BAD_REQUEST else None
        if newer:
            self._version = newer[1].decode()
            status, answer = self._ask(method, path, body, limit, timeout)
        if status in missing:
            return None
        if status >= _ERRORS_FROM:
            try:
                why = str(json.loads(answer)["message"])
            except (ValueError, KeyError, TypeError):
                why = f"HTTP {status}"
            raise EngineError(_("the Docker Engine refused: {why}").format(why=harmless(why, REASON_LIMIT)))
        return answer

    def _ask(self, method: str, path: str, body: Json | bytes | None, limit: int, timeout: float) -> tuple[int, bytes]:
        connection = _SocketConnection(self.socket_path, timeout)
        data = json.dumps(body) if isinstance(body, dict) else body
        try:
            url = path if path.startswith(_UNVERSIONED) else f"/v{self._version}{path}"
            connection.request(method, url, data, {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                answer = bounded.body(response, limit, time.monotonic() + timeout)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise EngineError(_("the Docker Engine does not run; start it with: sudo service docker start")) from error
        except PermissionError as error:
            raise EngineError(
                _(
                    "you may not use the Docker Engine yet; log out and in again (or run: newgrp docker);"
                    " when that does not help: lab doctor"
                )
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise EngineError(
                _("the Docker Engine does not answer: {why}").format(why=harmless(error, REASON_LIMIT))
            ) from error
        finally:
            connection.close()
        return response.status, answer
