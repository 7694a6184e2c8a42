"""lab start: put the machine in a lab's start state."""

import argparse

from steiger import lifecycle, progress, render
from steiger.catalogue import load_one
from steiger.i18n import _, language
from steiger.paths import catalogue_dir, work_dir


def run(args: argparse.Namespace) -> int:
    """Start a lab and say what to do next."""
    lab = load_one(catalogue_dir(), args.lab)
    with render.working(_("making the start state of {lab}").format(lab=lab.id)):
        moved = lifecycle.start(lab)
    if moved == "already":
        render.line(
            _("{lab} was started before; nothing is changed. Start afresh with: lab reset {lab}").format(lab=lab.id)
        )
    elif moved:
        render.line(_("Your own folder was in the way; it is now {path}").format(path=moved))
    earlier = [name for name in lab.requires if not progress.read(name).done]
    if earlier:
        render.line(
            _("This lab builds on {labs}, which you have not done yet. You can go on; it may be harder.").format(
                labs=", ".join(earlier)
            ),
            "yellow",
        )
    render.line(f"{lab.title.in_(language())}: {lab.summary.in_(language())}", "bold")
    render.line(_("Folder: {path}").format(path=work_dir(lab.id)))
    render.line(_("Read:   lab guide {lab}").format(lab=lab.id))
    render.line(_("Check:  lab check {lab}").format(lab=lab.id))
    return 0
