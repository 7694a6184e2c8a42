"""Tests of tools/counting.py: the counts must be the truth, also with xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent.parent
TESTS = """
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.fixture
def broken(): raise RuntimeError
def test_broken(broken): pass
@pytest.mark.skip
def test_skipped(): pass
"""


@pytest.mark.parametrize("words", [[], ["-n", "2"]])
def test_every_outcome_is_counted_once(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS, "utf-8")
    count = tmp_path / "count"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), "PYTEST_PLUGINS": "counting", "STEIGER_COUNT": str(count)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=False)
    outcomes = sorted(line.split()[0] for line in count.read_text("utf-8").splitlines())
    assert outcomes == ["failed", "failed", "passed", "skipped"]
