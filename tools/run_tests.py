#!/usr/bin/env python3
"""Prove the project: what has changed since it was last proven, and a part of the rest.

    python3 -m tools.run_tests [--all] [--minutes N] [--plan]    everything that has no kept result, and a part that has
    python3 -m tools.run_tests PART [WORD...]                    one part, whole
    python3 -m tools.run_tests --needs [...]                     print what that needs on this machine: `incus` or nothing

    --all         everything, whatever was kept; run again after a stop, it goes on where it was
    --minutes N   begin nothing new after N minutes, what has changed not after 30 more: not proven by then, it has failed
    --plan        print what would be proven and why, and run nothing

Called by ./test, which installs what this needs. Exit status: 0 all passed, 1 something failed or was not proven,
2 a wrong call, 3 nothing failed but --all is not through yet.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tools.suite import jobs as suite_jobs
from tools.suite.call import Call, CallError, needed, parse
from tools.suite.instances import delete_instances
from tools.suite.jobs import KINDS, Job, part_jobs, unit_job, with_what_they_need
from tools.suite.runner import Result, Runner, run_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from tools.suite.kept import Kept
    from tools.suite.plan import Plan
    from tools.suite.units import Fingerprint, Unit

LOCK = Path("/run/steiger-test.lock")
# How much longer what has changed may begin: not proven, it makes the run red.
GRACE_S = 30 * 60.0
SERIES = suite_jobs.WORK / "all.json"


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


def interrupt(number: int, frame: FrameType | None) -> None:
    """Turn a signal into the exception that ends a run."""
    del number, frame
    raise KeyboardInterrupt


class Run:
    """One run: the plan, what it reuses, and what it keeps."""

    def __init__(self, call: Call) -> None:
        from tools.suite import kept, plan, units, versions  # noqa: PLC0415 - ./test asks --needs before the venv is there

        self.call = call
        self.root = suite_jobs.ROOT
        self.store = kept
        self.begun = time.monotonic()
        with ThreadPoolExecutor() as pool:
            asked = {base: pool.submit(versions.offered, suite) for base, suite in versions.SUITES.items()}
            self.offered: dict[str, dict[str, str]] = {base: answer.result() for base, answer in asked.items()}
        self.made_of: dict[str, tuple[Unit, Fingerprint]] = {
            unit.name: (unit, units.fingerprint(self.root, unit, self.offered)) for unit in units.all_units(self.root)
        }
        found = {name: kept.read(self.root, name) for name in self.made_of}
        self.kept: dict[str, Kept] = {name: result for name, result in found.items() if result}
        self.series = plan.Series(SERIES)
        self.plan = self._plan()

    def _plan(self) -> Plan:
        from tools.suite import draw, plan  # noqa: PLC0415 - as above

        if self.call.everything:
            return plan.everything(self.made_of, self.kept, self.series.done())
        if self.call.whole:
            return plan.choose(self.made_of, self.kept, commit=draw.commit(self.root), limited=bool(self.call.minutes))
        named = plan.Plan()
        kind = KINDS.get(self.call.parts[0], "")
        for name, (unit, _made_of) in self.made_of.items():
            if unit.kind == kind and (not self.call.words or name.partition("/")[2] in self.call.words):
                named.must.append(unit)
                named.seconds[name] = self.kept[name].seconds if name in self.kept else plan.GUESS_S[unit.kind]
                named.why[name] = "asked for"
        return named

    def jobs(self) -> list[Job]:
        """Return the jobs of this run, in the order in which to start them."""
        first = [job for part in self.call.parts for job in part_jobs(part, self.call.words) or []]
        if first and not self.call.whole:
            return with_what_they_need(first)
        units = [*self.plan.must, *self.plan.drawn, *self.plan.round]
        needing = with_what_they_need([unit_job(unit) for unit in units])
        makers = [job for job in needing if not job.unit]
        return [*makers[:1], *first, *makers[1:], *(job for job in needing if job.unit)]

    def may_start(self, job: Job) -> bool:
        """Tell whether there is time for a job: for what must be proven until the time is up, for the rest while it fits."""
        if not self.call.minutes or not job.unit:
            return True
        left = self.call.minutes * 60 - (time.monotonic() - self.begun)
        if job.unit in {unit.name for unit in self.plan.round}:
            return self.plan.seconds[job.unit] <= left
        if not self.call.everything and job.unit in {unit.name for unit in self.plan.must}:
            left += GRACE_S
        return left > 0

    def keep(self, result: Result) -> None:
        """Keep the result of a unit that passed, unless what it is made of changed meanwhile."""
        from tools.suite import kept, units  # noqa: PLC0415 - as above

        if not result.job.unit:
            return
        unit, made_of = self.made_of[result.job.unit]
        if units.fingerprint(self.root, unit, self.offered).hash != made_of.hash:
            return
        day = datetime.now(UTC).date().isoformat()
        kept.write(self.root, kept.Kept(unit.name, made_of, day, result.passed, result.seconds))
        if self.call.everything:
            self.series.add(unit.name, made_of.hash)

    def untrue(self, results: Sequence[Result]) -> list[str]:
        """Return a sentence for each kept result that did not hold when it was run again; it is not kept any longer."""
        said = []
        for result in results:
            name = result.job.unit
            older = self.kept.get(name)
            if result.failed and older and older.made_of.hash == self.made_of[name][1].hash:
                said.append(
                    f"{name}: the result kept on {older.date} for {older.made_of.hash} ({older.passed} passed) does not hold:"
                    f" run again on the same, {result.failed} failed"
                )
                self.store.drop(self.root, name)
        return said

    def left_out(self, left: Sequence[Job], results: Sequence[Result]) -> tuple[list[str], list[str], list[str]]:
        """Return what did not run: what must have been proven, what keeps its result, and jobs that waited in vain."""
        failed = {result.job.name for result in results if result.failed}
        vain = [job for job in left if set(job.after) & (failed | {other.name for other in left})]
        late = [job.unit for job in left if job not in vain and job.unit]
        must = {unit.name for unit in self.plan.must}
        return (
            [name for name in late if name in must],
            [name for name in late if name not in must],
            [job.name for job in vain],
        )


def show_plan(run: Run) -> None:
    """Print what a run would prove and why."""
    for unit in run.plan.must:
        print(f"prove  {unit.name:<32} {run.plan.seconds[unit.name]:5.0f} s  {run.plan.why[unit.name]}")
    for unit in [*run.plan.drawn, *run.plan.round]:
        print(f"again  {unit.name:<32} {run.plan.seconds[unit.name]:5.0f} s  kept on {run.kept[unit.name].date}")
    for unit in run.plan.reused:
        print(f"keep   {unit.name:<32} {run.plan.seconds[unit.name]:5.0f} s  kept on {run.kept[unit.name].date}")


def numbered(names: Sequence[str]) -> str:
    """Return how many there are, and which."""
    return f"{len(names)} ({', '.join(sorted(names))})" if names else "0"


def conclude(run: Run, results: Sequence[Result], left: Sequence[Job]) -> int:
    """Print what a run came to, the last line in numbers, and return the exit status."""
    unproven, reused, vain = run.left_out(left, results)
    said = run.untrue(results)
    for sentence in said:
        print(sentence)
    reused = [*reused, *(unit.name for unit in run.plan.reused)]
    if vain:
        print(f"not run, because what they wait for failed: {numbered(vain)}")
    if unproven:
        why = "left for another ./test --all" if run.call.everything else "changed, and not proven within the time"
        print(f"{why}: {numbered(unproven)}")
    if reused:
        print(f"not run, kept results of the same inputs reused: {numbered(reused)}")
    if run.call.everything and not unproven and not vain and not any(result.failed for result in results):
        run.series.end()
    failed = sum(result.failed for result in results) + len(vain)
    if not run.call.everything:
        failed += len(unproven)
    print(f"{sum(result.passed for result in results)} passed, {failed} failed")
    return 1 if failed else 3 if unproven else 0


def run_tests(call: Call) -> int:
    """Run what is asked for, print the last line, and return the exit status."""
    from tools.suite.show import Show  # noqa: PLC0415 - rich is in the developers' environment only

    run = Run(call)
    if call.plan:
        show_plan(run)
        return 0
    suite_jobs.LOGS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, interrupt)
    delete_instances(of_this_run=False)
    runner, show = Runner(), Show()
    try:
        results, left = run_all(runner, run.jobs(), show, may_start=run.may_start, ended_well=run.keep)
    except KeyboardInterrupt:
        show.close()
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        show.close()
        delete_instances(of_this_run=True)
    return conclude(run, results, left)


def main() -> int:
    """Read the call, then plan or run."""
    try:
        call = parse(sys.argv[1:])
        if call.needs:
            print(*needed(call.parts))
            return 0
        with alone(LOCK) if needed(call.parts) and not call.plan else contextlib.nullcontext():
            return run_tests(call)
    except CallError as problem:
        print(problem, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
