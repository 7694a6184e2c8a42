"""The proof of a lab: its own grader, put to the test on a throw-away machine.

Nothing is solved before; every solution passes, and a second check changes nothing;
every wrong attempt fails exactly where lab.yml says, with its hint; what was solved and
then broken fails; reset is the start state; finish leaves nothing.
"""

import re
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from steiger import belongings, kept, lifecycle, processes, progress, values, workfolder
from steiger.bench import Bench
from steiger.catalogue import Attempt, Lab
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.grader import CHECK_SECONDS, Outcome, grade
from steiger.i18n import LANGUAGES, _
from steiger.paths import work_dir
from steiger.processes import Process
from steiger.surroundings import surroundings
from steiger.text import seen_names

# A busy host runs a script ten times as slowly; only one that hangs takes as long as this.
SCRIPT_SECONDS = 300
# What docker says after the reason.
_USAGE = re.compile(r"(See|Run) '.* --help'")

Say = Callable[[str, float], None]


@dataclass
class Faults:
    """In what ways the grader, or the lab, was wrong."""

    wrong_passes: list[str] = field(default_factory=list)
    wrong_fails: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.wrong_passes or self.wrong_fails or self.problems)

    def add(self, others: "Faults") -> None:
        """Take in others, each once."""
        for kind in ("wrong_passes", "wrong_fails", "problems"):
            known = getattr(self, kind)
            known.extend(fault for fault in getattr(others, kind) if fault not in known)


@dataclass
class Report(Faults):
    """What the proof of one lab found; a lab is proven when there are no faults at all."""

    lab: str = ""
    tasks: int = 0
    solutions: int = 0
    attempts: int = 0
    findings: int = 0
    grades: int = 0
    seconds: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether the lab's grader was never wrong."""
        return not self.any()

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {"lab": self.lab, **asdict(self), "proven": self.proven}


@dataclass(frozen=True)
class Round:
    """One pass of a proof: a student's seed, and the attempts in batches that share a solved state.

    A lab whose values hold a choice has several, so that each option is drawn in one.
    """

    seed: str
    batches: tuple[tuple[str, ...], ...]


def rounds(lab: Lab, seed: str) -> list[Round]:
    """Return the rounds that a proof has for the student of this seed."""
    left = dict(lab.attempts)
    made = []
    for each in values.covering_seeds(lab.values, lab.id, seed):
        drawn = values.derive(lab.values, lab.id, each)
        now = {name: left.pop(name) for name in list(left) if left[name].fits(drawn)}
        made.append(Round(each, _batches(now)))
    return made


def _batches(attempts: Mapping[str, Attempt]) -> tuple[tuple[str, ...], ...]:
    """Return the attempts in few batches of about one size; in each, no two fail the same task.

    Those that fail most tasks come last: their faults stand in the way of who comes after them, and have
    checks wait for an answer after every attempt.
    """
    batches: list[list[str]] = []
    for name, attempt in attempts.items():
        fitting = [
            batch for batch in batches if all(attempts[other].fails.keys().isdisjoint(attempt.fails) for other in batch)
        ]
        if fitting:
            min(fitting, key=len).append(name)
        else:
            batches.append([name])
    return tuple(tuple(sorted(batch, key=lambda name: len(attempts[name].fails))) for batch in batches)


class Trial:
    """The proof of one lab for one student: what is graded and seen in one round."""

    def __init__(self, lab: Lab, seed: str, report: Report, reached: set[tuple[str, str]]) -> None:
        self.lab = lab
        self.seed = seed
        self.report = report
        self.reached = reached
        self.engine = Engine()
        self.values = lifecycle.lab_values(lab, self.engine, seed)
        others = values.derive_other(lab.values, lab.id, self.values)
        self.environment = {
            **surroundings(),
            **values.environment(self.values, "LAB"),
            **values.environment(others, "OTHER"),
        }
        self.costly = {task.id for task in lab.tasks if task.seconds > CHECK_SECONDS}
        choices = [self.values[name] for name, spec in lab.values.items() if spec.kind == "choice"]
        self.drawn = f" ({', '.join(choices)})" if choices else ""

    def grade(self, only: Collection[str] | None = None) -> dict[str, Outcome]:
        """Return what the checks find now, by task; of some tasks when they are named."""
        bench = Bench(self.values, work_dir(self.lab.id), self.engine)
        self.report.grades += 1
        return {outcome.task.id: outcome for outcome in grade(self.lab, bench, only)}

    def reach(self, outcomes: Mapping[str, Outcome]) -> None:
        """Note which findings were seen, and whether their texts are whole."""
        for outcome in outcomes.values():
            if not outcome.passed:
                self.reached.add((outcome.task.id, outcome.finding))
                self.report.add(Faults(problems=list(self._texts(outcome))))

    def _texts(self, outcome: Outcome) -> Iterator[str]:
        for language in LANGUAGES:
            for text in (outcome.message(language, self.values), outcome.hint(language, self.values)):
                where = f"{outcome.task.id}.{outcome.finding} ({language})"
                if not text:
                    yield f"{where}: empty text"
                elif left := seen_names(text) - {name for name, value in outcome.seen if "{" in value}:
                    yield f"{where}: the check does not say what it saw as {sorted(left)}"

    def script(self, path: Path, faults: Faults) -> None:
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
            faults.problems.append(f"{path.name}{self.drawn} did not end within {SCRIPT_SECONDS} s")
            return
        if done.returncode:
            said = [line for line in (done.stderr or done.stdout).splitlines() if line and not _USAGE.match(line)]
            last = " ".join(said[-3:])
            faults.problems.append(f"{path.name}{self.drawn} ended with status {done.returncode}: {last[-300:]}")

    def nothing_solved(self, when: str) -> None:
        """Take each task that passes as a wrong pass."""
        outcomes = self.grade()
        self.reach(outcomes)
        for outcome in outcomes.values():
            if outcome.passed:
                self.report.wrong_passes.append(
                    f"{when}{self.drawn}: '{outcome.task.id}' passes though nothing was done"
                )

    def all_solved(self, when: str) -> None:
        """Take each task that fails as a wrong fail."""
        for outcome in self.grade().values():
            if not outcome.passed:
                seen = outcome.message("en", self.values)
                self.report.wrong_fails.append(
                    f"{when}{self.drawn}: '{outcome.task.id}' fails with '{outcome.finding}': {seen}"
                )

    def state(self) -> dict[str, Any]:
        """Return the state without ids, which another run makes again."""
        return {
            **belongings.fingerprint(self.engine),
            "files": workfolder.content(work_dir(self.lab.id)),
            "processes": sorted(process.line for process in self._processes()),
        }

    def exact_state(self) -> dict[str, Any]:
        """Return the state with ids, which a check leaves as they are."""
        pids = [f"{process.pid} {process.line}" for process in self._processes()]
        written = {box["Id"]: self.engine.changed_paths(box["Id"]) for box in self.engine.containers()}
        return {**self.state(), **belongings.snapshot(self.engine), "processes": pids, "written": written}

    def _processes(self) -> list[Process]:
        """Return the student's processes that hold one of the values or the work folder, whatever they run."""
        telling = [name for name, spec in self.lab.values.items() if spec.kind in ("name", "port", "code")]
        return processes.holding(self.values[name] for name in [*telling, "folder"])

    def same(self, what: str, before: Mapping[str, Any], after: Mapping[str, Any], faults: Faults) -> None:
        """Take each difference between two states as a fault."""
        for kind in before:
            if before[kind] != after[kind]:
                gone, new = _difference(before[kind], after[kind])
                faults.problems.append(f"{what}{self.drawn}: {kind}: gone: {gone or '–'}; new: {new or '–'}")

    def solution(self, path: Path) -> None:
        """Run a solution: all passes, twice, and checking changes nothing."""
        self.script(path, self.report)
        self.all_solved(path.name)
        first = self.exact_state()
        self.all_solved(f"{path.name}, checked again")
        self.same(f"{path.name}: a check changed something", first, self.exact_state(), self.report)

    def batch(self, names: Sequence[str], start_state: Mapping[str, Any]) -> None:
        """Make the attempts one after the other in one solved state, afresh when one seems to meet another's trace."""
        while names:
            names = names[self._tried(names, start_state) :]

    def _tried(self, names: Sequence[str], start_state: Mapping[str, Any]) -> int:
        """Return how many of the attempts were judged, from the first on, before a fresh start is needed."""
        faults = Faults()
        wanted: dict[str, str] = {}
        tried = judged = 0
        unseen: set[str] = set()
        self.script(self.lab.solutions()[0], faults)
        for name in names:
            tried += 1
            wanted |= self.lab.attempts[name].fails
            self.script(self.lab.folder / "attempts" / f"{name}.sh", faults)
            later = set() if name == names[-1] else self.costly - self.lab.attempts[name].fails.keys()
            outcomes = self.grade({task.id for task in self.lab.tasks} - later)
            self._compare(name, wanted, outcomes, faults)
            if faults.any() and judged:
                # Perhaps the fault of one before it; alone in a solved state it will tell.
                faults = Faults()
                break
            self.reach(outcomes)
            judged += 1
            unseen |= later
            if faults.any():
                break
        lifecycle.reset(self.lab, self.seed)
        after = f"reset after {', '.join(names[:tried])} is not the start state"
        self.same(after, start_state, self.state(), self.report)
        if unseen and judged < len(names):
            # Of these, not all was graded yet: when they end the row, it will be.
            return self._tried(names[:judged], start_state)
        self.report.attempts += judged
        self.report.add(faults)
        return judged

    def _compare(self, name: str, wanted: Mapping[str, str], outcomes: Mapping[str, Outcome], faults: Faults) -> None:
        for task, outcome in outcomes.items():
            finding = wanted.get(task, "")
            if outcome.finding == finding:
                continue
            if outcome.passed:
                faults.wrong_passes.append(f"{name}{self.drawn}: '{task}' passes, must fail with '{finding}'")
            else:
                expected = f"must fail with '{finding}'" if finding else "must pass"
                said = outcome.message("en", self.values)
                faults.wrong_fails.append(
                    f"{name}{self.drawn}: '{task}' fails with '{outcome.finding}', {expected}: {said}"
                )

    def steps(self, batches: Sequence[Sequence[str]]) -> Iterator[str]:
        """Go through one round, from nothing to nothing; yield what each step showed."""
        lab = self.lab
        untouched = self.state()
        lifecycle.start(lab, self.seed)
        start_state = self.state()
        self.nothing_solved("start")
        yield _("nothing is solved at the start")
        for path in lab.solutions():
            self.solution(path)
            lifecycle.reset(lab, self.seed)
            self.same(f"reset after {path.name} is not the start state", start_state, self.state(), self.report)
            yield _("{name} passes").format(name=path.name)
        for names in batches:
            self.batch(names, start_state)
            yield _("fail where they must: {names}").format(names=", ".join(names))
        self.nothing_solved("reset")
        self.script(lab.solutions()[0], self.report)
        lifecycle.finish(lab, self.seed)
        self.same("finish left something", untouched, self.state(), self.report)
        yield _("reset is the start, finish leaves nothing")


def steps(lab: Lab) -> int:
    """Return how many steps the proof of a lab has."""
    return sum(2 + len(lab.solutions()) + len(each.batches) for each in rounds(lab, progress.seed()))


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
    report = Report(
        lab=lab.id,
        tasks=len(lab.tasks),
        findings=sum(len(task.findings) for task in lab.tasks),
        solutions=len(lab.solutions()),
    )
    reached: set[tuple[str, str]] = set()
    planned = rounds(lab, progress.seed())
    begun = before = time.monotonic()
    with kept.images(lab, Engine()):
        for each in planned:
            for shown in Trial(lab, each.seed, report, reached).steps(each.batches):
                say(shown, time.monotonic() - before)
                before = time.monotonic()
    report.problems.extend(_left_out(lab, planned, reached))
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def _left_out(lab: Lab, planned: Sequence[Round], reached: set[tuple[str, str]]) -> Iterator[str]:
    tried = {name for each in planned for batch in each.batches for name in batch}
    yield from (f"no student draws what the attempt '{name}' is for" for name in lab.attempts if name not in tried)
    for task in lab.tasks:
        for finding in task.findings:
            if (task.id, finding) not in reached:
                yield f"no attempt reaches the finding '{task.id}.{finding}'"


def _difference(before: Any, after: Any) -> tuple[str, str]:
    if isinstance(before, dict):
        return str({k: v for k, v in before.items() if after.get(k) != v} or ""), str(
            {k: v for k, v in after.items() if before.get(k) != v} or ""
        )
    gone = [item for item in before if item not in after]
    new = [item for item in after if item not in before]
    return ", ".join(map(str, gone)), ", ".join(map(str, new))
