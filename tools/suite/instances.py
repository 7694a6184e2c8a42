"""The Incus instances of runs of the tests: none outlives its run for long."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tools.suite import jobs as suite_jobs
from tools.suite.runner import RUN, RUN_KEY


def abandoned(run: str) -> bool:
    """Tell whether a run, as instances bear it, was of this checkout and is over."""
    checkout, _, process = run.rpartition(" ")
    return checkout == str(suite_jobs.ROOT) and process.isdecimal() and not Path("/proc", process).exists()


def delete_instances(*, of_this_run: bool) -> None:
    """Delete the Incus instances of this run, or those that earlier runs from this checkout left behind."""
    if not shutil.which("incus"):
        return
    listing = subprocess.run(["incus", "list", "--format", "json"], capture_output=True, text=True, check=False).stdout
    # One that comes or goes at this moment has no configuration.
    runs = {each["name"]: (each["config"] or {}).get(RUN_KEY, "") for each in json.loads(listing or "[]")}
    names = [name for name, run in runs.items() if (run == RUN if of_this_run else abandoned(run))]
    if names:
        subprocess.run(["incus", "delete", "--force", *names], capture_output=True, check=False)
