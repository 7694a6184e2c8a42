"""What ./setup looks at before it says "Ready": that it works for the one who will use it, and which labs wait.

It runs as that user. Exit status: 0 all is well; 3 it works, and some labs wait for a part or something could
not be tried; anything else: it does not work. With 2 and 3 the last line on standard output says why.
"""

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from steiger import i18n, registry, trial, waiting
from steiger.catalogue import Lab, load_all
from steiger.doctor import access, command
from steiger.engine import Engine, Json
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import catalogue_dir
from steiger.text import harmless
from steiger.trial import Probe

WORKS, BROKEN, WAITS = 0, 2, 3
# A machine at the end of its set-up is busy; what takes longer is broken.
SECONDS = 20.0
WHY_LIMIT = 300


def main(argv: Sequence[str] | None = None) -> int:
    """Look, print what there is to say, and return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lang", choices=i18n.LANGUAGES, default=i18n.preferred_language(os.environ))
    i18n.use(parser.parse_args(argv).lang)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        labs = load_all(catalogue_dir())
        probes = looked(Engine(timeout=SECONDS), labs)
        lines = waiting.summary(labs, waiting.read())
    except SteigerError as error:
        print(error)
        return BROKEN
    fit = trial.verdict(probes)
    if fit is False:
        wrong = next(probe for probe in probes if probe.good is False)
        print(f"{wrong.name}: {wrong.says}" + (f"; {wrong.cure}" if wrong.cure else ""))
        return BROKEN
    if fit is None:
        lines.insert(0, trial.untried(probes))
    for line in lines:
        print(line)
    return WAITS if lines else WORKS


def looked(engine: Engine, labs: Sequence[Lab]) -> list[Probe]:
    """Return what was found, in the order in which things depend on each other; nothing of it stays."""
    there, info = access.probe(engine)
    if not there.good:
        return [there]
    with ThreadPoolExecutor() as pool:
        tries = pool.submit(trial.tried, engine)
        docker = pool.submit(command.probe, engine, info)
        listed = pool.submit(lab_list)
        return [there, docker.result(), mirror(engine, info, labs), *tries.result(), listed.result()]


def mirror(engine: Engine, info: Json, labs: Sequence[Lab]) -> Probe:
    """Return whether the registry mirror gives an image; a machine may do without a mirror."""
    name = _("Registry mirror")
    address = engine.mirror()
    if not any(address in url for url in registry.mirrors(info)):
        return Probe(name, True, _("there is none"))
    if not registry.answers(address):
        return Probe(name, False, _("{address} does not answer").format(address=address), _("run ./setup again"))
    waited = {part.name for part in waiting.read() if not part.old}
    wanted = sorted({image for lab in labs for image in lab.needs.images if waiting.short(image) not in waited})
    if wanted and registry.lacking(address, wanted) == wanted:
        says = _("{address} lacks {images}").format(address=address, images=", ".join(wanted))
        return Probe(name, False, says, _("run ./setup again"))
    return Probe(name, True, address)


def lab_list() -> Probe:
    """Return whether `lab list` runs."""
    name = "lab list"
    try:
        done = subprocess.run(
            ["lab", "list"], capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Probe(name, False, harmless(error, WHY_LIMIT))
    said = done.stderr.strip().splitlines() or [""]
    return Probe(name, done.returncode == 0, harmless(said[-1], WHY_LIMIT))
