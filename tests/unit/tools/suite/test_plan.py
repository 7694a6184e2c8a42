"""Tests of what is proven anew, what goes round and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tools.suite import kept, plan, units, versions
from tools.suite.kept import Kept
from tools.suite.units import Fingerprint, Unit

ROOT = Path(__file__).parents[4]
NOW = Fingerprint({"the lab": "aa", "the core": "bb"}, {"debian13/docker.io": "26"})
OLD = Fingerprint({"the lab": "aa", "the core": "xx"}, {"debian13/docker.io": "25"})


def made_of(*names: str) -> dict[str, tuple[Unit, Fingerprint]]:
    return {name: (Unit(name, {}), NOW) for name in names}


def keep(*names: str, of: Fingerprint = NOW, date: str = "2026-01-01", seconds: float = 100) -> dict[str, Kept]:
    return {name: Kept(name, of, date, 3, seconds) for name in names}


def names(chosen: list[Unit]) -> list[str]:
    return [unit.name for unit in chosen]


def test_what_was_never_proven_and_what_changed_must_be() -> None:
    found = plan.choose(
        made_of("lab/a", "lab/b", "lab/c"),
        {**keep("lab/a"), **keep("lab/b", of=OLD)},
        commit="c",
        limited=True,
    )
    assert sorted(names(found.must)) == ["lab/b", "lab/c"]
    assert found.why == {"lab/b": "the core, debian13/docker.io 25 -> 26", "lab/c": "never proven"}
    assert names(found.drawn) == ["lab/a"]


def test_the_longest_goes_first() -> None:
    old = {**keep("lab/a", of=OLD, seconds=10), **keep("lab/b", of=OLD, seconds=900)}
    found = plan.choose(made_of("lab/a", "lab/b", "lab/new"), old, commit="c", limited=True)
    assert names(found.must) == ["lab/b", "lab/new", "lab/a"]


def test_the_draw_has_one_of_each_kind_three_rows_and_the_commit_decides() -> None:
    everyone = [f"{kind}/{number}" for kind in ("lab", "machine", "row", "scenario") for number in range(9)]
    draws = set()
    for commit in ("a", "b", "c"):
        found = plan.choose(made_of(*everyone), keep(*everyone), commit=commit, limited=True)
        kinds = sorted(unit.kind for unit in found.drawn)
        assert kinds == ["lab", "machine", "row", "row", "row", "scenario"]
        assert sorted(names([*found.drawn, *found.round])) == sorted(everyone)
        assert not found.must
        draws.add(tuple(names(found.drawn)))
    assert len(draws) == 3


def test_two_promises_are_in_every_draw_beside_the_others() -> None:
    everyone = [f"{kind}/{number}" for kind in ("row", "scenario") for number in range(9)]
    for commit in ("a", "b", "c"):
        found = plan.choose(
            made_of(*everyone, *plan.ALWAYS), keep(*everyone, *plan.ALWAYS), commit=commit, limited=True
        )
        assert set(names(found.drawn)) > set(plan.ALWAYS)
        assert len(found.drawn) == 6
    assert set(plan.ALWAYS) <= {unit.name for unit in units.all_units(ROOT)}


def test_without_a_limit_the_oldest_go_round_and_the_rest_is_reused() -> None:
    everyone = [f"lab/{number}" for number in range(9)]
    old = {**keep(*everyone, seconds=250), **keep("lab/7", "lab/3", date="2025-05-05", seconds=250)}
    found = plan.choose(made_of(*everyone), old, commit="c", limited=False)
    assert names(found.round) == ["lab/3", "lab/7"]
    assert len(found.reused) == 7


def test_all_goes_on_where_it_was(tmp_path: Path) -> None:
    series = plan.Series(tmp_path / "deep" / "all.json")
    assert series.done() == {}
    series.add("lab/a", NOW.hash)
    series.add("lab/b", OLD.hash)
    found = plan.everything(made_of("lab/a", "lab/b", "lab/c"), keep("lab/a", "lab/b", "lab/c"), series.done())
    assert names(found.reused) == ["lab/a"]
    assert sorted(names(found.must)) == ["lab/b", "lab/c"]
    series.end()
    assert series.done() == {}


def test_a_result_is_kept_and_read_again(tmp_path: Path) -> None:
    result = Kept("lab/a", NOW, "2026-12-01", 3, 12.0)
    kept.write(tmp_path, result)
    assert kept.read(tmp_path, "lab/a") == result
    kept.drop(tmp_path, "lab/a")
    assert kept.read(tmp_path, "lab/a") is None


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "0" * 24},
        {"inputs": {"the lab": "other"}},
        {"versions": {}},
        {"unit": "lab/b"},
        {"passed": "many"},
        {"inputs": None},
    ],
)
def test_a_result_that_does_not_fit_its_own_hash_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    kept.write(tmp_path, Kept("lab/a", NOW, "2026-12-01", 3, 12.0))
    file = kept.place(tmp_path, "lab/a")
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **change}), encoding="utf-8")
    assert kept.read(tmp_path, "lab/a") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"unit": "lab/a"}'])
def test_a_result_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    file = kept.place(tmp_path, "lab/a")
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    assert kept.read(tmp_path, "lab/a") is None


def test_every_result_in_the_repository_is_of_a_unit_and_can_be_read() -> None:
    known = {unit.name for unit in units.all_units(ROOT)}
    for file in ROOT.glob(f"{kept.FOLDER}/**/*.json"):
        name = file.relative_to(ROOT / kept.FOLDER).with_suffix("").as_posix()
        assert name in known
        assert kept.read(ROOT, name), name


def test_sources_of_another_release_come_from_where_this_one_does() -> None:
    targets = "bookworm http://m/debian\nbookworm-security http://m/security\nother http://o\n"
    assert versions.sources(targets, "bookworm", "trixie") == [
        "deb http://m/debian trixie main",
        "deb http://m/debian trixie-updates main",
        "deb http://m/security trixie-security main",
    ]
    assert versions.sources(targets, "noble", "trixie") == []


def test_what_apt_offers_is_read() -> None:
    policy = """docker.io:
  Installed: (none)
  Candidate: 26.1.5+dfsg1-9
  Version table:
     26.1.5+dfsg1-9 500
runc:
  Installed: 1.0
  Candidate: 1.1.15+ds1-2
nothing:
  Installed: (none)
  Candidate: (none)
"""
    assert versions.candidates(policy) == {"docker.io": "26.1.5+dfsg1-9", "runc": "1.1.15+ds1-2"}
