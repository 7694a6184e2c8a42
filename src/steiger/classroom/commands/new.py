"""classroom new: the folder of a new class."""

import argparse
import shutil

from steiger import render
from steiger.classroom import calls, roster
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import classes_dir


def run(args: argparse.Namespace) -> int:
    """Copy the example, and say what to fill in."""
    place = classes_dir() / roster.class_name(classes_dir() / args.name)
    if place.exists():
        raise SteigerError(_("{path} is there already").format(path=place))
    shutil.copytree(calls.EXAMPLE, place)
    render.line(_("{path} is made. Fill in:").format(path=place))
    render.line(_("  roster.csv          the students, as a spreadsheet saves them"))
    render.line(_("  hosts.yml           the server; as it is: this machine"))
    render.line(_("  group_vars/all.yml  the language, and what a machine may use"))
    render.line(_("Then: ./classroom make {name}").format(name=place.name))
    return 0
