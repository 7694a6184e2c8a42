"""Run jobs side by side, each after what it waits for, and count what they tested."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import textwrap
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.suite import jobs as suite_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tools.suite.jobs import Job
    from tools.suite.show import Show

STEP = re.compile(r"[➜>] (?P<step>\w+)(?: [^:\]]*)?(?:\]|:) Executed: (?P<result>\w+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAULT = re.compile(r"\[ERROR\]|fatal: |E   |FAILED |.*: error: ")
FAULT_LINES = 15
TAIL_LINES = 25
GRACE_S = 20
LONGEST_LINE = 200
# Instances bear the run that they belong to, so that none outlives it for long.
RUN = f"{suite_jobs.ROOT} {os.getpid()}"
RUN_KEY = "user.steiger.run"


@dataclass
class Result:
    """What a job came to."""

    job: Job
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def log(self) -> Path:
        """Where the job's output is."""
        return suite_jobs.LOGS / f"{self.job.name}.log"


class Runner:
    """Runs jobs, and ends them when it is told to."""

    def __init__(self) -> None:
        self.processes: set[subprocess.Popen[bytes]] = set()
        self.lock = threading.Lock()
        self.stopped = False

    def environment(self, job: Job) -> dict[str, str]:
        """Return the environment of a job's commands."""
        return {
            **os.environ,
            "ANSIBLE_CONFIG": str(suite_jobs.ROOT / "ansible.cfg"),
            "NO_COLOR": "1",
            "PATH": f"{suite_jobs.VENV}:{os.environ.get('PATH', os.defpath)}",
            "PYTEST_PLUGINS": "counting",
            "PYTHONPATH": str(suite_jobs.ROOT / "tools"),
            "STEIGER_RUN": RUN,
            "STEIGER_COUNT": str(suite_jobs.LOGS / f"{job.name}.count"),
            **job.env,
        }

    def command(self, job: Job, command: list[str]) -> int:
        """Run one command of a job and return its exit status; its output goes to the job's log."""
        with (suite_jobs.LOGS / f"{job.name}.log").open("ab") as log:
            log.write(f"$ {textwrap.shorten(' '.join(command), LONGEST_LINE)}\n".encode())
            log.flush()
            with self.lock:
                if self.stopped:
                    return 1
                process = subprocess.Popen(
                    command,
                    cwd=suite_jobs.ROOT,
                    env=self.environment(job),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self.processes.add(process)
            status = process.wait()
            with self.lock:
                self.processes.discard(process)
        return status

    def run(self, job: Job) -> Result:
        """Run a job and count what it tested."""
        result = Result(job)
        started = time.monotonic()
        for stale in (result.log, suite_jobs.LOGS / f"{job.name}.count"):
            stale.unlink(missing_ok=True)
        if "MOLECULE_EPHEMERAL_DIRECTORY" in job.env:
            shutil.rmtree(job.env["MOLECULE_EPHEMERAL_DIRECTORY"], ignore_errors=True)
        statuses = [self.command(job, command) for command in job.commands]
        result.seconds = time.monotonic() - started
        result.passed, result.failed = count(job, statuses)
        return result

    def stop(self) -> None:
        """End everything that runs: politely, then by force."""
        with self.lock:
            self.stopped = True
            running = list(self.processes)
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
        deadline = time.monotonic() + GRACE_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def steps_in(log: str) -> list[str]:
    """Return the results of a scenario's steps as Molecule's log tells them; verify counts by its tests."""
    lines = [line for line in COLOUR.sub("", log).splitlines() if line.startswith("INFO")]
    found = [match for line in lines if (match := STEP.search(line)) and match["step"] != "verify"]
    return [match["result"] for match in found]


def count(job: Job, statuses: list[int]) -> tuple[int, int]:
    """Return how many tests of a job passed and failed; a job that tested nothing has failed."""
    if job.counts == "nothing":
        return 0, int(any(statuses))
    if job.counts == "commands":
        return statuses.count(0), len(statuses) - statuses.count(0)
    file = suite_jobs.LOGS / f"{job.name}.count"
    outcomes = [line.split(maxsplit=1)[0] for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    passed, failed = outcomes.count("passed"), outcomes.count("failed")
    if passed + failed == 0 or (any(statuses) and failed == 0):
        failed += 1
    if job.counts == "steps":
        log = suite_jobs.LOGS / f"{job.name}.log"
        passed += steps_in(log.read_text("utf-8", errors="replace")).count("Successful") if log.exists() else 0
    return passed, failed


def line(result: Result) -> str:
    """Return what a part came to, in one line."""
    if result.job.counts == "nothing":
        said = "failed" if result.failed else "ready"
    else:
        said = f"{result.passed} passed, {result.failed} failed"
    return f"{result.job.name:<26} {result.seconds:6.0f} s  {said}"


def tail(result: Result) -> str:
    """Return where a job's log first tells of a fault, its end, and where to find the rest."""
    text = result.log.read_text("utf-8", errors="replace") if result.log.exists() else ""
    lines = COLOUR.sub("", text).splitlines()
    first = next((number for number, line in enumerate(lines) if FAULT.match(line)), None)
    end = max(0, len(lines) - TAIL_LINES)
    shown = lines[end:]
    if first is not None and first < end:
        shown = [*lines[first : min(first + FAULT_LINES, end)], "...", *shown]
    return "\n".join(f"    {line}" for line in [*shown, f"(all of it: {result.log.relative_to(suite_jobs.ROOT)})"])


def ready(job: Job, ended: dict[str, Result]) -> bool:
    """Tell whether all that a job waits for has been made."""
    return all(name in ended and not ended[name].failed for name in job.after)


def hopeless(job: Job, ended: dict[str, Result]) -> bool:
    """Tell whether something that a job waits for has failed."""
    return any(name in ended and ended[name].failed for name in job.after)


def run_all(
    runner: Runner,
    jobs: Sequence[Job],
    show: Show,
    *,
    may_start: Callable[[Job], bool] = lambda _job: True,
    ended_well: Callable[[Result], None] = lambda _result: None,
) -> tuple[list[Result], list[Job]]:
    """Run jobs side by side and return their results, and the jobs that did not run.

    `may_start` is asked just before a job would start: one that may not is left out. `ended_well` hears of each that passed.
    A job whose makers failed is left out too; what is only made for jobs that are left out is not made.
    """
    results: dict[str, Result] = {}
    left: list[Job] = []
    slots = max(2, os.cpu_count() or 2)
    waiting = list(jobs)
    running: dict[Future[Result], Job] = {}
    with ThreadPoolExecutor(slots) as pool:
        try:
            while waiting or running:
                for job in list(waiting):
                    if hopeless(job, results):
                        waiting.remove(job)
                        left.append(job)
                    elif ready(job, results) and len(running) < slots:
                        waiting.remove(job)
                        if not may_start(job):
                            left.append(job)
                            continue
                        show.start(job)
                        running[pool.submit(runner.run, job)] = job
                done, _ = wait(running, timeout=1, return_when=FIRST_COMPLETED)
                show.tick()
                for future in done:
                    job = running.pop(future)
                    result = future.result()
                    results[job.name] = result
                    if not result.failed:
                        ended_well(result)
                    show.end(result)
        except BaseException:
            runner.stop()  # leaving the pool waits for what still runs
            raise
    return list(results.values()), left
