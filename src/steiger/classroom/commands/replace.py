"""classroom replace: a fresh machine in place of a broken one."""

import argparse

from steiger import render
from steiger.classroom import calls
from steiger.i18n import _


def run(args: argparse.Namespace) -> int:
    """Make the student a new machine at the same address, and keep the old one, stopped."""
    place = calls.folder(args.name)
    student = calls.student(place, args.student)
    calls.play("machines", place, {"classroom_replace": [student.id]})
    render.line(
        _("{id} has a fresh machine at the same address. The old one is stopped; incus list shows it as kept-…").format(
            id=student.id
        )
    )
    return 0
