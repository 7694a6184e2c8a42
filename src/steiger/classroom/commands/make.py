"""classroom make: the server, the golden image, and a machine for every student."""

import argparse
import time

from steiger import render
from steiger.classroom import calls, roster
from steiger.i18n import _
from steiger.paths import ROOT


def run(args: argparse.Namespace) -> int:
    """Run the playbook of the class, and say how students get in."""
    place = calls.folder(args.name)
    count = len(roster.read(place / roster.ROSTER))
    started = time.monotonic()
    variables = {"classroom_others": "remove" if args.remove_others else "keep"}
    played = calls.play("classroom", place, variables, check=args.check)
    seconds = time.monotonic() - started
    render.line()
    for line in played.said:
        render.line(line)
    render.line()
    if args.check:
        render.line(_("That is what would be done; nothing was changed."))
        return 0
    render.line(_("Machines ready: {count}, after {seconds:.0f} s.").format(count=count, seconds=seconds))
    render.line(_("The letters, with the keys that were made: {path}").format(path=ROOT / "handout" / args.name))
    render.line(_("What to do next: ./classroom grade {name} --watch").format(name=args.name))
    return 0
