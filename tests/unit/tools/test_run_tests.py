"""Tests of tools/run_tests.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tools import run_tests
from tools.run_tests import CallError, Job, Result, Runner, count, jobs_for, needs, parse, steps_in, tail

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep logs and counts of these tests to themselves."""
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "LOGS", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lnt"], "There is no part lnt. Did you mean lint?"),
        (["zzz"], "There is no part zzz. Parts: lint, "),
        (["molecule", "debain12"], "There is no scenario debain12. Did you mean debian12?"),
        (["labs", "zzz"], "There is no lab zzz."),
        (["lint", "more"], "./test lint takes no more words"),
    ],
)
def test_a_wrong_word_is_told(words: list[str], said: str) -> None:
    with pytest.raises(CallError) as problem:
        parse(words)
    assert str(problem.value).startswith(said)


def test_a_wrong_call_ends_with_status_2() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "run_tests.py", "lnt"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_no_words_mean_everything() -> None:
    names = [job.name for job in jobs_for(*parse([]))]
    scenarios = [f"molecule-{name}" for name in run_tests.SCENARIOS]
    assert names == ["testhost", "lint", "unit", "browser", "machine", "labs", *scenarios]


@pytest.mark.parametrize("part", ["lint", "unit", "browser"])
def test_what_needs_no_incus_needs_no_prepared_host(part: str) -> None:
    assert [job.name for job in jobs_for(*parse([part]))] == [part]


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ([], ["chromium", "incus"]),
        (["lint"], []),
        (["unit", "-k", "browser"], []),
        (["browser"], ["chromium"]),
        (["labs"], ["incus"]),
    ],
)
def test_a_plan_tells_what_the_parts_need(words: list[str], needed: list[str]) -> None:
    assert needs(parse(words)[0]) == needed


def test_a_plan_is_one_line_of_words() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "run_tests.py", "--plan"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "chromium incus\n"


def test_shell_scripts_are_known_by_name_and_first_line(logs: Path) -> None:
    for name, text in {
        "a.sh": "",
        "run": "#!/bin/bash -eu\n",
        "b": "#!/usr/bin/env python3\n",
        "c.txt": "#!/bin/sh\n",
    }.items():
        (logs / name).write_text(text, "utf-8")
    assert run_tests.shell_scripts() == ["a.sh", "run"]


def test_a_scenarios_steps_are_counted_once_and_verify_by_its_tests() -> None:
    log = """\
INFO     default ➜ create: Executing
INFO     default ➜ create: Executed: Successful
INFO     default ➜ verify ../shared/tests: Executed: Successful
\x1b[36mINFO    \x1b[0m default ➜ check: Executed: Successful
INFO     [default > prepare] Executed: Successful
INFO     [default > verify] Executed: Successful
ERROR    default ➜ converge: Executed: Failed
DETAILS
default ➜ create: Executed: Successful
"""
    assert steps_in(log) == ["Successful"] * 3


@pytest.mark.parametrize(
    ("lines", "statuses", "expected"),
    [
        (["passed a", "passed b"], [0], (2, 0)),
        (["passed a", "failed b"], [1], (1, 1)),
        ([], [0], (0, 1)),
        (["skipped a"], [0], (0, 1)),
        (["passed a"], [1], (1, 1)),
    ],
)
def test_tests_are_counted(lines: list[str], statuses: list[int], expected: tuple[int, int], logs: Path) -> None:
    (logs / "unit.count").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    assert count(Job("unit", [["pytest"]]), statuses) == expected


def test_a_part_that_tested_nothing_has_failed() -> None:
    assert count(Job("unit", [["pytest"]]), [0]) == (0, 1)


def test_commands_are_counted() -> None:
    assert count(Job("lint", [["a"], ["b"]], counts="commands"), [0, 1]) == (1, 1)


def test_the_first_fault_and_the_end_of_a_log_are_shown(logs: Path) -> None:
    lines = ["start", "fatal: [machine]: FAILED!", *(f"line {number}" for number in range(200)), "end"]
    (logs / "x.log").write_text("\n".join(lines), "utf-8")
    shown = tail(Result(Job("x", [])))
    assert "fatal: [machine]" in shown
    assert "    end\n" in shown
    assert len(shown.splitlines()) < 60


def test_a_job_runs_its_commands_and_keeps_their_output(logs: Path) -> None:
    result = Runner().run(Job("x", [["echo", "hello"], ["false"]], counts="commands"))
    assert (result.passed, result.failed) == (1, 1)
    assert (logs / "x.log").read_text("utf-8") == "$ echo hello\nhello\n$ false\n"


def test_a_stopped_runner_starts_nothing(logs: Path) -> None:
    runner = Runner()
    runner.stop()
    runner.run(Job("x", [["touch", str(logs / "made")]], counts="commands"))
    assert not (logs / "made").exists()


@pytest.mark.parametrize(
    ("run", "over"),
    [("{root} 4194305", True), ("{root} {own}", False), ("/elsewhere 4194305", False), ("", False), ("{root}", False)],
)
def test_only_what_this_checkout_abandoned_is_deleted(run: str, over: bool, logs: Path) -> None:
    assert run_tests.abandoned(run.format(root=logs, own=os.getpid())) is over


def test_an_instance_that_comes_or_goes_is_left_alone(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        {"name": "going", "config": None},
        {"name": "old", "config": {run_tests.RUN_KEY: f"{logs} 4194305"}},
        {"name": "other", "config": {}},
    ]
    incus = logs / "incus"
    incus.write_text(f"#!/bin/sh\necho \"$@\" >>{logs}/asked\necho '{json.dumps(listed)}'\n")
    incus.chmod(0o755)
    monkeypatch.setenv("PATH", f"{logs}:/usr/bin:/bin")
    run_tests.delete_instances(of_this_run=False)
    assert (logs / "asked").read_text().splitlines() == ["list --format json", "delete --force old"]


def test_two_runs_at_once_are_refused(logs: Path) -> None:
    with run_tests.alone(logs / "lock"):
        with pytest.raises(CallError) as problem, run_tests.alone(logs / "lock"):
            pass
        assert str(problem.value) == f"Another ./test runs on this machine (process {os.getpid()}): wait for it"
    with run_tests.alone(logs / "lock"):
        pass
