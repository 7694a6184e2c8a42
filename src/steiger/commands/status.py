"""lab status: how far the student is, from the last checks."""

import argparse
import json

from steiger import progress, render
from steiger.catalogue import load_all
from steiger.i18n import _, language
from steiger.paths import catalogue_dir


def run(args: argparse.Namespace) -> int:
    """Print the progress of every lab that was begun."""
    known = {lab.id: (lab, progress.read(lab.id)) for lab in load_all(catalogue_dir())}
    if args.json:
        labs = {lab_id: progress.public(mine) for lab_id, (_lab, mine) in known.items()}
        print(json.dumps({"student": progress.student(), "current": progress.current(), "labs": labs}, indent=1))
        return 0
    rows = []
    for lab_id, (lab, mine) in known.items():
        if not (mine.phase or mine.done):
            continue
        state = _("busy") if mine.phase else _("finished")
        rows.append(
            (
                lab_id,
                lab.title.in_(language()),
                state,
                f"{len(mine.passed)}/{len(lab.tasks)}",
                mine.last_check[:16].replace("T", " "),
                mine.done[:10],
            )
        )
    if rows:
        render.table((_("lab"), _("title"), _("state"), _("right"), _("last check (UTC)"), _("done")), rows)
    else:
        render.line(_("No lab was started yet. See: lab list"))
    return 0
