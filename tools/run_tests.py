#!/usr/bin/env python3
"""Run the parts of the project's proof side by side, and count what they tested.

    tools/run_tests.py --plan [PART [WORD...]]    print what the parts need: `chromium`, `incus`, both or nothing
    tools/run_tests.py [PART [WORD...]]           run them

Called by ./test, which installs what this needs. Exit status: 0 all passed, 1 something failed, 2 a wrong call.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".steiger"
LOGS = WORK / "logs"
VENV = ROOT / ".venv" / "bin"
PARTS = {
    "lint": "the style and the types of everything",
    "unit": "tests/unit (more words go to pytest)",
    "browser": "the class's page in Chromium (more words go to pytest)",
    "molecule": "the roles, in the scenarios classroom, cluster, default and debian12",
    "machine": "tests/machine (more words go to pytest)",
    "labs": "the proof of every lab, or of those named",
}
NEEDS = {"browser": "chromium", "molecule": "incus", "machine": "incus", "labs": "incus"}
SCENARIOS = ("classroom", "cluster", "default", "debian12")
STEP = re.compile(r"[➜>] (?P<step>\w+)(?: [^:\]]*)?(?:\]|:) Executed: (?P<result>\w+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAULT = re.compile(r"\[ERROR\]|fatal: |E   |FAILED |.*: error: ")
FAULT_LINES = 15
TAIL_LINES = 25
GRACE_S = 20
# Instances bear the run that they belong to, so that none outlives it for long.
RUN = f"{ROOT} {os.getpid()}"
RUN_KEY = "user.steiger.run"
LOCK = Path("/run/steiger-test.lock")
LONGEST_LINE = 200


class CallError(Exception):
    """A wrong call; the message says what to do."""


@dataclass(frozen=True)
class Job:
    """One thing to run: commands in order, each of which is counted when nothing else is."""

    name: str
    commands: list[list[str]]
    needs_host: bool = False
    counts: str = "tests"  # tests: pytest's; steps: Molecule's too; commands: themselves; nothing: not counted
    env: dict[str, str] = field(default_factory=dict)


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
        return LOGS / f"{self.job.name}.log"


def nearest(word: str, known: list[str]) -> str:
    """Return a sentence that names the known word most like this one, empty when none is."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {found[0]}?" if found else ""


def check_words(part: str, words: list[str]) -> None:
    """Check the words after a part.

    Raises CallError when one names no scenario or no lab.
    """
    known = {"molecule": list(SCENARIOS), "labs": lab_ids()}.get(part)
    if part == "lint" and words:
        raise CallError("./test lint takes no more words")
    for word in words if known is not None else []:
        if word not in (known or []):
            what = "scenario" if part == "molecule" else "lab"
            raise CallError(f"There is no {what} {word}.{nearest(word, known or [])} Known: {', '.join(known or [])}")


def parse(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the parts to run, and the words for the one part that is named.

    Raises CallError when a word names nothing.
    """
    if not words:
        return list(PARTS), []
    part, *rest = words
    if part not in PARTS:
        raise CallError(f"There is no part {part}.{nearest(part, list(PARTS))} Parts: {', '.join(PARTS)}")
    check_words(part, rest)
    return [part], rest


def needs(parts: list[str]) -> list[str]:
    """Return what these parts need on this machine beside Python, each once."""
    return sorted({NEEDS[part] for part in parts if part in NEEDS})


def lab_ids() -> list[str]:
    """Return the ids of all labs, in alphabetical order."""
    return sorted(file.parent.name for file in ROOT.glob("labs/*/lab.yml"))


def shell_scripts() -> list[str]:
    """Return the project's shell scripts, by their name or first line."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__")) or name == ".ci"]
        for name in names:
            file = Path(folder, name)
            if file.suffix in {".sh", ".bash"} or (not file.suffix and is_shell(file)):
                found.append(str(file.relative_to(ROOT)))
    return sorted(found)


def is_shell(file: Path) -> bool:
    """Tell whether a file's first line says that it is for a shell."""
    with file.open("rb") as content:
        return re.match(rb"#!\S*(/| )(ba)?sh\b", content.readline()) is not None


def lint_job() -> Job:
    """Return the job that reads everything without running it."""
    tools = [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        ["yamllint", "."],
        ["shellcheck", "--shell=bash", *shell_scripts()],
        ["ansible-lint", "--strict"],
    ]
    return Job("lint", tools, counts="commands")


def pytest_command(*words: str) -> list[str]:
    """Return a pytest command."""
    return ["pytest", "-p", "no:cacheprovider", *words]


def molecule_job(scenario: str) -> Job:
    """Return the job that runs a scenario from its start, whatever an earlier run left."""
    place = WORK / "molecule" / scenario
    env = {"MOLECULE_EPHEMERAL_DIRECTORY": str(place)}
    # Molecule looks for it by itself only inside a git clone.
    shared = ".config/molecule/config.yml"
    command = ["molecule", "--base-config", shared, "test", "--no-command-borders", "--scenario-name", scenario]
    return Job(f"molecule-{scenario}", [command], needs_host=True, counts="steps", env=env)


def labs_job(ids: list[str]) -> Job:
    """Return the job that proves labs; all of them when none is named."""
    job = molecule_job("labs")
    return Job("labs", job.commands, needs_host=True, counts="steps", env={**job.env, "STEIGER_PROVE": " ".join(ids)})


def jobs_for(parts: list[str], words: list[str]) -> list[Job]:
    """Return the jobs of these parts, in the order in which to start them."""
    jobs = []
    if "incus" in needs(parts):
        playbook = ["ansible-playbook", "-i", "inventories/molecule", "playbooks/testhost.yml"]
        jobs.append(Job("testhost", [playbook], counts="nothing"))
    if "lint" in parts:
        jobs.append(lint_job())
    if "unit" in parts:
        jobs.append(Job("unit", [pytest_command("-n", "auto", "tests/unit", *words)]))
    if "browser" in parts:
        jobs.append(Job("browser", [pytest_command("-n", "1", "tests/browser", *words)]))
    # The longest first: what is short fits in beside it.
    if "machine" in parts:
        jobs.append(
            Job(
                "machine",
                [pytest_command("-n", "2", "--dist=loadfile", "--durations=12", "tests/machine", *words)],
                needs_host=True,
            )
        )
    if "labs" in parts:
        jobs.append(labs_job(words))
    if "molecule" in parts:
        jobs += [molecule_job(scenario) for scenario in words or SCENARIOS]
    return jobs


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
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "NO_COLOR": "1",
            "PATH": f"{VENV}:{os.environ.get('PATH', os.defpath)}",
            "PYTEST_PLUGINS": "counting",
            "PYTHONPATH": str(ROOT / "tools"),
            "STEIGER_RUN": RUN,
            "STEIGER_COUNT": str(LOGS / f"{job.name}.count"),
            **job.env,
        }

    def command(self, job: Job, command: list[str]) -> int:
        """Run one command of a job and return its exit status; its output goes to the job's log."""
        with (LOGS / f"{job.name}.log").open("ab") as log:
            log.write(f"$ {textwrap.shorten(' '.join(command), LONGEST_LINE)}\n".encode())
            log.flush()
            with self.lock:
                if self.stopped:
                    return 1
                process = subprocess.Popen(
                    command,
                    cwd=ROOT,
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
        for stale in (result.log, LOGS / f"{job.name}.count"):
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
    file = LOGS / f"{job.name}.count"
    outcomes = [line.split(maxsplit=1)[0] for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    passed, failed = outcomes.count("passed"), outcomes.count("failed")
    if passed + failed == 0 or (any(statuses) and failed == 0):
        failed += 1
    if job.counts == "steps":
        log = LOGS / f"{job.name}.log"
        passed += steps_in(log.read_text("utf-8", errors="replace")).count("Successful") if log.exists() else 0
    return passed, failed


def line(result: Result) -> str:
    """Return what a part came to, in one line."""
    if result.job.counts == "nothing":
        said = "failed" if result.failed else "ready"
    else:
        said = f"{result.passed} passed, {result.failed} failed"
    return f"{result.job.name:<18} {result.seconds:6.0f} s  {said}"


def tail(result: Result) -> str:
    """Return where a job's log first tells of a fault, its end, and where to find the rest."""
    text = result.log.read_text("utf-8", errors="replace") if result.log.exists() else ""
    lines = COLOUR.sub("", text).splitlines()
    first = next((number for number, line in enumerate(lines) if FAULT.match(line)), None)
    end = max(0, len(lines) - TAIL_LINES)
    shown = lines[end:]
    if first is not None and first < end:
        shown = [*lines[first : min(first + FAULT_LINES, end)], "...", *shown]
    return "\n".join(f"    {line}" for line in [*shown, f"(all of it: {result.log.relative_to(ROOT)})"])


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold this host's lock: two runs at once would destroy each other's instances.

    Raises CallError when another run holds it.
    """
    with file.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CallError(
                f"Another ./test runs on this machine (process {lock.read().strip()}): wait for it"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def abandoned(run: str) -> bool:
    """Tell whether a run, as instances bear it, was of this checkout and is over."""
    checkout, _, process = run.rpartition(" ")
    return checkout == str(ROOT) and process.isdecimal() and not Path("/proc", process).exists()


def delete_instances(*, of_this_run: bool) -> None:
    """Delete the Incus instances of this run, or those that earlier runs from this checkout left behind."""
    if not shutil.which("incus"):
        return
    listing = subprocess.run(["incus", "list", "--format", "json"], capture_output=True, text=True, check=False).stdout
    # One that comes or goes at this moment has no configuration.
    runs = {each["name"]: (each["config"] or {}).get(RUN_KEY, "") for each in json.loads(listing or "[]")}
    names = [name for name, run in runs.items() if (run == RUN if of_this_run else abandoned(run))]
    if names:
        subprocess.run(["incus", "delete", "--force", *names], capture_output=True, check=False)


def run_all(runner: Runner, jobs: list[Job], show: Show) -> list[Result]:
    """Run the jobs side by side, those that need this host prepared after it is, and return their results."""
    results: list[Result] = []
    slots = max(2, os.cpu_count() or 2)
    waiting = list(jobs)
    running: dict[Future[Result], Job] = {}
    host_ready: bool | None = None if any(job.counts == "nothing" for job in jobs) else True
    with ThreadPoolExecutor(slots) as pool:
        try:
            while waiting or running:
                for job in [job for job in waiting if not job.needs_host or host_ready][: slots - len(running)]:
                    waiting.remove(job)
                    show.start(job)
                    running[pool.submit(runner.run, job)] = job
                done, _ = wait(running, timeout=1, return_when=FIRST_COMPLETED)
                show.tick()
                for future in done:
                    job = running.pop(future)
                    result = future.result()
                    results.append(result)
                    show.end(result)
                    if job.counts == "nothing":
                        host_ready = result.failed == 0
                        if not host_ready:
                            waiting = [other for other in waiting if not other.needs_host]
        except BaseException:
            runner.stop()  # leaving the pool waits for what still runs
            raise
    return results


class Show:
    """Tells how far the jobs are: a live line at a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - ./test plans before the venv is there

        self.console = Console(highlight=False)
        self.status = self.console.status("") if self.console.is_terminal else None
        self.started: dict[str, float] = {}
        if self.status:
            self.status.start()

    def print(self, text: str, style: str = "") -> None:
        """Print a text above the live line."""
        self.console.print(text, style=style, markup=False, soft_wrap=True)

    def start(self, job: Job) -> None:
        """Tell that a job starts."""
        self.started[job.name] = time.monotonic()
        if not self.status:
            self.print(f"{job.name:<18} started")

    def tick(self) -> None:
        """Refresh the live line."""
        if self.status:
            now = time.monotonic()
            self.status.update(
                "  ".join(f"{name} {now - since:.0f} s{so_far(name)}" for name, since in self.started.items())
            )

    def end(self, result: Result) -> None:
        """Tell what a job came to."""
        self.started.pop(result.job.name, None)
        self.print(line(result), style="red" if result.failed else "green")
        if result.failed:
            self.print(tail(result))

    def close(self) -> None:
        """Remove the live line."""
        if self.status:
            self.status.stop()


def so_far(name: str) -> str:
    """Return how many tests of a job have ended, as text."""
    file = LOGS / f"{name}.count"
    return f" ({len(file.read_text('utf-8').splitlines())})" if file.exists() else ""


def interrupt(number: int, frame: FrameType | None) -> None:
    """Turn a signal into the exception that ends a run."""
    del number, frame
    raise KeyboardInterrupt


def run_parts(jobs: list[Job]) -> int:
    """Run the jobs, print the last line, and return the exit status."""
    LOGS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, interrupt)
    delete_instances(of_this_run=False)
    runner, show = Runner(), Show()
    try:
        results = run_all(runner, jobs, show)
    except KeyboardInterrupt:
        show.close()
        delete_instances(of_this_run=True)
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        show.close()
    ended = {result.job.name for result in results}
    left_out = [job.name for job in jobs if job.name not in ended]
    if left_out:
        print(f"not run, because this machine could not be made ready: {', '.join(left_out)}")
    failed = sum(result.failed for result in results) + len(left_out)
    print(f"{sum(result.passed for result in results)} passed, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    """Read the call, then plan or run."""
    words = sys.argv[1:]
    plan = words[:1] == ["--plan"]
    try:
        parts, rest = parse(words[1:] if plan else words)
    except CallError as problem:
        print(problem, file=sys.stderr)
        return 2
    if plan:
        print(*needs(parts))
        return 0
    try:
        with alone(LOCK) if "incus" in needs(parts) else contextlib.nullcontext():
            return run_parts(jobs_for(parts, rest))
    except CallError as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
