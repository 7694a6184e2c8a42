"""Looking into an image as the engine saves it, in the forms of old and new engines, and into what is none."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.steiger.fakes import Server, http_answer

from steiger import saved
from steiger.engine import Engine
from steiger.saved import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = b'{"config": {}, "history": [{"created_by": "COPY x"}]}'
LIMIT = 1024 * 1024


def tar_of(content: Mapping[str, bytes | tuple[bytes, str]]) -> bytes:
    """Return a tar; a name on "/" is a folder, a pair a link of that type to a name."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:") as tar:
        for name, data in content.items():
            member = tarfile.TarInfo(name.rstrip("/"))
            member.mtime = 1767600000
            if isinstance(data, tuple):
                member.type, member.linkname = data
                tar.addfile(member)
            elif name.endswith("/"):
                member.type = tarfile.DIRTYPE
                tar.addfile(member)
            else:
                member.size, member.mode = len(data), 0o755
                tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def image_of(*layers: bytes, **manifest: Any) -> bytes:
    """Return what `docker save` writes for an image of these layers."""
    names = {f"blobs/sha256/{number}": layer for number, layer in enumerate(layers)}
    entry = {"Config": "config.json", "RepoTags": ["a:1"], "Layers": list(names), **manifest}
    return tar_of({**names, "config.json": CONFIG, "manifest.json": json.dumps([entry]).encode()})


def test_config_and_layers() -> None:
    image = unpack(image_of(tar_of({"etc/": b"", "etc/motd": b"hello"}), tar_of({"./a": b"b"})), LIMIT)
    assert image is not None
    assert image.config == CONFIG
    assert [list(layer.files) for layer in image.layers] == [["etc/motd"], ["a"]]
    assert image.layers[0].others == {"etc"}
    assert b"hello" in image.layers[0].raw
    motd = image.file("/etc/motd")
    assert motd is not None
    assert (motd.size, motd.mode, motd.mtime, motd.text) == (5, 0o755, 1767600000.0, "hello")


@pytest.mark.parametrize(
    ("upper", "path", "found"),
    [
        ({}, "a/b/c", "low"),
        ({}, "a//b/../b/c", "low"),
        ({}, "a/b", None),
        ({}, "a/x", None),
        ({"a/b/c": b"high"}, "a/b/c", "high"),
        ({"a/b/.wh.c": b""}, "a/b/c", None),
        ({"a/.wh.b": b""}, "a/b/c", None),
        ({".wh.a": b""}, "a/b/c", None),
        ({".wh.a": b"", "a/": b"", "a/new": b""}, "a/b/c", None),
        ({"a/.wh..wh..opq": b"", "a/b/": b""}, "a/b/c", None),
        ({"a/.wh..wh..opq": b"", "a/b/c": b"high"}, "a/b/c", "high"),
        ({"a/b/.wh..wh..opq": b""}, "a/b/c", None),
        ({"a/b": b"a file now"}, "a/b/c", None),
        ({"a/b/c": (tarfile.SYMTYPE, "elsewhere")}, "a/b/c", None),
        ({"a/b/.wh.cc": b""}, "a/b/c", "low"),
        ({"x": b"twin", "a/b/c": (tarfile.LNKTYPE, "x")}, "a/b/c", "twin"),
        ({"a/b/c": (tarfile.LNKTYPE, "nowhere")}, "a/b/c", None),
    ],
)
def test_upper_layers_hide_lower_ones(upper: dict[str, Any], path: str, found: str | None) -> None:
    image = unpack(image_of(tar_of({"a/": b"", "a/b/": b"", "a/b/c": b"low"}), tar_of(upper)), LIMIT)
    assert image is not None
    seen = image.file(path)
    assert (seen and seen.text) == found


def test_the_form_of_older_engines() -> None:
    """Docker 20.10: a folder for each layer, and a link where a layer is there twice."""
    raw = tar_of(
        {
            "1/layer.tar": tar_of({"a": b"1"}),
            "2/layer.tar": (tarfile.SYMTYPE, "../1/layer.tar"),
            "config.json": CONFIG,
            "manifest.json": b'[{"Config": "config.json", "Layers": ["1/layer.tar", "2/layer.tar"]}]',
        }
    )
    image = unpack(raw, LIMIT)
    assert image is not None
    assert [list(layer.files) for layer in image.layers] == [["a"], ["a"]]


def test_compressed_layers() -> None:
    image = unpack(image_of(gzip.compress(tar_of({"a": b"1"}))), LIMIT)
    assert image is not None
    assert image.file("a") is not None
    assert image.layers[0].raw == tar_of({"a": b"1"})


def test_of_a_large_file_only_the_beginning_is_kept() -> None:
    image = unpack(image_of(tar_of({"a": b"x" * 100_000})), LIMIT)
    assert image is not None
    large = image.file("a")
    assert large is not None
    assert (large.size, len(large.data)) == (100_000, saved.FILE_LIMIT)


def test_more_than_the_limit_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = tar_of({"a": b"x" * 20_000})
    assert unpack(image_of(layer, layer), 2 * len(layer))
    assert unpack(image_of(layer, layer), 2 * len(layer) - 1) is None
    assert unpack(image_of(gzip.compress(tar_of({"a": bytes(LIMIT)}))), LIMIT) is None
    monkeypatch.setattr(saved, "MEMBER_LIMIT", 5)
    few, many = tar_of({"a": b"", "b": b""}), tar_of({str(number): b"" for number in range(6)})
    assert unpack(image_of(few, few), LIMIT)
    assert unpack(image_of(many), LIMIT) is None
    assert unpack(image_of(few, few, few), LIMIT) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x1f\x8bno",
        tar_of({}),
        tar_of({"manifest.json": b"["}),
        tar_of({"manifest.json": b"[" * 100_000}),
        tar_of({"manifest.json": b"[]"}),
        tar_of({"manifest.json": b"{}"}),
        tar_of({"manifest.json/": b""}),
        image_of(tar_of({"a": b""}), Layers=["blobs/sha256/1"]),
        image_of(tar_of({"a": b""}), Layers=None),
        image_of(tar_of({"a": b""}), Config=["config.json"]),
        image_of(b"no tar"),
        image_of(b"\x1f\x8bno"),
        image_of(tar_of({"a": b"x" * 2000}))[:3000],
    ],
)
def test_what_is_no_image_is_none(raw: bytes) -> None:
    assert unpack(raw, LIMIT) is None


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_damaged_images_never_break_the_reader(data: st.DataObject) -> None:
    raw = bytearray(image_of(tar_of({"a/": b"", "a/b": b"c", "d": (tarfile.LNKTYPE, "a/b")})))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    image = unpack(bytes(raw[: data.draw(st.integers(0, len(raw)))]), LIMIT)
    if image:
        image.file("a/b")


def test_an_image_is_asked_of_the_engine(engine_server: Server) -> None:
    engine_server.answers["GET /images/a:1/json"] = http_answer({"Id": "1", "Size": 100})
    engine_server.answers["GET /images/a:1/get"] = http_answer(image_of(tar_of({"a": b"1"})))
    image = Engine().saved("a:1")
    assert image is not None
    assert image.file("a") is not None


@pytest.mark.parametrize(("size", "asked"), [(None, 1), (2000, 1), (100, 2)])
def test_no_image_or_too_much_of_it_is_none(engine_server: Server, size: int | None, asked: int) -> None:
    """One that is too large is not even asked for; one that is more than it says is cut off."""
    if size:
        engine_server.answers["GET /images/a/json"] = http_answer({"Id": "1", "Size": size})
        engine_server.answers["GET /images/a/get"] = http_answer(image_of(tar_of({"a": b"x" * 5000})))
    assert Engine().saved("a", limit=1000) is None
    assert len(engine_server.asked) == asked
