"""lab doctor: what a helper would look at first."""

import argparse
import json
from dataclasses import asdict

from steiger import machine, render
from steiger.catalogue import load_all
from steiger.engine import Engine
from steiger.i18n import _
from steiger.paths import catalogue_dir


def run(args: argparse.Namespace) -> int:
    """Print each probe; 0 when all is well, else 2."""
    probes = machine.diagnose(Engine(), load_all(catalogue_dir()))
    healthy = all(probe.good for probe in probes)
    if args.json:
        print(json.dumps([asdict(probe) for probe in probes], indent=1, ensure_ascii=False))
    else:
        for probe in probes:
            render.line(f" {'✔' if probe.good else '✘'} {probe.name}: {probe.says}", "" if probe.good else "red")
        render.line(
            _("This machine is fit for the labs.") if healthy else _("Something is wrong with this machine; see above.")
        )
    return 0 if healthy else 2
