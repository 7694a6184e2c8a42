"""Tests of how jobs are run and counted."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from tools import run_tests
from tools.suite import instances
from tools.suite import jobs as suite_jobs
from tools.suite.call import CallError
from tools.suite.jobs import Job
from tools.suite.runner import RUN_KEY, Result, Runner, count, run_all, steps_in, tail

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep logs and counts of these tests to themselves."""
    monkeypatch.setattr(suite_jobs, "ROOT", tmp_path)
    monkeypatch.setattr(suite_jobs, "LOGS", tmp_path)
    return tmp_path


class Silent:
    """Shows nothing; remembers what started and what ended."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.ended: list[str] = []

    def start(self, job: Job) -> None:
        """Remember a job that starts."""
        self.started.append(job.name)

    def tick(self) -> None:
        """Show nothing."""

    def end(self, result: Result) -> None:
        """Remember a job that ended."""
        self.ended.append(result.job.name)


def run(jobs: list[Job], **more: Any) -> tuple[dict[str, Result], list[str], Silent]:
    show = Silent()
    results, left = run_all(Runner(), jobs, show, **more)  # type: ignore[arg-type]
    return {result.job.name: result for result in results}, [job.name for job in left], show


def test_shell_scripts_are_known_by_name_and_first_line(logs: Path) -> None:
    for name, text in {
        "a.sh": "",
        "run": "#!/bin/bash -eu\n",
        "b": "#!/usr/bin/env python3\n",
        "c.txt": "#!/bin/sh\n",
    }.items():
        (logs / name).write_text(text, "utf-8")
    assert suite_jobs.shell_scripts(logs) == ["a.sh", "run"]


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


def test_a_job_starts_after_what_it_waits_for(logs: Path) -> None:
    jobs = [
        Job("late", [["test", "-e", str(logs / "made")]], after=("maker",), counts="commands"),
        Job("maker", [["sh", "-c", f"sleep 0.3; touch {logs}/made"]], counts="nothing"),
    ]
    results, left, show = run(jobs)
    assert (results["late"].passed, left) == (1, [])
    assert show.started == ["maker", "late"]


def test_what_waits_for_a_failure_does_not_run_and_the_rest_does() -> None:
    jobs = [
        Job("maker", [["false"]], counts="nothing"),
        Job("needs it", [["true"]], after=("maker",), counts="commands"),
        Job("needs that", [["true"]], after=("maker", "needs it"), counts="commands"),
        Job("alone", [["true"]], counts="commands"),
    ]
    results, left, _show = run(jobs)
    assert sorted(results) == ["alone", "maker"]
    assert left == ["needs it", "needs that"]


def test_a_job_that_may_not_start_is_left_out() -> None:
    jobs = [Job(name, [["true"]], counts="commands") for name in ("yes", "no")]
    results, left, _show = run(jobs, may_start=lambda job: job.name == "yes")
    assert (sorted(results), left) == (["yes"], ["no"])


def test_only_what_passed_is_heard_of() -> None:
    heard: list[str] = []
    jobs = [Job("good", [["true"]], counts="commands"), Job("bad", [["false"]], counts="commands")]
    run(jobs, ended_well=lambda result: heard.append(result.job.name))
    assert heard == ["good"]


def test_jobs_run_side_by_side() -> None:
    began = time.monotonic()
    run([Job(str(number), [["sleep", "1"]], counts="commands") for number in range(2)])
    assert time.monotonic() - began < 1.9


@pytest.mark.parametrize(
    ("run_name", "over"),
    [("{root} 4194305", True), ("{root} {own}", False), ("/elsewhere 4194305", False), ("", False), ("{root}", False)],
)
def test_only_what_this_checkout_abandoned_is_deleted(run_name: str, over: bool, logs: Path) -> None:
    assert instances.abandoned(run_name.format(root=logs, own=os.getpid())) is over


def test_an_instance_that_comes_or_goes_is_left_alone(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        {"name": "going", "config": None},
        {"name": "old", "config": {RUN_KEY: f"{logs} 4194305"}},
        {"name": "other", "config": {}},
    ]
    incus = logs / "incus"
    incus.write_text(f"#!/bin/sh\necho \"$@\" >>{logs}/asked\necho '{json.dumps(listed)}'\n")
    incus.chmod(0o755)
    monkeypatch.setenv("PATH", f"{logs}:/usr/bin:/bin")
    instances.delete_instances(of_this_run=False)
    assert (logs / "asked").read_text().splitlines() == ["list --format json", "delete --force old"]


def test_two_runs_at_once_are_refused(logs: Path) -> None:
    with run_tests.alone(logs / "lock"):
        with pytest.raises(CallError) as problem, run_tests.alone(logs / "lock"):
            pass
        assert str(problem.value) == f"Another ./test runs on this machine (process {os.getpid()}): wait for it"
    with run_tests.alone(logs / "lock"):
        pass
