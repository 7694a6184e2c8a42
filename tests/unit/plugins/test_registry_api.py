"""Speaking with a registry: a small one of our own answers."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible.module_utils.registry_api import INDEXES, MANIFEST, Registry, RegistryError, choose, copy, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Fake(BaseHTTPRequestHandler):
    """What a registry does, no more; with `token` it wants to be asked for one first."""

    token = ""
    full = False
    limited = False
    half_written = 0
    store: dict[str, tuple[str, bytes]]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        """Give what is in the store."""
        host = self.headers["Host"]
        if self.path.startswith("/token"):
            self.reply(200, json.dumps({"token": self.token}).encode())
        elif self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            self.reply(401, WWW_Authenticate=f'Bearer realm="http://{host}/token",service="fake"')
        elif self.limited and "/manifests/" in self.path:
            self.reply(429, json.dumps({"errors": [{"message": "too many\nrequests"}]}).encode())
        elif self.path == "/v2/":
            self.reply(200)
        elif self.half_written:
            type(self).half_written -= 1
            self.reply(500)
        elif self.path in self.store:
            kind, body = self.store[self.path]
            self.reply(200, body, Content_Type=kind)
        else:
            self.reply(404, b"{}")

    do_HEAD = do_GET  # noqa: N815 -- http.server looks for this name

    def do_POST(self) -> None:
        """Begin an upload."""
        self.reply(202, Location=self.path + "1?state=x")

    def do_PUT(self) -> None:
        """Take a blob or a manifest."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = urlsplit(self.path)
        if self.full:
            self.reply(500, json.dumps({"errors": [{"message": "no space left on device"}]}).encode())
        elif "/uploads/" in parts.path:
            assert parse_qs(parts.query) == {"state": ["x"], "digest": [digest(body)]}
            self.store[f"{parts.path.split('uploads')[0]}{digest(body)}"] = ("", body)
            self.reply(201)
        else:
            self.store[parts.path] = (self.headers["Content-Type"], body)
            self.store[f"{parts.path.rpartition('/')[0]}/{digest(body)}"] = (self.headers["Content-Type"], body)
            self.reply(201)


@pytest.fixture
def serve() -> Iterator[Callable[..., Registry]]:
    servers = []

    def start(**settings: Any) -> Registry:
        handler = type("Handler", (Fake,), {"store": {}, **settings})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return Registry(f"http://127.0.0.1:{server.server_port}", timeout=5)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def image(store: dict[str, tuple[str, bytes]], name: str, labels: dict[str, str] | None = None) -> bytes:
    repository, tag = reference(name)
    config = json.dumps({"config": {"Labels": labels}}).encode()
    layer = f"layer of {name}".encode()
    manifest = json.dumps(
        {
            "config": {"digest": digest(config)},
            "layers": [{"digest": digest(layer)}],
        }
    ).encode()
    for blob in (config, layer):
        store[f"/v2/{repository}/blobs/{digest(blob)}"] = ("", blob)
    for key in (tag, digest(manifest)):
        store[f"/v2/{repository}/manifests/{key}"] = (MANIFEST, manifest)
    return manifest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nginx", ("library/nginx", "latest")),
        ("nginx:1.26", ("library/nginx", "1.26")),
        ("steiger/ferry", ("steiger/ferry", "latest")),
        ("steiger/ferry:1.0", ("steiger/ferry", "1.0")),
    ],
)
def test_reference(name: str, expected: tuple[str, str]) -> None:
    assert reference(name) == expected


@pytest.mark.parametrize("token", ["", "secret"])
def test_an_image_is_copied_with_its_digest(serve: Callable[..., Registry], tmp_path: Path, token: str) -> None:
    from_store: dict[str, tuple[str, bytes]] = {}
    manifest = image(from_store, "nginx", {"a": "b"})
    here: dict[str, tuple[str, bytes]] = {}
    target = serve(store=here)
    copy(serve(store=from_store, token=token), target, "nginx", "amd64", tmp_path)
    assert target.manifest("library/nginx", "latest")[1] == manifest
    assert target.labels("library/nginx", "latest") == {"a": "b"}
    assert not list(tmp_path.iterdir())


def test_the_image_for_this_machine_is_chosen(serve: Callable[..., Registry], tmp_path: Path) -> None:
    store: dict[str, tuple[str, bytes]] = {}
    manifest = image(store, "nginx")
    entry = {"digest": digest(manifest), "platform": {"os": "linux", "architecture": "amd64"}}
    other = {"digest": "sha256:0", "platform": {"os": "linux", "architecture": "arm64"}}
    index = json.dumps({"manifests": [other, entry]}).encode()
    store["/v2/library/nginx/manifests/latest"] = (INDEXES[0], index)
    target = serve()
    copy(serve(store=store), target, "nginx", "amd64", tmp_path)
    assert target.manifest("library/nginx", "latest")[1] == manifest
    with pytest.raises(RegistryError, match="no image for riscv64"):
        choose(json.loads(index), "riscv64")


def test_a_spoilt_blob_is_refused(serve: Callable[..., Registry], tmp_path: Path) -> None:
    store: dict[str, tuple[str, bytes]] = {}
    image(store, "nginx")
    store.update({path: ("", b"spoilt") for path in store if "/blobs/" in path})
    target = serve()
    with pytest.raises(RegistryError, match="something else"):
        copy(serve(store=store), target, "nginx", "amd64", tmp_path)
    assert target.labels("library/nginx", "latest") is None


def test_a_limit_is_told_on_one_line(serve: Callable[..., Registry], tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"429 too many requests$"):
        copy(serve(limited=True), serve(), "nginx", "amd64", tmp_path)


def test_a_slow_registry_is_given_up(serve: Callable[..., Registry], tmp_path: Path) -> None:
    store: dict[str, tuple[str, bytes]] = {}
    image(store, "nginx")
    source = Registry(serve(store=store).base, patience=-1)
    with pytest.raises(RegistryError, match="too slow"):
        copy(source, serve(), "nginx", "amd64", tmp_path)


def test_a_full_disk_is_told(serve: Callable[..., Registry]) -> None:
    with pytest.raises(RegistryError, match="no space left on device"):
        serve(full=True).upload("library/x", digest(b"x"), b"x")


def test_an_image_with_a_blob_missing_is_not_there(serve: Callable[..., Registry]) -> None:
    store: dict[str, tuple[str, bytes]] = {}
    image(store, "nginx")
    del store[f"/v2/library/nginx/blobs/{digest(b'layer of nginx')}"]
    assert serve(store=store).labels("library/nginx", "latest") is None


def test_a_blob_that_is_half_written_is_asked_for_again(serve: Callable[..., Registry]) -> None:
    target = serve(store={"/v2/a/blobs/x": ("", b"")}, half_written=2)
    with target.send("HEAD", "/v2/a/blobs/x") as answer:
        assert answer.status == 200
    target = serve(store={"/v2/a/blobs/x": ("", b"")}, half_written=9)
    with pytest.raises(RegistryError, match="500"):
        target.send("HEAD", "/v2/a/blobs/x")


def test_who_answers(serve: Callable[..., Registry]) -> None:
    assert serve().answers()
    assert serve(token="secret").answers()  # noqa: S106
    assert not Registry("http://127.0.0.1:1", timeout=1).answers()
    assert not Registry("file:///etc", timeout=1).answers()
