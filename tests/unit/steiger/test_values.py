"""Values: the same for one student everywhere, others for another."""

from __future__ import annotations

import re

import pytest

from steiger import values
from steiger.values import ValueSpec

SPECS = {
    "web": ValueSpec("name", prefix="web"),
    "vol": ValueSpec("name"),
    "port": ValueSpec("port"),
    "admin": ValueSpec("port"),
    "code": ValueSpec("code"),
    "size": ValueSpec("number", min=16, max=63),
}


def test_one_seed_gives_these_values_for_ever() -> None:
    """A change here makes every answer of a running class wrong."""
    assert values.derive(SPECS, "pier", "seed") == PINNED


PINNED = {
    "web": "web-ddycy",
    "vol": "vol-6ww38",
    "port": "22626",
    "admin": "25997",
    "code": "175ba7ac2c",
    "size": "62",
}


@pytest.mark.parametrize("seed", [str(number) for number in range(50)])
def test_values_have_their_form(seed: str) -> None:
    made = values.derive(SPECS, "pier", seed)
    assert re.fullmatch(r"web-[a-hjkmnp-z2-9]{5}", made["web"])
    assert re.fullmatch(r"vol-[a-hjkmnp-z2-9]{5}", made["vol"])
    assert re.fullmatch(r"[0-9a-f]{10}", made["code"])
    assert 16 <= int(made["size"]) <= 63
    assert int(made["port"]) in range(20000, 30000)


def test_ports_differ_within_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "PORTS", range(29997, 30000))
    specs = {name: ValueSpec("port") for name in ("a", "b", "c")}
    for seed in range(40):
        made = values.derive(specs, "pier", str(seed))
        assert sorted(made.values()) == ["29997", "29998", "29999"]


@pytest.mark.parametrize(("low", "high"), [(0, 0), (7, 7), (0, 1)])
def test_numbers_stay_between_their_ends(low: int, high: int) -> None:
    made = {values.derive({"n": ValueSpec("number", min=low, max=high)}, "pier", str(seed))["n"] for seed in range(60)}
    assert made == {str(number) for number in range(low, high + 1)}


def test_another_student_another_lab_and_another_name_give_other_values() -> None:
    mine = values.derive(SPECS, "pier", "seed")
    assert not set(mine.values()) & set(values.derive(SPECS, "pier", "other").values())
    assert mine["code"] != values.derive(SPECS, "quay", "seed")["code"]
    assert mine["web"].partition("-")[2] != mine["vol"].partition("-")[2]


def test_a_value_does_not_depend_on_the_others() -> None:
    """A lab's author may add a value, and yesterday's answers stay right."""
    alone = values.derive({"code": SPECS["code"]}, "pier", "seed")
    assert alone["code"] == values.derive(SPECS, "pier", "seed")["code"]


def test_the_other_student_differs_in_every_value() -> None:
    specs = {"bit": ValueSpec("number", min=0, max=1), "code": ValueSpec("code")}
    for seed in range(30):
        mine = values.derive(specs, "pier", str(seed))
        other = values.derive_other(specs, "pier", mine)
        assert all(other[name] != mine[name] for name in specs)


def test_the_seed_of_a_class_needs_its_secret() -> None:
    seed = values.student_seed("secret", "noor")
    assert seed == "c6118c484c1f376758c8e5451fe3f163517372e60e75f8b53355d906d2952948"
    assert len({seed, values.student_seed("secret", "sami"), values.student_seed("secreT", "noor")}) == 3
    assert values.student_seed("secret", "noor") == seed


def test_values_as_environment() -> None:
    assert values.environment({"web": "web-1", "port": "20000"}, "LAB") == {"LAB_WEB": "web-1", "LAB_PORT": "20000"}


CHOICES = {name: ValueSpec("choice", of=("a", "b", "c", "d")) for name in ("mast", "keel", "rudder")}


def test_a_choice_is_one_of_its_options_and_each_is_drawn_by_some_student() -> None:
    drawn = {values.derive(CHOICES, "pier", str(seed))["mast"] for seed in range(60)}
    assert drawn == {"a", "b", "c", "d"}


def test_another_student_may_draw_the_same_choice() -> None:
    specs = {"mast": ValueSpec("choice", of=("a", "b")), "code": ValueSpec("code")}
    others = [values.derive_other(specs, "pier", values.derive(specs, "pier", str(seed))) for seed in range(20)]
    assert all(other["mast"] in "ab" for other in others)


@pytest.mark.parametrize("first", ["one", "two", "three"])
def test_few_seeds_draw_every_option_of_every_choice(first: str) -> None:
    seeds = values.covering_seeds(CHOICES, "pier", first)
    drawn = {item for seed in seeds for item in values.derive(CHOICES, "pier", seed).items()}
    assert seeds[0] == first
    assert drawn == {(name, option) for name in CHOICES for option in "abcd"}
    assert len(seeds) <= 6


def test_a_lab_without_choices_needs_the_student_alone() -> None:
    assert values.covering_seeds(SPECS, "pier", "mine") == ["mine"]
