"""classroom grade: the checks of labs on every machine of a class."""

import argparse
import time

from steiger import render
from steiger.catalogue import load_one
from steiger.classroom import calls
from steiger.errors import SteigerError
from steiger.i18n import _, language
from steiger.paths import catalogue_dir

SHORTEST = 5


def run(args: argparse.Namespace) -> int:
    """Grade once, or again and again."""
    place = calls.folder(args.name)
    for lab in args.labs:
        load_one(catalogue_dir(), lab)
    pause = _seconds(args.watch) if args.watch else 0
    variables = {"grade_labs": args.labs, "grade_language": language(), "grade_refresh": pause}
    while True:
        began = time.monotonic()
        for line in calls.play("grade", place, variables).said:
            render.line(line)
        if not pause:
            return 0
        time.sleep(max(1.0, began + pause - time.monotonic()))


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) < SHORTEST:
        raise SteigerError(_("--watch takes a number of seconds, {shortest} or more").format(shortest=SHORTEST))
    return int(text)
