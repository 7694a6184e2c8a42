"""lab check: the truth of this moment."""

import argparse
import json

from steiger import lifecycle, progress, render
from steiger.catalogue import Lab
from steiger.commands._common import chosen_lab, graded, show
from steiger.grader import Outcome, as_json
from steiger.i18n import _, language


def run(args: argparse.Namespace) -> int:
    """Check a lab; 0 when all of it is right, else 1."""
    lab = chosen_lab(args.lab)
    bench = lifecycle.bench(lab)
    outcomes = list(graded(lab, bench))
    values = dict(bench.values)
    _remember(lab, outcomes)
    passed = sum(outcome.passed for outcome in outcomes)
    if args.json:
        data = as_json(lab, progress.student(), outcomes, language(), values)
        print(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        show(outcomes, values)
        render.line()
        if passed == len(outcomes):
            render.line(
                _("All {total} tasks are right. Take the lab away with: lab finish {lab}").format(
                    total=passed, lab=lab.id
                ),
                "bold green",
            )
        else:
            render.line(
                _("{passed} of {total} tasks are right. Help with the first that is not: lab hint").format(
                    passed=passed, total=len(outcomes)
                ),
                "bold",
            )
    return 0 if passed == len(outcomes) else 1


def _remember(lab: Lab, outcomes: list[Outcome]) -> None:
    known = progress.read(lab.id)
    known.passed = [outcome.task.id for outcome in outcomes if outcome.passed]
    known.checks += 1
    known.last_check = progress.now()
    if len(known.passed) == len(outcomes) and not known.done and not known.solved_for_you:
        known.done = known.last_check
    progress.write(lab.id, known)
