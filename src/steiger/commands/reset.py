"""lab reset: back to the start state."""

import argparse

from steiger import lifecycle, render
from steiger.commands._common import chosen_lab, say_kept
from steiger.i18n import _


def run(args: argparse.Namespace) -> int:
    """Reset a lab."""
    lab = chosen_lab(args.lab)
    with render.working(_("bringing {lab} back to its start").format(lab=lab.id)):
        kept = lifecycle.reset(lab)
    say_kept(kept)
    render.line(_("{lab} is back at its start").format(lab=lab.id))
    return 0
