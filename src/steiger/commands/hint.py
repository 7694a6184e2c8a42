"""lab hint: help with one task, from what its check saw just now."""

import argparse
import contextlib

from steiger import lifecycle, render
from steiger.commands._common import chosen_lab, graded
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
    only = {lab.task(task_id).id} if task_id else None
    bench = lifecycle.bench(lab)
    values = dict(bench.values)
    with contextlib.closing(graded(lab, bench, only)) as outcomes:
        outcome = next((outcome for outcome in outcomes if task_id or not outcome.passed), None)
    if outcome is None:
        render.line(_("All tasks are right; no hint is needed"))
        return 0
    title = f"{lab.tasks.index(outcome.task) + 1}. {outcome.task.title.in_(language())}"
    if outcome.passed:
        render.line(_("'{task}' is right; no hint is needed").format(task=title))
        return 0
    render.line(title, "bold")
    render.line(outcome.message(language(), values))
    render.line(outcome.hint(language(), values))
    return 1


def _has_current() -> bool:
    from steiger import progress  # noqa: PLC0415

    return bool(progress.current())
