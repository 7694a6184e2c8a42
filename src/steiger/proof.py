"""The proof of a lab: its own grader, put to the test on a throw-away machine.

Nothing is solved before; every solution passes, and a second check changes nothing;
every wrong attempt fails exactly where lab.yml says, with its hint; what was solved and
then broken fails; reset is the start state; finish leaves nothing.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from steiger import belongings, lifecycle, progress, values, workfolder
from steiger.bench import Bench
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.grader import Outcome, grade
from steiger.i18n import LANGUAGES, _
from steiger.paths import work_dir
from steiger.text import seen_names

SCRIPT_SECONDS = 120
_KEPT_IMAGES = "steiger-proof"

Say = Callable[[str, float], None]


@dataclass
class Report:
    """What the proof of one lab found; a lab is proven when there are no faults at all."""

    lab: str
    tasks: int = 0
    solutions: int = 0
    attempts: int = 0
    findings: int = 0
    grades: int = 0
    seconds: float = 0.0
    wrong_passes: list[str] = field(default_factory=list)
    wrong_fails: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def proven(self) -> bool:
        """Whether the lab's grader was never wrong."""
        return not (self.wrong_passes or self.wrong_fails or self.problems)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {**asdict(self), "proven": self.proven}


class _Proof:
    def __init__(self, lab: Lab, say: Say) -> None:
        self.lab = lab
        self.engine = Engine()
        self.say = say
        self.report = Report(lab.id, tasks=len(lab.tasks), findings=sum(len(t.findings) for t in lab.tasks))
        self.values = lifecycle.lab_values(lab, self.engine)
        others = values.derive_other(lab.values, lab.id, self.values)
        self.environment = {
            **os.environ,
            **values.environment(self.values, "LAB"),
            **values.environment(others, "OTHER"),
        }
        self.reached: set[tuple[str, str]] = set()

    def grade(self) -> dict[str, Outcome]:
        bench = Bench(self.values, work_dir(self.lab.id), self.engine)
        self.report.grades += 1
        outcomes = {outcome.task.id: outcome for outcome in grade(self.lab, bench)}
        for outcome in outcomes.values():
            if not outcome.passed:
                self.reached.add((outcome.task.id, outcome.finding))
                self._texts(outcome)
        return outcomes

    def _texts(self, outcome: Outcome) -> None:
        for language in LANGUAGES:
            for text in (outcome.message(language, self.values), outcome.hint(language, self.values)):
                where = f"{outcome.task.id}.{outcome.finding} ({language})"
                if not text:
                    self._once(self.report.problems, f"{where}: empty text")
                elif left := seen_names(text) - {name for name, value in outcome.seen if "{" in value}:
                    self._once(self.report.problems, f"{where}: the check does not say what it saw as {sorted(left)}")

    @staticmethod
    def _once(faults: list[str], fault: str) -> None:
        if fault not in faults:
            faults.append(fault)

    def script(self, path: Path) -> None:
        """Run a script as the student would, in the work folder."""
        try:
            done = subprocess.run(
                ["bash", "-eu", str(path)],
                cwd=work_dir(self.lab.id),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SCRIPT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.report.problems.append(f"{path.name} did not end within {SCRIPT_SECONDS} s")
            return
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            self.report.problems.append(f"{path.name} ended with status {done.returncode}: {' '.join(last)[:200]}")

    def nothing_solved(self, when: str) -> None:
        for outcome in self.grade().values():
            if outcome.passed:
                self.report.wrong_passes.append(f"{when}: '{outcome.task.id}' passes though nothing was done")

    def all_solved(self, when: str) -> None:
        for outcome in self.grade().values():
            if not outcome.passed:
                seen = outcome.message("en", self.values)
                self.report.wrong_fails.append(f"{when}: '{outcome.task.id}' fails with '{outcome.finding}': {seen}")

    def state(self) -> dict[str, Any]:
        return {**belongings.fingerprint(self.engine), "files": workfolder.content(work_dir(self.lab.id))}

    def exact_state(self) -> dict[str, Any]:
        return {**self.state(), **belongings.snapshot(self.engine)}

    def same(self, what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        for kind in before:
            if before[kind] != after[kind]:
                gone, new = _difference(before[kind], after[kind])
                self.report.problems.append(f"{what}: {kind}: gone: {gone or '–'}; new: {new or '–'}")

    def solution(self, path: Path) -> None:
        self.script(path)
        self.all_solved(path.name)
        first = self.exact_state()
        self.all_solved(f"{path.name}, checked again")
        self.same(f"{path.name}: a check changed something", first, self.exact_state())

    def attempt(self, name: str, fails: Mapping[str, str]) -> None:
        self.script(self.lab.folder / "attempts" / f"{name}.sh")
        for task, outcome in self.grade().items():
            wanted = fails.get(task, "")
            if outcome.finding == wanted:
                continue
            if outcome.passed:
                self.report.wrong_passes.append(f"{name}: '{task}' passes, must fail with '{wanted}'")
            else:
                expected = f"must fail with '{wanted}'" if wanted else "must pass"
                seen = outcome.message("en", self.values)
                self.report.wrong_fails.append(f"{name}: '{task}' fails with '{outcome.finding}', {expected}: {seen}")

    @contextlib.contextmanager
    def layers_kept(self) -> Iterator[None]:
        """Hold the layers of the lab's images under other names: every reset would drop them, every solution fetch them."""
        kept = []
        for number, image in enumerate(self.lab.needs.images):
            had = self.engine.image(image) is not None
            if not had:
                self.engine.pull(image)
            self.engine.tag(image, f"{_KEPT_IMAGES}/{number}")
            kept.append(f"{_KEPT_IMAGES}/{number}:latest")
            if not had:
                self.engine.remove_image(image)
        try:
            yield
        finally:
            for name in kept:
                self.engine.remove_image(name)

    def run(self) -> Iterator[str]:
        with self.layers_kept():
            yield from self.steps()

    def steps(self) -> Iterator[str]:
        lab = self.lab
        untouched = self.state()
        lifecycle.start(lab)
        start_state = self.state()
        self.nothing_solved("start")
        yield _("nothing is solved at the start")
        for path in lab.solutions():
            self.solution(path)
            self.report.solutions += 1
            lifecycle.reset(lab)
            self.same(f"reset after {path.name} is not the start state", start_state, self.state())
            yield _("{name} passes").format(name=path.name)
        first = lab.solutions()[0]
        for name, fails in lab.attempts.items():
            self.script(first)
            self.attempt(name, fails)
            self.report.attempts += 1
            lifecycle.reset(lab)
            self.same(f"reset after {name} is not the start state", start_state, self.state())
            yield _("{name} fails at {tasks}").format(name=name, tasks=", ".join(fails))
        self.nothing_solved("reset")
        self._unreached()
        self.script(first)
        lifecycle.finish(lab)
        self.same("finish left something", untouched, self.state())
        yield _("reset is the start, finish leaves nothing")

    def _unreached(self) -> None:
        for task in self.lab.tasks:
            for name in task.findings:
                if (task.id, name) not in self.reached:
                    self.report.problems.append(f"no attempt reaches the finding '{task.id}.{name}'")


def steps(lab: Lab) -> int:
    """Return how many steps the proof of a lab has."""
    return 2 + len(lab.solutions()) + len(lab.attempts)


def prove(lab: Lab, say: Say) -> Report:
    """Prove one lab on this machine; the lab must not be started.

    Args:
        lab: the lab.
        say: called after each step with what it showed and its seconds.

    Raises:
        SteigerError: the lab is started already, or the machine lacks what it needs.
    """
    if progress.read(lab.id).phase:
        raise SteigerError(_("{lab} is started here; finish it before its proof").format(lab=lab.id))
    proof = _Proof(lab, say)
    begun = before = time.monotonic()
    for shown in proof.run():
        say(shown, time.monotonic() - before)
        before = time.monotonic()
    proof.report.seconds = round(time.monotonic() - begun, 1)
    return proof.report


def _difference(before: Any, after: Any) -> tuple[str, str]:
    if isinstance(before, dict):
        return str({k: v for k, v in before.items() if after.get(k) != v} or ""), str(
            {k: v for k, v in after.items() if before.get(k) != v} or ""
        )
    gone = [item for item in before if item not in after]
    new = [item for item in after if item not in before]
    return ", ".join(map(str, gone)), ", ".join(map(str, new))
