"""classroom reset: labs of a student back to their start."""

import argparse

from steiger import render
from steiger.catalogue import load_one
from steiger.classroom import calls, grading, letters, remote
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import catalogue_dir
from steiger.text import harmless

SECONDS = 300


def run(args: argparse.Namespace) -> int:
    """Have the student's machine do what `lab reset` does there."""
    place = calls.folder(args.name)
    machine = calls.machine(place, args.student)
    if not args.labs:
        raise SteigerError(_("name the lab: ./classroom reset {name} {student} LAB").format(**vars(args)))
    for lab_id in args.labs:
        lab = load_one(catalogue_dir(), lab_id)
        words = [*grading.ssh(place, machine), f"runuser -l {letters.ACCOUNT} -c 'lab reset {lab.id}'"]
        ended = remote.run(words, SECONDS)
        if remote.too_large(ended):
            raise SteigerError(
                _("{lab} of {id} is not reset: it answered with more than 1 MB").format(lab=lab.id, id=args.student)
            )
        if ended.status is None:
            raise SteigerError(
                _("the machine of {id} was not done within {seconds} s").format(id=args.student, seconds=SECONDS)
            )
        lines = (ended.errors.strip() or ended.output.strip()).decode(errors="replace").splitlines()
        said = harmless(lines[-1:])
        if ended.status:
            raise SteigerError(_("{lab} of {id} is not reset: {why}").format(lab=lab.id, id=args.student, why=said))
        render.line(_("{lab} of {id} is back at its start").format(lab=lab.id, id=args.student))
    return 0
