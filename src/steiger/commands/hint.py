"""lab hint: help with one task, from what its check saw just now."""

import argparse

from steiger import lifecycle, render
from steiger.commands._common import chosen_lab
from steiger.grader import grade
from steiger.i18n import _, language
from steiger.paths import catalogue_dir


def run(args: argparse.Namespace) -> int:
    """Print what was seen and the hint; 0 when the task is right, else 1."""
    name, task_id = args.lab, args.task
    if name and not task_id and not (catalogue_dir() / name / "lab.yml").is_file():
        current = chosen_lab(None) if _has_current() else None
        if current and any(task.id == name for task in current.tasks):
            name, task_id = current.id, name
    lab = chosen_lab(name)
    if task_id:
        lab.task(task_id)
    bench = lifecycle.bench(lab)
    values = dict(bench.values)
    for number, outcome in enumerate(grade(lab, bench), 1):
        if task_id and outcome.task.id != task_id:
            continue
        title = f"{number}. {outcome.task.title.in_(language())}"
        if not outcome.passed:
            render.line(title, "bold")
            render.line(outcome.message(language(), values))
            render.line(outcome.hint(language(), values))
            return 1
        if task_id:
            render.line(_("'{task}' is right; no hint is needed").format(task=title))
            return 0
    render.line(_("All tasks are right; no hint is needed"))
    return 0


def _has_current() -> bool:
    from steiger import progress  # noqa: PLC0415

    return bool(progress.current())
