"""lab verify: the proof of labs, on clones of a provisioned instance or on this machine."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from steiger import clones, proof, render
from steiger.catalogue import Lab, load_all, load_one
from steiger.errors import SteigerError
from steiger.i18n import _, language
from steiger.lint import problems
from steiger.paths import catalogue_dir


def run(args: argparse.Namespace) -> int:
    """Prove labs; 0 when none of them is ever wrong, else 1."""
    labs = _chosen(args)
    golden = "" if args.here else clones.golden_instance(args.clone_of or "")
    reports = [_prove(lab, golden) for lab in labs]
    if args.json == "-":
        print(json.dumps(reports, indent=1, ensure_ascii=False))
    else:
        _show(reports)
        if args.json:
            Path(args.json).write_text(json.dumps(reports, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if args.report:
        Path(args.report).write_text(markdown(reports), encoding="utf-8")
    return 0 if all(report["proven"] for report in reports) else 1


def _chosen(args: argparse.Namespace) -> list[Lab]:
    if not args.labs and not args.all:
        raise SteigerError(_("which lab? name it, or say --all"))
    names = args.labs or sorted(path.parent.name for path in catalogue_dir().glob("*/lab.yml"))
    faults = [
        fault for name in names if (catalogue_dir() / name).is_dir() for fault in problems(catalogue_dir() / name)
    ]
    if len(faults) > 1:
        for fault in faults:
            print(f"✘ {fault}", file=sys.stderr)
        raise SteigerError(_("{count} faults; nothing was proven").format(count=len(faults)))
    if faults:
        raise SteigerError(faults[0])
    return load_all(catalogue_dir()) if args.all else [load_one(catalogue_dir(), name) for name in names]


def _prove(lab: Lab, golden: str) -> dict[str, Any]:
    total = 0 if golden else proof.steps(lab)
    done = 0

    def say(shown: str, seconds: float) -> None:
        nonlocal done
        done += 1
        print(f"[{done:2}/{total}] {lab.id}: {shown} ({seconds:.1f} s)", file=sys.stderr, flush=True)

    if not golden:
        return proof.prove(lab, say).as_json()
    with clones.clone(golden, lab.id) as name:
        return clones.prove_in(name, lab.id, language(), lambda line: print(line, file=sys.stderr, flush=True))


_COLUMNS = ("tasks", "findings", "solutions", "attempts", "grades")


def _show(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        for kind in ("wrong_passes", "wrong_fails", "problems"):
            for fault in report[kind]:
                render.line(f"✘ {report['lab']}: {fault}", "red")
    rows = [
        (
            report["lab"],
            *(str(report[column]) for column in _COLUMNS),
            str(len(report["wrong_passes"])),
            str(len(report["wrong_fails"])),
            str(len(report["problems"])),
            f"{report['seconds']:.0f}",
        )
        for report in reports
    ]
    headings = (_("lab"), _("tasks"), _("findings"), _("solutions"), _("attempts"), _("gradings"),
                _("wrong passes"), _("wrong fails"), _("other faults"), _("seconds"))  # fmt: skip
    render.table(headings, rows, right=range(1, len(headings)))


def markdown(reports: list[dict[str, Any]]) -> str:
    """Return the reports as a table in Markdown, for the docs."""
    lines = [
        "| lab | tasks | findings | solutions | attempts | gradings | wrong passes | wrong fails | other faults | seconds |",
        "| --- " + "| ---: " * 9 + "|",
    ]
    for report in reports:
        counts = [len(report[kind]) for kind in ("wrong_passes", "wrong_fails", "problems")]
        cells = [report["lab"], *(report[column] for column in _COLUMNS), *counts, round(report["seconds"])]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"
