"""Tests of what a run keeps, what it takes back and what it says in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools import run_tests
from tools.run_tests import GRACE_S, Run, conclude
from tools.suite import jobs as suite_jobs
from tools.suite import kept, units, versions
from tools.suite.call import parse
from tools.suite.jobs import Job
from tools.suite.kept import Kept
from tools.suite.runner import Result
from tools.suite.units import Unit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a house of two labs and nothing else."""
    for name in ("one", "two"):
        (tmp_path / "labs" / name).mkdir(parents=True)
        (tmp_path / "labs" / name / "lab.yml").write_text(name, encoding="utf-8")
    (tmp_path / "uv.lock").write_text("package = []\n", encoding="utf-8")
    monkeypatch.setattr(suite_jobs, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "SERIES", tmp_path / "all.json")
    monkeypatch.setattr(versions, "offered", lambda _suite: {})
    monkeypatch.setattr(
        units,
        "all_units",
        lambda _root: [
            Unit(f"lab/{name}", {"the lab": frozenset({f"labs/{name}/lab.yml"})}) for name in ("one", "two")
        ],
    )
    return tmp_path


def result(unit: str, *, failed: int = 0) -> Result:
    return Result(Job(unit.replace("/", "-"), [], unit=unit), passed=1 - failed, failed=failed, seconds=7)


def keep_all(house: Path) -> None:
    run = Run(parse([]))
    for unit, made_of in run.made_of.values():
        kept.write(house, Kept(unit.name, made_of, "2026-01-01", 1, 7))


def test_what_passed_is_kept_and_need_not_be_proven_again(house: Path) -> None:
    run = Run(parse(["--minutes", "9"]))
    assert [unit.name for unit in run.plan.must] == ["lab/one", "lab/two"]
    run.keep(result("lab/one"))
    again = Run(parse(["--minutes", "9"]))
    assert [unit.name for unit in again.plan.must] == ["lab/two"]
    (house / "labs/one/lab.yml").write_text("other", encoding="utf-8")
    assert {unit.name for unit in Run(parse([])).plan.must} == {"lab/one", "lab/two"}


def test_what_changed_while_it_was_proven_is_not_kept(house: Path) -> None:
    run = Run(parse([]))
    (house / "labs/one/lab.yml").write_text("edited meanwhile", encoding="utf-8")
    run.keep(result("lab/one"))
    assert kept.read(house, "lab/one") is None


def test_a_kept_result_that_does_not_hold_is_named_with_both_and_dropped(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_all(house)
    run = Run(parse(["--minutes", "9"]))
    digest = run.kept["lab/one"].made_of.hash
    assert conclude(run, [result("lab/one", failed=1)], []) == 1
    said = capsys.readouterr().out
    assert f"lab/one: the result kept on 2026-01-01 for {digest} (1 passed) does not hold" in said
    assert kept.read(house, "lab/one") is None
    assert kept.read(house, "lab/two") is not None


def test_a_change_that_fails_is_no_untrue_result(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_all(house)
    (house / "labs/one/lab.yml").write_text("other", encoding="utf-8")
    run = Run(parse([]))
    assert conclude(run, [result("lab/one", failed=1)], []) == 1
    assert "does not hold" not in capsys.readouterr().out


def test_a_change_that_was_not_proven_in_time_is_red(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_all(house)
    (house / "labs/one/lab.yml").write_text("other", encoding="utf-8")
    run = Run(parse(["--minutes", "9"]))
    late = [result("lab/one").job, result("lab/two").job]
    assert conclude(run, [], late) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "changed, and not proven within the time: 1 (lab/one)",
        "not run, kept results of the same inputs reused: 1 (lab/two)",
        "0 passed, 1 failed",
    ]


def test_what_was_reused_is_not_counted_as_passed(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_all(house)
    run = Run(parse(["--minutes", "9"]))
    assert conclude(run, [result("lab/one")], [result("lab/two").job]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"


def test_what_waited_in_vain_is_red(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del house
    run = Run(parse([]))
    maker = Result(Job("maker", [], counts="nothing"), failed=1)
    assert conclude(run, [maker], [Job("lab-one", [], after=("maker",), unit="lab/one")]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == ["not run, because what they wait for failed: 1 (lab-one)", "0 passed, 2 failed"]


def test_nothing_new_begins_after_the_time_and_what_does_not_fit_is_left(house: Path) -> None:
    keep_all(house)
    (house / "labs/one/lab.yml").write_text("other", encoding="utf-8")
    run = Run(parse(["--minutes", "1"]))
    must, drawn = (result(name).job for name in ("lab/one", "lab/two"))
    assert run.may_start(must)
    assert run.may_start(drawn)
    run.plan.round, run.plan.drawn = run.plan.drawn, []
    run.plan.seconds["lab/two"] = 61
    assert not run.may_start(drawn)
    run.begun -= 61
    run.plan.drawn = run.plan.round
    run.plan.round = []
    assert not run.may_start(drawn)
    # What has changed has some time more.
    assert run.may_start(must)
    run.begun -= GRACE_S
    assert not run.may_start(must)
    assert run.may_start(Job("lint", []))


def test_all_is_not_through_until_everything_was_proven(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_all(house)
    run = Run(parse(["--all", "--minutes", "9"]))
    assert [unit.name for unit in run.plan.must] == ["lab/one", "lab/two"]
    run.keep(result("lab/one"))
    assert conclude(run, [result("lab/one")], [result("lab/two").job]) == 3
    assert "left for another ./test --all: 1 (lab/two)" in capsys.readouterr().out
    again = Run(parse(["--all"]))
    assert [unit.name for unit in again.plan.must] == ["lab/two"]
    again.keep(result("lab/two"))
    assert conclude(again, [result("lab/two")], []) == 0
    assert [unit.name for unit in Run(parse(["--all"])).plan.must] == ["lab/one", "lab/two"]


def test_a_part_that_is_named_is_proven_whatever_is_kept(house: Path) -> None:
    keep_all(house)
    (house / "labs/one/attempts").mkdir()
    run = Run(parse(["labs"]))
    assert [unit.name for unit in run.plan.must] == ["lab/one", "lab/two"]
