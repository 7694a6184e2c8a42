"""Tests of tools/packages, which installs what is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

PROGRAM = Path(__file__).parents[3] / "tools" / "packages"


def run(folder: Path, *names: str, known: str = "") -> subprocess.CompletedProcess[str]:
    """Run it with a dpkg-query that knows one package, and an apt-get that fails."""
    for program, script in {"dpkg-query": f'[ "$4" = "{known}" ] && echo installed', "apt-get": "exit 100"}.items():
        (folder / program).write_text(f"#!/bin/sh\n{script}\n")
        (folder / program).chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    return subprocess.run([PROGRAM, *names], env=environment, capture_output=True, text=True, check=False)


def test_what_is_there_is_not_installed_again(tmp_path: Path) -> None:
    done = run(tmp_path, "python3", known="python3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_cannot_be_installed_ends_with_2(tmp_path: Path) -> None:
    done = run(tmp_path, "python3", "curl", known="python3")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("These packages could not be installed: curl. ")
