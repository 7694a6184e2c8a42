"""classroom list: the students, and how each gets in."""

import argparse

from steiger import render
from steiger.classroom import calls, letters, machines, roster
from steiger.i18n import _


def run(args: argparse.Namespace) -> int:
    """Print a line for each student."""
    place = calls.folder(args.name)
    known = machines.read(place)
    rows = [
        (each.id, each.name, each.group, letters.ssh_line(known[each.id]) if each.id in known else _("no machine yet"))
        for each in roster.read(place / roster.ROSTER)
    ]
    render.table((_("id"), _("name"), _("group"), _("how to get in")), rows)
    return 0
