"""The grader: outcomes in words, and one line when a check itself is at fault."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.steiger.fakes import FakeEngine

from steiger import grader
from steiger.bench import Bench
from steiger.catalogue import load
from steiger.errors import EngineError, SteigerError
from steiger.grader import Outcome, as_json, grade

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from steiger.catalogue import Lab

HEAD = "from steiger.bench import Bench\nfrom steiger.errors import EngineError\nimport time\n\n\ndef named(bench: Bench) -> None:\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a bench of a student with the box named box-abcde."""
    return Bench({"box": "box-abcde"}, tmp_path, FakeEngine())


def _check(lab: Lab, *lines: str) -> None:
    (lab.folder / "checks.py").write_text(HEAD + "".join(f"    {line}\n" for line in lines), encoding="utf-8")


def _one(lab: Lab, bench: Bench) -> Outcome:
    (outcome,) = grade(lab, bench)
    return outcome


def test_the_templates_check_fails_and_passes(lab: Lab, bench: Bench) -> None:
    engine = FakeEngine()
    bench.engine = engine
    outcome = _one(lab, bench)
    assert (outcome.passed, outcome.finding) == (False, "absent")
    assert outcome.message("en", dict(bench.values)) == "There is no container box-abcde; there is: –."
    assert outcome.message("nl", dict(bench.values)) == "Er is geen container box-abcde; wel: –."
    assert outcome.hint("en", dict(bench.values)).startswith("A name is given")
    engine.add("container", "box-abcde")
    engine.boxes[0]["State"] = {"Running": False, "Status": "exited"}
    assert _one(lab, bench).message("en", {}) == "The container box-abcde does not run: its state is exited."
    engine.boxes[0]["State"] = {"Running": True, "Status": "running"}
    outcome = _one(lab, bench)
    assert outcome.passed
    assert (outcome.finding, outcome.seen, outcome.message("en", {}), outcome.hint("en", {})) == ("", (), "", "")


def test_one_task_is_checked_without_the_others_and_the_bench_is_closed(
    lab: Lab, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = dataclasses.replace(lab, tasks=(lab.tasks[0], dataclasses.replace(lab.tasks[0], id="never")))
    closed = []
    monkeypatch.setattr(Bench, "close", lambda _self: closed.append(True))
    assert [outcome.task.id for outcome in grade(two, bench, {"named"})] == ["named"]
    first = grader.each(two, bench)
    assert next(first).task.id == "named"
    assert len(closed) == 1
    first.close()
    assert len(closed) == 2
    with pytest.raises(SteigerError, match=r"checks\.py has no function 'never'"):
        grade(two, bench)
    assert len(closed) == 3


def test_what_a_student_wrote_is_never_a_template(lab: Lab, bench: Bench) -> None:
    _check(lab, 'bench.fail("absent", name="<<box>> {seen} \\x1b[31m{0}", seen="<<code>>")')
    assert (
        _one(lab, bench).message("en", dict(bench.values))
        == "There is no container <<box>> {seen} {0}; there is: <<code>>."
    )


def _error(lab: Lab, bench: Bench) -> str:
    with pytest.raises(SteigerError) as caught:
        grade(lab, bench)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_finding_that_lab_yml_does_not_have(lab: Lab, bench: Bench) -> None:
    _check(lab, 'bench.fail("nope")')
    assert _error(lab, bench) == "pier: the check 'named' reports 'nope', which lab.yml does not have"


def test_a_check_that_breaks_is_reported_with_its_log(lab: Lab, bench: Bench, home: Path) -> None:
    _check(lab, "raise KeyError('State')")
    log = home / ".local" / "state" / "steiger" / "broken-check.log"
    assert (
        _error(lab, bench)
        == f"pier: the check 'named' itself is broken (KeyError: 'State', pier/checks.py, line 7); please report it, with {log}"
    )
    assert "KeyError: 'State'" in log.read_text(encoding="utf-8")


def test_a_check_that_breaks_where_nothing_can_be_written(lab: Lab, bench: Bench, home: Path) -> None:
    _check(lab, "raise KeyError('State')")
    (home / ".local").write_text("in the way", encoding="utf-8")
    assert _error(lab, bench).startswith(
        "pier: the check 'named' itself is broken (KeyError: 'State', pier/checks.py, line 7); please report it"
    )


def test_no_engine_is_no_wrong_answer(lab: Lab, bench: Bench) -> None:
    _check(lab, "raise EngineError('the Docker Engine does not run')")
    assert _error(lab, bench) == "the Docker Engine does not run"
    assert issubclass(EngineError, SteigerError)


def test_no_function_for_a_task(lab: Lab, bench: Bench) -> None:
    (lab.folder / "checks.py").write_text("def other(bench): ...\n", encoding="utf-8")
    assert _error(lab, bench) == "pier: checks.py has no function 'named'"


def test_no_checks_at_all(lab: Lab, bench: Bench) -> None:
    (lab.folder / "checks.py").unlink()
    assert _error(lab, bench) == f"{lab.folder}/checks.py: missing"


@pytest.mark.parametrize(
    ("source", "why"),
    [("def named(:", "SyntaxError"), ("import nonesuch", "ModuleNotFoundError"), ("1 / 0", "ZeroDivisionError")],
)
def test_checks_that_cannot_be_loaded(lab: Lab, bench: Bench, source: str, why: str) -> None:
    (lab.folder / "checks.py").write_text(source + "\n", encoding="utf-8")
    assert _error(lab, bench).startswith(f"{lab.folder}/checks.py: {why}: ")


@pytest.mark.parametrize("hang", ["time.sleep(30)", "while True: pass"])
def test_a_check_that_hangs_is_stopped(lab: Lab, bench: Bench, monkeypatch: pytest.MonkeyPatch, hang: str) -> None:
    monkeypatch.setattr(grader, "CHECK_SECONDS", 0.2)
    _check(lab, hang)
    begun = time.monotonic()
    assert _error(lab, bench) == "pier: the check 'named' got no answer within 0 seconds; is something hanging?"
    assert time.monotonic() - begun < 3


def test_a_check_that_swallows_all_errors_is_stopped_too(
    lab: Lab, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grader, "CHECK_SECONDS", 0.2)
    _check(lab, "try: time.sleep(30)", "except Exception: bench.fail('absent')")
    assert "is something hanging?" in _error(lab, bench)


def test_a_task_may_take_longer(
    lab: Lab,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Callable[[dict[str, Any]], object]], Path],
) -> None:
    monkeypatch.setattr(grader, "CHECK_SECONDS", 0.1)
    _check(lab, "time.sleep(0.3)")
    assert "within 0 seconds" in _error(lab, bench)
    slow = load(change(lambda data: data["tasks"][0].update(seconds=5)))
    assert _one(slow, bench).passed


@pytest.mark.parametrize("line", ["pass", "bench.fail('absent')", "raise KeyError", "time.sleep(30)"])
def test_what_the_checks_made_is_taken_away(lab: Lab, bench: Bench, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(grader, "CHECK_SECONDS", 0.2)
    closed = []
    monkeypatch.setattr(bench, "close", lambda: closed.append(signal.getitimer(signal.ITIMER_REAL)))
    _check(lab, line)
    with contextlib.suppress(SteigerError):
        grade(lab, bench)
    assert closed == [(0.0, 0.0)], "and no time limit strikes meanwhile"


def test_no_alarm_is_left(lab: Lab, bench: Bench) -> None:
    before = signal.getsignal(signal.SIGALRM)
    _check(lab, "pass")
    assert _one(lab, bench).passed
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_two_labs_with_checks_of_one_name_do_not_meet(lab: Lab, bench: Bench) -> None:
    _check(lab, "pass")
    assert _one(lab, bench).passed
    _check(lab, "bench.fail('absent')")
    assert not _one(lab, bench).passed


def test_the_json_has_exactly_the_form_of_the_docs(lab: Lab, bench: Bench) -> None:
    data = as_json(lab, "noor", grade(lab, bench), "nl", dict(bench.values))
    assert data == {
        "lab": "pier",
        "student": "noor",
        "passed": 0,
        "total": 1,
        "points": 0,
        "checks": [
            {
                "id": "named",
                "title": "Een container met een naam",
                "passed": False,
                "points": 0,
                "message": "Er is geen container box-abcde; wel: –.",
                "hint": "Een naam geef je bij het maken. Kijk met docker ps -a welke namen er zijn.",
            }
        ],
    }
    _check(lab, "pass")
    data = as_json(lab, "noor", grade(lab, bench), "en", dict(bench.values))
    assert (data["passed"], data["points"]) == (1, 1)
    assert data["checks"][0] == {
        "id": "named", "title": "A container with a name", "passed": True, "points": 1, "message": "", "hint": "",
    }  # fmt: skip
