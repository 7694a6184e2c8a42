"""lab list: the labs, in the order of the course."""

import argparse
import json

from steiger import progress, render, waiting
from steiger.catalogue import Lab, load_all
from steiger.i18n import _, language
from steiger.paths import catalogue_dir
from steiger.progress import Progress


def run(args: argparse.Namespace) -> int:
    """Print the labs with what is done of them."""
    labs = load_all(catalogue_dir())
    known = {lab.id: progress.read(lab.id) for lab in labs}
    parts = waiting.read()
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
                "waits": [{"kind": part.kind, "name": part.root, "why": part.why} for part in waiting.of(lab, parts)],
            }
            for lab in labs
        ], indent=1, ensure_ascii=False))  # fmt: skip
        return 0
    rows = []
    for place, lab in enumerate(labs, 1):
        mine = known[lab.id]
        state = _("done") if mine.done else f"{len(mine.passed)}/{len(lab.tasks)}" if mine.phase else ""
        after = ", ".join(lab.requires)
        rows.append(
            (str(place), lab.id, lab.title.in_(language()), str(lab.minutes), str(len(lab.tasks)), after, state)
        )
    headings = ("", _("lab"), _("title"), _("minutes"), _("tasks"), _("after"), _("you"))
    render.table(headings, rows, right=(0, 3, 4))
    render.line()
    for line in waiting.summary(labs, parts):
        render.line(line, "yellow")
    to_do = [lab for lab in labs if not known[lab.id].done]
    if not labs:
        render.line(_("There are no labs here."))
    elif not to_do:
        render.line(_("All {count} labs are done.").format(count=len(labs)))
    else:
        render.line(
            _("Done: {done} of {count} labs. What is left takes about {hours}:{minutes:02} hours.").format(
                done=len(labs) - len(to_do),
                count=len(labs),
                hours=sum(lab.minutes for lab in to_do) // 60,
                minutes=sum(lab.minutes for lab in to_do) % 60,
            )
        )
        render.line(_("Next: lab start {lab}").format(lab=_next(to_do, known, parts)))
    return 0


def _next(to_do: list[Lab], known: dict[str, Progress], parts: list[waiting.Part]) -> str:
    """Return the first lab that is begun, else the first whose earlier labs are done and that waits for nothing."""
    left = {lab.id for lab in to_do}
    to_do = [lab for lab in to_do if known[lab.id].phase or not waiting.of(lab, parts)] or to_do
    begun = [lab for lab in to_do if known[lab.id].phase]
    ready = [lab for lab in to_do if left.isdisjoint(lab.requires)]
    return (begun or ready or to_do)[0].id
