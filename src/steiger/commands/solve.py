"""lab solve: a solution, shown and run from the start state on."""

import argparse
import subprocess

from steiger import lifecycle, progress, render, values
from steiger.commands._common import chosen_lab, say_kept
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import work_dir
from steiger.reading import page
from steiger.surroundings import surroundings


def run(args: argparse.Namespace) -> int:
    """Show the solution, and unless --show is given reset the lab and run it."""
    lab = chosen_lab(args.lab)
    solution = next(iter(lab.solutions()), None)
    if solution is None:
        raise SteigerError(_("{path}: missing").format(path=lab.folder / "solution.sh"))
    mine = values.environment(lifecycle.lab_values(lab, Engine()), "LAB")
    for name, value in mine.items():
        render.line(f"{name}={value}")
    page.show(f"```bash\n{solution.read_text(encoding='utf-8')}```\n")
    if args.show:
        return 0
    lifecycle.require_started(lab)
    say_kept(lifecycle.reset(lab))
    done = subprocess.run(
        ["bash", "-eu", str(solution)],
        cwd=work_dir(lab.id),
        env={**surroundings(), **mine},
        check=False,
    )
    known = progress.read(lab.id)
    known.solved_for_you = True
    progress.write(lab.id, known)
    if done.returncode:
        raise SteigerError(
            _("the solution of {lab} ended with status {status}; please report it").format(
                lab=lab.id, status=done.returncode
            )
        )
    render.line(
        _("Solved for you. Look around, see: lab check {lab}; then do it yourself: lab reset {lab}").format(lab=lab.id)
    )
    return 0
