"""lab doctor: what a helper would look at first, tried where it can be."""

import argparse
import json
from dataclasses import asdict

from steiger import render, trial
from steiger.catalogue import load_all
from steiger.doctor import diagnosis
from steiger.engine import Engine
from steiger.i18n import _
from steiger.paths import catalogue_dir
from steiger.trial import Probe

_MARKS = {True: "✔", False: "✘", None: "–"}


def run(args: argparse.Namespace) -> int:
    """Print each probe; 0 when all is well, 2 when something is wrong or could not be tried."""
    labs = load_all(catalogue_dir())
    with render.working(_("trying this machine")):
        probes = diagnosis.diagnose(Engine(timeout=diagnosis.ENGINE_SECONDS), labs)
    fit = trial.verdict(probes)
    if args.json:
        print(json.dumps([asdict(probe) for probe in probes], indent=1, ensure_ascii=False))
    else:
        for probe in probes:
            _show(probe)
        render.line(_verdict(fit, probes))
    return 0 if fit else 2


def _verdict(fit: bool | None, probes: list[Probe]) -> str:
    if fit is None:
        return trial.untried(probes)
    return _("This machine is fit for the labs.") if fit else _("Something is wrong with this machine; see above.")


def _show(probe: Probe) -> None:
    render.line(f" {_MARKS[probe.good]} {probe.name}: {probe.says}", "red" if probe.good is False else "")
    if probe.cure:
        render.line(f"   → {probe.cure}")
