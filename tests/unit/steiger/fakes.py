"""Stand-ins for what Steiger talks to: a Docker Engine, a registry, an HTTP server."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from steiger.engine import Engine
from steiger.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Json = dict[str, Any]
Answer = bytes | str | Json | list[Any]


def http_answer(body: Answer = b"", status: int = 200) -> bytes:
    """Return a whole HTTP answer."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data


def frame(text: str, stream: int = 1) -> bytes:
    """Return a piece of output as the engine wraps it."""
    data = text.encode()
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


class Server:
    """A server that answers each request with raw bytes, looked up by "METHOD /path".

    An answer may be a list of pieces, sent one by one, with a number for a pause in seconds.
    """

    def __init__(self, listening: socket.socket) -> None:
        self.answers: dict[str, bytes | Iterable[bytes | float]] = {}
        self.otherwise: bytes | Iterable[bytes | float] = http_answer({"message": "no such thing"}, 404)
        self.asked: list[str] = []
        self.bodies: list[bytes] = []
        self.stopped = threading.Event()
        self._listening = listening
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._listening.getsockname()[1])

    def stop(self) -> None:
        """Stop at once, whoever is still reading."""
        self.stopped.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                asked = self._read(connection)
                answer = self.answers.get(asked, self.answers.get(asked.partition("?")[0], self.otherwise))
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    if self.stopped.is_set():
                        return
                    if isinstance(piece, bytes):
                        connection.sendall(piece)
                    else:
                        self.stopped.wait(piece)
            except OSError:
                return

    def _read(self, connection: socket.socket) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                raise ConnectionError
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        asked = " ".join(lines[0].split()[:2]).replace("/v1.41", "", 1)
        self.asked.append(asked)
        self.bodies.append(body)
        return asked


def unix_server(path: Path) -> Server:
    """Return a server on a unix socket."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    return Server(listening)


def tcp_server() -> Server:
    """Return a server on a free port of 127.0.0.1."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return Server(listening)


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Callable[[], Iterator[bytes | float]]:
    """Return a maker of an answer that never ends."""

    def pieces() -> Iterator[bytes | float]:
        yield head
        while True:
            yield piece
            if pause:
                yield pause

    return pieces


@dataclass
class FakeEngine(Engine):
    """An engine in memory: what it has is data, and what is removed is gone."""

    boxes: list[Json] = field(default_factory=list)
    shelves: list[Json] = field(default_factory=list)
    nets: list[Json] = field(default_factory=list)
    pictures: list[Json] = field(default_factory=list)
    in_use: set[str] = field(default_factory=set)
    mirror_is: str = "127.0.0.1:1"
    once: list[list[str]] = field(default_factory=list)

    # What is there

    def info(self) -> Json:
        """Return what a working engine would say."""
        return {"ServerVersion": "26", "Driver": "overlay2", "MemoryLimit": True, "CpuCfsQuota": False}

    def containers(self) -> list[Json]:
        """Return all containers."""
        return list(self.boxes)

    def volumes(self) -> list[Json]:
        """Return all volumes."""
        return list(self.shelves)

    def networks(self) -> list[Json]:
        """Return all networks."""
        return list(self.nets)

    def images(self) -> list[Json]:
        """Return all images."""
        return [dict(picture) for picture in self.pictures]

    def image(self, reference: str) -> Json | None:
        """Return the image of this tag."""
        wanted = reference if ":" in reference else f"{reference}:latest"
        return next((picture for picture in self.pictures if wanted in picture["RepoTags"]), None)

    def container(self, name: str, *, size: bool = False) -> Json | None:  # noqa: ARG002 - sizes are not faked
        """Return a container by its name."""
        return next((box for box in self.boxes if f"/{name}" in box["Names"]), None)

    def mirror(self) -> str:
        """Return the mirror that the test chose."""
        return self.mirror_is

    # Changes

    def remove_container(self, container_id: str, *, volumes: bool = True) -> None:
        """Remove a container and, as docker does, its anonymous volumes."""
        gone = next(box for box in self.boxes if box["Id"] == container_id)
        self.boxes.remove(gone)
        anonymous = {mount["Name"] for mount in gone["Mounts"] if len(mount["Name"]) == 64}
        if volumes:
            self.shelves = [shelf for shelf in self.shelves if shelf["Name"] not in anonymous]

    def remove_volume(self, name: str) -> None:
        """Remove a volume, refused when a container mounts it."""
        if any(mount["Name"] == name for box in self.boxes for mount in box["Mounts"]):
            raise EngineError("volume is in use")
        self.shelves = [shelf for shelf in self.shelves if shelf["Name"] != name]

    def remove_network(self, network_id: str) -> None:
        """Remove a network, refused when it is in use."""
        if network_id in self.in_use:
            raise EngineError("network has active endpoints")
        self.nets = [net for net in self.nets if net["Id"] != network_id]

    def remove_image(self, reference: str) -> None:
        """Remove a tag, and the image with its last; refused when a container uses it."""
        for picture in list(self.pictures):
            if reference not in (picture["Id"], *picture["RepoTags"], *picture["RepoDigests"]):
                continue
            last = not [tag for tag in picture["RepoTags"] if tag not in (reference, "<none>:<none>")]
            if last and any(box["ImageID"] == picture["Id"] for box in self.boxes):
                raise EngineError("image is being used")
            picture["RepoTags"] = [tag for tag in picture["RepoTags"] if tag != reference]
            if last:
                self.pictures.remove(picture)
            return
        raise EngineError("no such image")

    def run_once(
        self,
        image: str,
        argv: list[str],
        binds: list[str],
        more: Json | None = None,  # noqa: ARG002
        seconds: float = 60.0,  # noqa: ARG002
    ) -> int:
        """Remember what was run."""
        self.once.append([image, *argv, *binds])
        return 0

    # What tests put in

    def add(self, kind: str, name: str, image: str = "", mounts: Iterable[str] = ()) -> str:
        """Put a container, volume, network or image (tag or "" for dangling) in; return its id."""
        number = len(self.boxes) + len(self.shelves) + len(self.nets) + len(self.pictures)
        made = f"{kind}-{number}-{name}"
        if kind == "container":
            found = self.image(image)
            self.boxes.append(
                {
                    "Id": made,
                    "Names": [f"/{name}"],
                    "Image": image,
                    "ImageID": found["Id"] if found else "sha256:gone",
                    "State": "running",
                    "Mounts": [{"Name": mount} for mount in mounts],
                }
            )
        elif kind == "volume":
            self.shelves.append({"Name": name})
        elif kind == "network":
            self.nets.append({"Id": made, "Name": name})
        else:
            self.pictures.append({"Id": made, "RepoTags": [name] if name else [], "RepoDigests": []})
        return made
