"""Reading recipes."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.dockerfile import RecipeError, alias, bases, read
from ansible.module_utils.image_build import plan, recipe_hash

IMAGES = Path(__file__).parents[3] / "roles/mirror/files/images"


def test_steps_are_read() -> None:
    (stage,) = read(
        '# why\nFROM debian\nENV A=1 B="two words"\nRUN one && \\\n  # aside\n  two\nCMD ["x", "y"]\nEXPOSE 80 81/udp\n'
    )
    assert stage.base == "debian"
    env, run, cmd, expose = stage.steps
    assert env.options == {"A": "1", "B": "two words"}
    assert run.words == ["/bin/sh", "-c", "one && two"]
    assert cmd.words == ["x", "y"]
    assert expose.words == ["80", "81/udp"]


def test_options_of_copy_are_read() -> None:
    (stage,) = read("FROM scratch\nCOPY --from=a --chmod=755 /b /c\n")
    assert stage.steps[0].options == {"from": "a", "chmod": "755"}
    assert stage.steps[0].words == ["/b", "/c"]


def test_bases_leave_out_own_stages_and_scratch() -> None:
    assert bases(
        read("FROM debian AS one\nRUN x\nFROM scratch\nCOPY --from=one /a /a\nCOPY --from=busybox /b /b\n")
    ) == {"debian", "busybox"}


def test_an_alias_is_one_bare_from() -> None:
    assert alias(read("FROM steiger/ferry:2.0\n")) == "steiger/ferry:2.0"
    assert alias(read("FROM debian\nENV A=1\n")) == ""
    assert alias(read("FROM scratch\n")) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no FROM"),
        ("RUN x\n", "line 1: the first instruction must be FROM"),
        ("FROM a b\n", "line 1: FROM takes"),
        ("FROM a\n\nONBUILD RUN x\n", "line 3: ONBUILD is not known"),
        ("FROM a\nCOPY x\n", "line 2: COPY takes"),
        ("FROM a\nCOPY --link x y\n", "line 2: COPY takes"),
        ("FROM a\nENV A='\n", "line 2: No closing quotation"),
        ("FROM a\nRUN --mount=type=cache x\n", "line 2: RUN takes no options"),
    ],
)
def test_a_broken_recipe_is_named(text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        read(text)


RECIPES = {
    "library/debian:latest": {"Dockerfile": "FROM scratch\nADD rootfs.tar /\n", "mmdebstrap": ""},
    "library/nginx:latest": {"Dockerfile": "FROM debian\nCMD nginx\n"},
    "steiger/ferry:2.0": {"Dockerfile": "FROM debian AS x\nRUN y\nFROM scratch\nCOPY --from=x /a /a\n"},
    "steiger/ferry:latest": {"Dockerfile": "FROM steiger/ferry:2.0\n"},
    "steiger/ring:1": {"Dockerfile": "FROM steiger/ring:2\nRUN x\n"},
    "steiger/ring:2": {"Dockerfile": "FROM steiger/ring:1\nRUN x\n"},
    "steiger/loose:1": {"Dockerfile": "FROM nowhere\nRUN x\n"},
}


def test_plan_puts_bases_first() -> None:
    assert plan(RECIPES, ["steiger/ferry", "nginx"]) == [
        "library/debian:latest",
        "steiger/ferry:2.0",
        "steiger/ferry:latest",
        "library/nginx:latest",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mariadb", "there is no recipe for library/mariadb:latest"),
        ("steiger/ring:1", "circle"),
        ("steiger/loose:1", "library/nowhere:latest, which steiger/loose:1 builds on"),
    ],
)
def test_plan_names_what_is_wrong(name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        plan(RECIPES, [name])


def test_the_hash_follows_the_recipe_and_its_bases() -> None:
    before = recipe_hash(RECIPES, "library/nginx:latest", "trixie")
    other = {**RECIPES, "library/debian:latest": {**RECIPES["library/debian:latest"], "mmdebstrap": "--variant=apt"}}
    assert recipe_hash(RECIPES, "library/nginx:latest", "trixie") == before
    assert recipe_hash(other, "library/nginx:latest", "trixie") != before
    assert recipe_hash(RECIPES, "library/nginx:latest", "forky") != before
    assert recipe_hash(RECIPES, "steiger/ferry:latest", "trixie") == recipe_hash(RECIPES, "steiger/ferry:2.0", "trixie")


def test_every_recipe_of_ours_can_be_read() -> None:
    recipes = sorted(IMAGES.rglob("Dockerfile"))
    assert recipes
    for recipe in recipes:
        stages = read(recipe.read_text(encoding="utf-8"))
        labels = {key for step in stages[-1].steps if step.name == "LABEL" for key in step.options}
        assert alias(stages) or "org.opencontainers.image.title" in labels, recipe
