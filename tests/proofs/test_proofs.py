"""Every lab's checks are right: its proof, on a clone of the machine that STEIGER_GOLDEN names, with no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / ".steiger" / "proofs"
LABS = sorted(file.parent.name for file in ROOT.glob("labs/*/lab.yml"))


@pytest.mark.parametrize("lab", LABS)
def test_the_proof_of_the_lab_holds(lab: str) -> None:
    report = REPORTS / f"{lab}.json"
    REPORTS.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "steiger", "verify", lab, "--json", str(report)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False)
    assert report.exists(), f"lab verify {lab} broke off with exit status {done.returncode}"
    (proof,) = json.loads(report.read_text("utf-8"))
    assert proof["attempts"] > 0
    assert proof["solutions"] >= 2
    assert proof["wrong_passes"] == []
    assert proof["wrong_fails"] == []
    assert proof["problems"] == []
    assert done.returncode == 0
