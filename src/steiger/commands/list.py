"""lab list: the labs, in the order of the course."""

import argparse
import json

from steiger import progress, render
from steiger.catalogue import load_all
from steiger.i18n import _, language
from steiger.paths import catalogue_dir


def run(args: argparse.Namespace) -> int:
    """Print the labs with what is done of them."""
    labs = load_all(catalogue_dir())
    known = {lab.id: progress.read(lab.id) for lab in labs}
    if args.json:
        print(json.dumps([
            {
                "id": lab.id,
                "title": lab.title.in_(language()),
                "summary": lab.summary.in_(language()),
                "level": lab.level,
                "minutes": lab.minutes,
                "tasks": len(lab.tasks),
                "points": lab.points,
                "requires": list(lab.requires),
                "phase": known[lab.id].phase,
                "done": bool(known[lab.id].done),
            }
            for lab in labs
        ], indent=1, ensure_ascii=False))  # fmt: skip
        return 0
    rows = []
    for lab in labs:
        mine = known[lab.id]
        state = _("done") if mine.done else f"{len(mine.passed)}/{len(lab.tasks)}" if mine.phase else ""
        rows.append((lab.id, lab.title.in_(language()), str(lab.minutes), str(len(lab.tasks)), state))
    render.table((_("lab"), _("title"), _("minutes"), _("tasks"), _("you")), rows, right=(2, 3))
    render.line()
    render.line(_("Begin with: lab start {lab}").format(lab=_next(labs, known)))
    return 0


def _next(labs: list, known: dict) -> str:  # type: ignore[type-arg]
    return next((lab.id for lab in labs if not known[lab.id].done), labs[0].id if labs else "LAB")
