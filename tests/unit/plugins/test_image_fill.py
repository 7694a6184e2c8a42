"""An image that cannot be made costs those that build on it, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import image_build, image_fill
from ansible.module_utils.image_build import Site
from ansible.module_utils.image_fill import Cause
from ansible.module_utils.registry_api import Registry, RegistryError

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = {
    "library/base:latest": {"Dockerfile": "FROM scratch\nCOPY file /etc/file\n", "file": "x"},
    "library/good:latest": {"Dockerfile": "FROM base\nLABEL a=b\n"},
    "library/unread:latest": {"": "Dockerfile is no text in UTF-8, at byte 0"},
    "library/empty:latest": {"other": "x"},
    "library/odd:latest": {"Dockerfile": "FROM base\nFLY away\n"},
    "library/on-odd:latest": {"Dockerfile": "FROM odd\nLABEL a=b\n"},
    "library/lost:latest": {"Dockerfile": "FROM nowhere\nLABEL a=b\n"},
    "library/round:latest": {"Dockerfile": "FROM round\nLABEL a=b\n"},
    "library/breaks:latest": {"Dockerfile": "FROM base\nCOPY none /etc/none\n"},
    "library/on-breaks:latest": {"Dockerfile": "FROM breaks\nLABEL a=b\n"},
    "library/mode:latest": {"Dockerfile": "FROM base\nCOPY --chmod=rwx file /f\n", "file": "x"},
    "library/stage:latest": {"Dockerfile": "FROM base AS one\nLABEL a=b\nFROM scratch\nCOPY --from=two /a /a\n"},
}
GOOD = ["library/base:latest", "library/good:latest"]


@pytest.mark.parametrize(
    ("name", "kind", "image", "says"),
    [
        ("unread", "recipe", "unread", "at byte 0"),
        ("empty", "recipe", "empty", "it has no Dockerfile"),
        ("odd", "recipe", "odd", "line 2: FLY is not known"),
        ("on-odd", "recipe", "odd", "FLY"),
        ("lost", "none", "nowhere", ""),
        ("round", "recipe", "round", "circle"),
        ("nothing", "none", "nothing", ""),
    ],
)
def test_the_image_at_fault_is_named(name: str, kind: str, image: str, says: str) -> None:
    cause = image_fill.fault(RECIPES, f"library/{name}:latest")
    assert cause is not None
    assert (cause.kind, cause.image) == (kind, f"library/{image}:latest")
    assert says in cause.says


def test_nothing_is_held_against_a_good_recipe() -> None:
    assert [image_fill.fault(RECIPES, name) for name in GOOD] == [None, None]


class Shelf(Registry):  # type: ignore[misc]
    """A registry in memory: labels by repository and tag."""

    def __init__(self, held: dict[tuple[str, str], dict[str, str]] | None = None) -> None:
        super().__init__("http://127.0.0.1:1")
        self.held = held or {}

    def labels(self, repository: str, tag: str) -> dict[str, str] | None:
        """Return the labels of an image."""
        return self.held.get((repository, tag))

    def upload(self, repository: str, digest: str, source: Path | bytes) -> None:
        """Take a blob, and forget it."""

    def put(self, repository: str, tag: str, body: bytes, kind: str = "") -> None:  # noqa: ARG002
        """Take an image."""
        self.held[(repository, tag)] = {"nl.steiger.source": "packages", "nl.steiger.recipe": "new"}


HERE = Site("amd64", "trixie", [], "")


def test_the_others_are_made(tmp_path: Path) -> None:
    shelf = Shelf()
    names = sorted([*RECIPES, "library/nothing:latest"])
    causes = image_fill.build(shelf, RECIPES, names, [], HERE, tmp_path)
    assert sorted(f"{repository}:{tag}" for repository, tag in shelf.held) == GOOD
    assert sorted(causes) == sorted(set(names) - set(GOOD))
    broken = Cause("library/breaks:latest", "build", "COPY: there is no none in the recipe")
    assert (causes["library/breaks:latest"], causes["library/on-breaks:latest"]) == (broken, broken)
    assert causes["library/mode:latest"].kind == "build"
    assert causes["library/stage:latest"] == Cause("library/two:latest", "none")
    assert causes["library/nothing:latest"] == Cause("library/nothing:latest", "none")


@pytest.mark.parametrize("words", ["No space left on device", "write failed: no space left"])
def test_a_full_disk_is_no_fault_of_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    def full(*_: Any) -> None:
        raise image_build.RecipeError(words)

    monkeypatch.setattr(image_build, "copy_in", full)
    with pytest.raises(OSError, match=r"(?i)no space left"):
        image_fill.build(Shelf(), RECIPES, GOOD, [], HERE, tmp_path)


def test_a_registry_that_takes_nothing_is_no_fault_of_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: Any) -> None:
        raise RegistryError("503")

    monkeypatch.setattr(Shelf, "put", no)
    with pytest.raises(RegistryError):
        image_fill.build(Shelf(), RECIPES, GOOD, [], HERE, tmp_path)


def test_an_image_that_is_there_does_where_its_recipe_cannot_be_read() -> None:
    ours = {"nl.steiger.source": "packages", "nl.steiger.recipe": "old"}
    held = {("library/unread", "latest"): ours, ("library/good", "latest"): ours}
    names = ["library/good:latest", "library/odd:latest", "library/unread:latest"]
    assert image_fill.find_missing(Shelf(held), names, RECIPES, "trixie") == [
        "library/good:latest",
        "library/odd:latest",
    ]


def test_what_is_remembered_of_an_image_that_did_not_come() -> None:
    base, odd = "library/base:latest", "library/odd:latest"
    causes = {base: Cause(base, "build", "E: none"), odd: Cause(base, "build", "E: none")}
    shelf = Shelf({("library/odd", "latest"): {}})
    found = image_fill.reasons(shelf, causes, {base: "no answer"}, [odd, base, "library/good:latest"])
    told = {"image": base, "kind": "build", "says": "E: none", "upstream": "no answer"}
    assert found == {base: {**told, "old": False}, odd: {**told, "old": True}}
