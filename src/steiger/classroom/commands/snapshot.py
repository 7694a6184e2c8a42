"""classroom snapshot: keep all machines of a class as they are now."""

import argparse

from steiger import render
from steiger.classroom import calls
from steiger.i18n import _


def run(args: argparse.Namespace) -> int:
    """Take a snapshot of every machine, or drop it."""
    place = calls.folder(args.name)
    state = "absent" if args.drop else "taken"
    variables = {"classroom_snapshot": args.snapshot, "classroom_snapshot_state": state, "classroom_snapshot_of": []}
    for line in calls.play("snapshots", place, variables).said:
        render.line(line)
    if not args.drop:
        render.line(_("To put it back: ./classroom restore {name} {snapshot} --all").format(**vars(args)))
    return 0
