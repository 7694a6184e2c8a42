"""classroom reset: labs of a student back to their start."""

import argparse
import subprocess

from steiger import render
from steiger.catalogue import load_one
from steiger.classroom import calls, grading, letters
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
        words = ["ssh", *grading.ssh(place, machine), f"runuser -l {letters.ACCOUNT} -c 'lab reset {lab.id}'"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise SteigerError(_("the machine of {id} does not answer").format(id=args.student)) from None
        said = harmless((done.stderr.strip() or done.stdout.strip()).splitlines()[-1:])
        if done.returncode:
            raise SteigerError(_("{lab} of {id} is not reset: {why}").format(lab=lab.id, id=args.student, why=said))
        render.line(_("{lab} of {id} is back at its start").format(lab=lab.id, id=args.student))
    return 0
