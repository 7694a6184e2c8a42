"""The lookups that read labs and recipes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ansible.plugins.loader import lookup_loader

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[3]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "plugins/lookup" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lab_needs = load("lab_needs")
image_recipes = load("image_recipes")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("images", "needs: {images: [nginx, 'a/b:1']}", {"nginx", "a/b:1"}),
        ("images", "needs: {tools: [docker]}", set()),
        ("images", "id: x", set()),
        ("packages", "needs: {images: [nginx], packages: [jq, tree]}", {"jq", "tree"}),
        ("packages", "needs: {images: [nginx]}", set()),
    ],
)
def test_what_a_lab_needs(tmp_path: Path, kind: str, text: str, expected: set[str]) -> None:
    (tmp_path / "lab.yml").write_text(text)
    assert lab_needs.needs_of(tmp_path / "lab.yml", kind) == expected


@pytest.mark.parametrize("text", ["needs: {images: nginx}", "needs: {images: [1]}", "needs: {images: ['']}", "a: ["])
def test_a_broken_lab_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "lab.yml").write_text(text)
    with pytest.raises(ValueError, match=r"lab\.yml"):
        lab_needs.needs_of(tmp_path / "lab.yml", "images")


def test_the_needs_of_all_labs_are_each_named_once(tmp_path: Path) -> None:
    for name, packages in (("pier", "[tree, jq]"), ("quay", "[jq]"), ("sea", "[]")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lab.yml").write_text(f"needs: {{packages: {packages}}}")
    lookup_loader.add_directory(str(ROOT / "plugins/lookup"))
    lookup = lookup_loader.get("lab_needs")
    assert lookup.run([str(tmp_path)], kind="packages") == ["jq", "tree"]


def test_recipes_are_named_after_their_folders(tmp_path: Path) -> None:
    for path in ("nginx/latest/Dockerfile", "nginx/latest/html/index.html", "steiger/ferry/1.0/Dockerfile"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    assert image_recipes.recipes_in(tmp_path) == {
        "library/nginx:latest": {
            "Dockerfile": "nginx/latest/Dockerfile",
            "html/index.html": "nginx/latest/html/index.html",
        },
        "steiger/ferry:1.0": {"Dockerfile": "steiger/ferry/1.0/Dockerfile"},
    }


def test_there_is_a_recipe_for_what_the_labs_need() -> None:
    recipes = image_recipes.recipes_in(ROOT / "roles/mirror/files/images")
    for lab in (ROOT / "labs").glob("*/lab.yml"):
        for image in lab_needs.needs_of(lab, "images"):
            repository, _, tag = image.partition(":")
            assert f"{repository if '/' in repository else f'library/{repository}'}:{tag or 'latest'}" in recipes, (
                f"{lab}: {image}"
            )


def test_a_recipe_that_cannot_be_read_spoils_no_other(tmp_path: Path) -> None:
    for name, content in (("good", b"FROM scratch\n"), ("bad", b"FROM \xff\n")):
        (tmp_path / name / "latest").mkdir(parents=True)
        (tmp_path / name / "latest/Dockerfile").write_bytes(content)
    (tmp_path / "folder/1/Dockerfile").mkdir(parents=True)
    assert image_recipes.recipes_in(tmp_path) == {
        "library/bad:latest": {"": "Dockerfile is no text in UTF-8, at byte 5"},
        "library/folder:1": {},
        "library/good:latest": {"Dockerfile": "FROM scratch\n"},
    }
