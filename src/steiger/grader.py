"""The grader: runs a lab's checks and says what was found.

It knows nothing of Ansible and nothing of the command line.
"""

import contextlib
import importlib.util
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from steiger.bench import Bench, Failed
from steiger.catalogue import Finding, Lab, Task
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import state_dir
from steiger.text import fill_seen, fill_values, harmless

CHECK_SECONDS = 20.0


@dataclass(frozen=True)
class Outcome:
    """What one check found; finding and seen are empty when the task is right."""

    task: Task
    finding: str = ""
    seen: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the task is right."""
        return not self.finding

    def message(self, language: str, values: dict[str, str]) -> str:
        """Return what was seen and what was expected; "" when the task is right."""
        return self._text("says", language, values)

    def hint(self, language: str, values: dict[str, str]) -> str:
        """Return what helps; "" when the task is right."""
        return self._text("hint", language, values)

    def _text(self, kind: str, language: str, values: dict[str, str]) -> str:
        if self.passed:
            return ""
        finding: Finding = self.task.findings[self.finding]
        template = getattr(finding, kind).in_(language)
        return fill_seen(fill_values(template, values, self.task.id), dict(self.seen)).strip()


class CheckTimeoutError(BaseException):
    """A check took longer than it may; no Exception, which a check might catch."""


def each(lab: Lab, bench: Bench, only: Collection[str] | None = None) -> Generator[Outcome]:
    """Run the checks of a lab, in the order of its tasks, and yield what each finds.

    Args:
        lab: the lab.
        bench: what the checks look with; it is closed afterwards.
        only: the tasks to check; all when None.

    Raises:
        SteigerError: the engine does not answer, or a check itself is broken.
    """
    module = _module(lab.folder / "checks.py")
    try:
        for task in lab.tasks:
            if only is None or task.id in only:
                yield _run(lab, task, getattr(module, task.id, None), bench)
    finally:
        bench.close()


def grade(lab: Lab, bench: Bench, only: Collection[str] | None = None) -> list[Outcome]:
    """Return what all the checks find, as `each` does one by one."""
    return list(each(lab, bench, only))


def as_json(lab: Lab, student: str, outcomes: list[Outcome], language: str, values: dict[str, str]) -> dict[str, Any]:
    """Return the outcomes in the form that `lab check --json` prints."""
    return {
        "lab": lab.id,
        "student": student,
        "passed": sum(outcome.passed for outcome in outcomes),
        "total": len(outcomes),
        "points": sum(outcome.task.points for outcome in outcomes if outcome.passed),
        "checks": [
            {
                "id": outcome.task.id,
                "title": outcome.task.title.in_(language),
                "passed": outcome.passed,
                "points": outcome.task.points if outcome.passed else 0,
                "message": outcome.message(language, values),
                "hint": outcome.hint(language, values),
            }
            for outcome in outcomes
        ],
    }


def _run(lab: Lab, task: Task, check: Callable[[Bench], None] | None, bench: Bench) -> Outcome:
    if check is None:
        raise SteigerError(_("{lab}: checks.py has no function '{task}'").format(lab=lab.id, task=task.id))
    limit = task.seconds or CHECK_SECONDS
    try:
        with _time_limit(limit):
            check(bench)
    except Failed as failed:
        if failed.finding not in task.findings:
            raise SteigerError(
                _("{lab}: the check '{task}' reports '{finding}', which lab.yml does not have").format(
                    lab=lab.id, task=task.id, finding=failed.finding
                )
            ) from failed
        return Outcome(task, failed.finding, tuple(failed.seen.items()))
    except SteigerError:
        raise
    except CheckTimeoutError as error:
        raise SteigerError(
            _("{lab}: the check '{task}' got no answer within {seconds} seconds; is something hanging?").format(
                lab=lab.id, task=task.id, seconds=int(limit)
            )
        ) from error
    except Exception as error:
        raise SteigerError(
            _("{lab}: the check '{task}' itself is broken ({why}); please report it, with {log}").format(
                lab=lab.id, task=task.id, why=_where(error, lab), log=_log_traceback()
            )
        ) from error
    return Outcome(task)


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise CheckTimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _where(error: Exception, lab: Lab) -> str:
    """Return an error of a check in a few words, with its last line in checks.py."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith("checks.py")
    ]
    place = f", {lab.id}/checks.py, line {lines[-1]}" if lines else ""
    return harmless(f"{type(error).__name__}: {error}") + place


def _log_traceback() -> Path:
    log = state_dir() / "broken-check.log"
    with contextlib.suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), encoding="utf-8")
    return log


def _module(path: Path) -> ModuleType:
    name = f"steiger_checks_{path.parent.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SteigerError(_("{path}: missing").format(path=path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SteigerError(f"{path}: {type(error).__name__}: {' '.join(str(error).split())}") from error
    return module
