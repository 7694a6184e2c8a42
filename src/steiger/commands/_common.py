"""What several verbs need: which lab is meant, and its outcomes in words."""

from collections.abc import Collection, Generator
from pathlib import Path

from steiger import progress, render
from steiger.bench import Bench
from steiger.catalogue import Lab, Task, load_one
from steiger.errors import SteigerError
from steiger.grader import Outcome, each
from steiger.i18n import _, language
from steiger.paths import catalogue_dir


def chosen_lab(name: str | None) -> Lab:
    """Return the lab named, else that of the folder we stand in, else the one started last.

    Raises:
        SteigerError: no lab is meant, or there is none of that name.
    """
    return load_one(catalogue_dir(), name or _here() or progress.current() or _none())


def chosen_task(name: str | None, word: str | None) -> tuple[Lab, Task | None]:
    """Return the lab and the task that are meant; the lab may be left out: then a lone word may be a task of it.

    Args:
        name: the lab, or a task when no lab is named.
        word: the task, its number or its id; None for no task in particular.

    Raises:
        SteigerError: no lab is meant, or there is no such lab or task.
    """
    if name and not word and not (catalogue_dir() / name / "lab.yml").is_file():
        meant = _here() or progress.current()
        lab = load_one(catalogue_dir(), meant) if meant else None
        if lab and (name.isdecimal() or any(task.id == name for task in lab.tasks)):
            return lab, _numbered(lab, name)
    lab = chosen_lab(name)
    return lab, _numbered(lab, word) if word else None


def _numbered(lab: Lab, word: str) -> Task:
    if not word.isdecimal():
        return lab.task(word)
    if not 1 <= int(word) <= len(lab.tasks):
        raise SteigerError(
            _("{lab} has no task {number}; it has {total}").format(lab=lab.id, number=word, total=len(lab.tasks))
        )
    return lab.tasks[int(word) - 1]


def _here() -> str:
    try:
        inside = Path.cwd().relative_to(Path.home() / "labs").parts
    except (ValueError, OSError):
        return ""
    known = inside and (catalogue_dir() / inside[0] / "lab.yml").is_file()
    return inside[0] if known else ""


def _none() -> str:
    raise SteigerError(_("which lab? see: lab list"))


def graded(lab: Lab, bench: Bench, only: Collection[str] | None = None) -> Generator[Outcome]:
    """Yield what each check finds; on a terminal, say which one is at work when it takes long."""
    due = [task for task in lab.tasks if only is None or task.id in only]
    words = [
        _("checking {number}/{total}: {title}").format(number=number, total=len(due), title=task.title.in_(language()))
        for number, task in enumerate(due, 1)
    ]
    with render.working(words[0]) as tell:
        for words_of_next, outcome in zip([*words[1:], ""], each(lab, bench, only), strict=True):
            tell(words_of_next)
            yield outcome


def show(outcomes: list[Outcome], values: dict[str, str]) -> None:
    """Print each task with a mark, and under what is not right what was seen."""
    for number, outcome in enumerate(outcomes, 1):
        mark = "✔" if outcome.passed else "✘"
        style = "green" if outcome.passed else "red"
        render.line(f" {mark} {number}. {outcome.task.title.in_(language())}", style)
        if not outcome.passed:
            render.line(f"      {outcome.message(language(), values)}")


def say_kept(kept: str) -> None:
    """Tell where changed files were kept."""
    if kept:
        render.line(_("What you had changed is kept in {path}").format(path=kept))
