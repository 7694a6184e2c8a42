"""classroom remove: the machines of a class, and when asked for what made the server one."""

import argparse

from steiger import render
from steiger.classroom import calls
from steiger.i18n import _


def run(args: argparse.Namespace) -> int:
    """Remove them, after a question."""
    place = calls.folder(args.name)
    if not args.yes:
        calls.confirm(_("Remove all machines of {name}, with what students made there?").format(name=args.name))
    said = calls.play("remove_class", place, {}).said
    if args.server:
        said += calls.play("remove_server", place, {}).said
    for line in said:
        render.line(line)
    render.line(_("Done. The roster, the class's keys and the results are still there."))
    return 0
