"""classroom restore: a snapshot of machines put back."""

import argparse

from steiger import render
from steiger.classroom import calls
from steiger.errors import SteigerError
from steiger.i18n import _


def run(args: argparse.Namespace) -> int:
    """Put the snapshot back on the machines of some students, or of all."""
    place = calls.folder(args.name)
    if bool(args.students) == args.all:
        raise SteigerError(_("name the students, or say --all"))
    students = [calls.student(place, each).id for each in args.students]
    variables = {
        "classroom_snapshot": args.snapshot,
        "classroom_snapshot_state": "restored",
        "classroom_snapshot_of": students,
    }
    for line in calls.play("snapshots", place, variables).said:
        render.line(line)
    return 0
