"""lab finish: take a lab away."""

import argparse

from steiger import lifecycle, render
from steiger.commands._common import chosen_lab, say_kept
from steiger.i18n import _


def run(args: argparse.Namespace) -> int:
    """Finish a lab: nothing of it stays but the student's own changed files."""
    lab = chosen_lab(args.lab)
    with render.working(_("taking {lab} away").format(lab=lab.id)):
        kept = lifecycle.finish(lab)
    say_kept(kept)
    render.line(_("{lab} is taken away. On to the next: lab list").format(lab=lab.id))
    return 0
