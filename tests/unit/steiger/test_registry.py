"""A registry of the distribution's API, faked on a free port."""

from __future__ import annotations

import hashlib
import socket
import time
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import Server, endless, http_answer

from steiger import registry
from steiger.errors import SteigerError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("127.0.0.1:5000/a", ("127.0.0.1:5000", "a", "latest")),
        ("127.0.0.1:5000/a/b:1", ("127.0.0.1:5000", "a/b", "1")),
        ("localhost:5000/a@sha256:0", ("localhost:5000", "a", "sha256:0")),
        ("localhost:5000/a:1@sha256:0", ("localhost:5000", "a", "sha256:0")),
        ("nginx", None),
        ("nginx:1", None),
        ("a/b", None),
        ("docker.io/library/nginx", None),
        ("127.0.0.1/a", None),
        ("127.0.0.1:5000", None),
        ("127.0.0.1:evil.example/a", None),
        ("127.0.0.1:5000@evil.example:80/a", None),
        ("localhost:/a", None),
        ("localhost:5000/", None),
        ("", None),
    ],
)
def test_a_reference_is_split(reference: str, parts: tuple[str, str, str] | None) -> None:
    assert registry.split(reference) == parts


def test_a_manifest_has_the_digest_of_its_bytes(web: Server) -> None:
    body = b'{ "schemaVersion": 2 }'
    web.answers["GET /v2/a/b/manifests/1"] = http_answer(body)
    found = registry.manifest(f"127.0.0.1:{web.port}/a/b:1")
    assert found == {"digest": f"sha256:{hashlib.sha256(body).hexdigest()}", "manifest": {"schemaVersion": 2}}


@pytest.mark.parametrize(
    "answer",
    [http_answer({}, 404), http_answer("<html>"), http_answer("[" * 5000), http_answer("3")],
)
def test_a_manifest_that_is_none(web: Server, answer: bytes) -> None:
    web.otherwise = answer
    assert registry.manifest(f"127.0.0.1:{web.port}/a:1") is None


@pytest.mark.parametrize("name", ["a b", "é", "a\r\nHost: x", "a?x", "a#x", "\udc80", "../../x"])
def test_a_strange_name_is_no_manifest_and_no_error(web: Server, name: str) -> None:
    assert registry.manifest(f"127.0.0.1:{web.port}/{name}:1") is None
    assert registry.manifest(f"127.0.0.1:{web.port}/a:{name}") is None


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n"])
def test_a_registry_that_does_not_answer_is_no_fault_of_the_students(web: Server, answer: bytes) -> None:
    web.otherwise = answer
    with pytest.raises(SteigerError, match=r"the registry at 127\.0\.0\.1:[0-9]+ does not answer"):
        registry.manifest(f"127.0.0.1:{web.port}/a:1")


def test_no_registry_has_no_tags() -> None:
    assert registry.tags("127.0.0.1:1") == {}


@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_an_endless_answer_ends(web: Server, monkeypatch: pytest.MonkeyPatch, pause: float) -> None:
    monkeypatch.setattr(registry, "TIMEOUT", 5)  # a busy machine answers late
    monkeypatch.setattr(registry, "LIMIT", 100_000)
    web.otherwise = endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000, pause)()
    begun = time.monotonic()
    assert registry.manifest(f"127.0.0.1:{web.port}/a") is None
    assert time.monotonic() - begun < 20


def test_the_tags_of_all_repositories(web: Server) -> None:
    web.answers = {
        "GET /v2/_catalog?n=1000": http_answer({"repositories": ["a/b", "empty", "gone"]}),
        "GET /v2/a/b/tags/list": http_answer({"name": "a/b", "tags": ["2", "1"]}),
        "GET /v2/empty/tags/list": http_answer({"name": "empty", "tags": None}),
    }
    assert registry.tags(f"127.0.0.1:{web.port}") == {"a/b": ["1", "2"]}


@pytest.mark.parametrize(
    "body", ["[]", "3", "x", '{"repositories": 3}', '{"repositories": [1, null]}', '{"repositories": null}']
)
def test_a_strange_catalogue_is_an_empty_one(web: Server, body: str) -> None:
    web.answers["GET /v2/_catalog?n=1000"] = http_answer(body)
    assert registry.tags(f"127.0.0.1:{web.port}") == {}


def test_deleting_a_tag_deletes_by_digest(web: Server) -> None:
    body = b"{}"
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    web.answers["GET /v2/a/manifests/1"] = http_answer(body)
    registry.delete(f"127.0.0.1:{web.port}", "a", "1")
    assert web.asked == ["GET /v2/a/manifests/1", f"DELETE /v2/a/manifests/{digest}"]


def test_deleting_what_is_not_there_asks_no_more(web: Server) -> None:
    registry.delete(f"127.0.0.1:{web.port}", "a", "1")
    assert web.asked == ["GET /v2/a/manifests/1"]


@pytest.mark.parametrize(
    ("served", "address"),
    [
        ("127.0.0.1:5001", "127.0.0.1:5001"),
        ("127.0.0.1:5002", "127.0.0.1:4000"),  # the engine does not use it
        (None, "127.0.0.1:4000"),
    ],
)
def test_another_mirror_on_this_machine_is_not_ours(served: str | None, address: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    if served:
        config.write_text(f"# Steiger's\nhttp:\n  addr: {served}\n  headers: {{}}\n")
    mirrors = ["https://mirror.example/", "http://127.0.0.1:4000/", "http://127.0.0.1:5001/"]
    assert registry.own(mirrors, config) == address


def test_without_a_mirror_on_this_machine_ours_is_where_it_is_made(tmp_path: Path) -> None:
    assert registry.own(["https://127.0.0.1.example:5000"], tmp_path / "none") == "127.0.0.1:5000"


def test_the_mirrors_before_ours_are_known() -> None:
    mirrors = ["https://mirror.example/", "http://127.0.0.1:5000/", "https://later.example"]
    assert registry.in_front(mirrors, "127.0.0.1:5000") == ["https://mirror.example/"]
    assert registry.in_front(mirrors, "127.0.0.1:5001") == []


def test_only_a_mirror_that_lets_wait_is_deaf(web: Server) -> None:
    url = f"http://127.0.0.1:{web.port}/"
    assert not registry.is_deaf(url)  # 404 is an answer
    web.answers["GET /v2/"] = [3.0]
    start = time.monotonic()
    assert registry.is_deaf(url, seconds=0.3)
    assert time.monotonic() - start < 2
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    assert not registry.is_deaf(f"http://127.0.0.1:{free}")
    assert not registry.is_deaf("http://[broken")
