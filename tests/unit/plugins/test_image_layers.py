"""Layers of what changed in a tree."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from typing import TYPE_CHECKING

from ansible.module_utils.image_layers import difference, pack, snapshot

if TYPE_CHECKING:
    from pathlib import Path


def names(layer: Path) -> list[str]:
    with tarfile.open(layer) as tar:
        return sorted(tar.getnames())


def test_a_layer_holds_what_is_new_and_hides_what_is_gone(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "gone/deep").mkdir(parents=True)
    (root / "gone/deep/file").touch()
    (root / "etc").mkdir()
    (root / "etc/kept").touch()
    before = snapshot(root)
    (root / "gone/deep/file").unlink()
    (root / "gone/deep").rmdir()
    (root / "gone").rmdir()
    (root / "etc/new").write_text("x")
    (root / "odd\nname").touch()
    written, hidden = difference(before, snapshot(root))
    assert written == ["etc", "etc/new", "odd\nname"]
    assert hidden == ["gone"]
    layer = pack(root, written, hidden, tmp_path / "work")
    assert names(layer.path) == [".wh.gone", "etc", "etc/new", "odd\nname"]
    packed = layer.path.read_bytes()
    assert layer.size == len(packed)
    assert layer.digest == f"sha256:{hashlib.sha256(packed).hexdigest()}"
    assert layer.diff_id == f"sha256:{hashlib.sha256(gzip.decompress(packed)).hexdigest()}"


def test_what_belongs_to_the_build_is_left_out(tmp_path: Path) -> None:
    for path in ("var/lib/apt/lists/x", "tmp/x", "etc/resolv.conf", "proc/1", "var/cache/apt/pkgcache.bin"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = snapshot(tmp_path)
    assert {"var/lib/apt/lists", "tmp", "etc", "proc", "var/cache/apt"} <= found.keys()
    assert not [path for path in found if path.endswith(("x", "resolv.conf", "1", ".bin"))]


def test_an_older_date_is_a_change_too(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a")
    before = snapshot(tmp_path)
    file.write_text("b")
    os.utime(file, (1, 1))
    assert difference(before, snapshot(tmp_path))[0] == ["file"]
