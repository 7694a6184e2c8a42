"""lab new: the folder of a new lab, small but whole: it passes its own proof."""

import argparse
import re
import shutil
from pathlib import Path

from steiger import render
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import catalogue_dir

TEMPLATE = Path(__file__).parents[1] / "template"
_ID = re.compile(r"[a-z][a-z0-9-]{1,30}")


def run(args: argparse.Namespace) -> int:
    """Copy the template under the lab's id."""
    lab_id = args.lab
    if not _ID.fullmatch(lab_id):
        raise SteigerError(
            _("a lab's id is lower case letters, digits and dashes, 2 to 31 of them, and begins with a letter")
        )
    folder = catalogue_dir() / lab_id
    if folder.exists():
        raise SteigerError(_("{path} is there already").format(path=folder))
    fresh = folder.with_name(f".{lab_id}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(TEMPLATE, fresh)
        definition = fresh / "lab.yml"
        definition.write_text(definition.read_text(encoding="utf-8").replace("TEMPLATE-ID", lab_id), encoding="utf-8")
        fresh.rename(folder)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise SteigerError(_("cannot write {path}: {why}").format(path=folder, why=error.strerror)) from error
    render.line(
        _("Made {path}. Fill it in, then prove it on a throw-away machine: bin/lab verify {lab} --here").format(
            path=folder, lab=lab_id
        )
    )
    return 0
