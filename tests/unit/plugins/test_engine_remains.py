"""Tests of the module engine_remains: what it finds in an engine's folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine_remains import containers, own_images, volumes

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"


def test_an_engine_that_never_ran_holds_nothing(tmp_path: Path) -> None:
    assert containers(tmp_path) == volumes(tmp_path) == own_images(tmp_path) == []


def test_containers_are_known_by_name_and_broken_ones_by_id(tmp_path: Path) -> None:
    for name, text in (("1" * 64, json.dumps({"Name": "/web"})), ("2" * 64, "no json")):
        (tmp_path / "containers" / name).mkdir(parents=True)
        (tmp_path / "containers" / name / "config.v2.json").write_text(text, encoding="utf-8")
    assert containers(tmp_path) == ["web", "2" * 12]


def test_volumes_are_the_folders_with_data(tmp_path: Path) -> None:
    (tmp_path / "volumes" / "data" / "_data").mkdir(parents=True)
    (tmp_path / "volumes" / "metadata.db").touch()
    assert volumes(tmp_path) == ["data"]


def test_an_image_that_a_registry_knows_is_not_the_users_own(tmp_path: Path) -> None:
    known = {
        "nginx": {"nginx:latest": DIGEST, f"nginx@sha256:{'c' * 64}": DIGEST},
        "again": {"again:1": DIGEST},
        "tool": {"tool:1": OTHER},
    }
    (tmp_path / "image" / "overlay2").mkdir(parents=True)
    (tmp_path / "image" / "overlay2" / "repositories.json").write_text(
        json.dumps({"Repositories": known}), encoding="utf-8"
    )
    assert own_images(tmp_path) == ["tool:1"]
