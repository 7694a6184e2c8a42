"""lab guide: a lab's text, with the student's own values in it."""

import argparse

from steiger import lifecycle, progress, render
from steiger.commands._common import chosen_task
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.i18n import _, language
from steiger.reading import page, sections
from steiger.text import fill_values


def run(args: argparse.Namespace) -> int:
    """Show the guide, or one task of it."""
    lab, task = chosen_task(args.lab, args.task)
    path = lab.guide(language())
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SteigerError(_("{path}: missing").format(path=path)) from error
    if task:
        source = sections.of_task(source, lab.tasks.index(task) + 1)
        if not source:
            raise SteigerError(_("{path} has no section for the task {task}").format(path=path, task=task.id))
    page.show(fill_values(source, lifecycle.lab_values(lab, Engine()), str(path)))
    if progress.read(lab.id).phase != "started":
        render.line(_("To do this lab, start it first: lab start {lab}").format(lab=lab.id))
    return 0
