"""lab hint: help with one task, from what its check saw just now."""

import argparse
import contextlib

from steiger import lifecycle, render
from steiger.commands._common import chosen_task, graded
from steiger.i18n import _, language


def run(args: argparse.Namespace) -> int:
    """Print what was seen and the hint; 0 when the task is right, else 1."""
    lab, task = chosen_task(args.lab, args.task)
    only = {task.id} if task else None
    bench = lifecycle.bench(lab)
    values = dict(bench.values)
    with contextlib.closing(graded(lab, bench, only)) as outcomes:
        outcome = next((outcome for outcome in outcomes if task or not outcome.passed), None)
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
