"""Tests of tools/as-root: the settings reach the command, and nobody else."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
# Like sudo and sudo-rs 0.2.5: a new environment, no --preserve-env; it notes the words that a process list would show.
SUDO = """#!/bin/bash
printf '%s\\n' "$*" >"{folder}/words"
[[ $1 == -- ]] || exit 64
exec env -i PATH="$PATH" SUDO_USER=anna "${{@:2}}"
"""


def run(folder: Path, *command: str, **environment: str) -> str:
    """Return what a command prints that an ordinary user runs through tools/as-root."""
    folder.chmod(0o777)
    (folder / "sudo").write_text(SUDO.format(folder=folder))
    (folder / "sudo").chmod(0o755)
    copy = folder / "as-root"
    copy.write_bytes((ROOT / "tools" / "as-root").read_bytes())
    copy.chmod(0o755)
    # The tests may run as root.
    user = ["setpriv", "--reuid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*user, str(copy), *command],
        env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that another user gets to as well."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_the_settings_come_through_and_no_process_list_shows_them(open_folder: Path) -> None:
    address = "http://anna:ge 'heim\"$(false)\n\\@proxy.example:3128"
    said = run(
        open_folder, "env", "-0", https_proxy=address, PIP_INDEX_URL=address, STEIGER_SESSION_GROUPS="a b", LANG="nl"
    )
    got = dict(line.split("=", 1) for line in said.split("\0") if line)
    assert got["https_proxy"] == got["PIP_INDEX_URL"] == address
    assert got["STEIGER_SESSION_GROUPS"] == "a b"
    assert got["LANG"] == "nl"
    assert got["SUDO_USER"] == "anna"
    assert "heim" not in (open_folder / "words").read_text()


def test_what_is_no_such_setting_stays_behind(open_folder: Path) -> None:
    said = run(open_folder, "env", ANSIBLE_STRATEGY="bogus", PYTHONPATH="/x", DOCKER_HOST="tcp://x", OTHER="y")
    assert not {"ANSIBLE_STRATEGY", "PYTHONPATH", "DOCKER_HOST", "OTHER"} & {
        line.split("=")[0] for line in said.split()
    }


def test_the_words_arrive_as_they_are_and_the_command_reads_nothing(open_folder: Path) -> None:
    script = 'printf "%s|" "$@"; cat'
    assert run(open_folder, "bash", "-c", script, "x", "a b", "", "$HOME", "'") == "a b||$HOME|'|"


def test_pips_own_file_comes_along(open_folder: Path) -> None:
    (open_folder / ".config" / "pip").mkdir(parents=True)
    (open_folder / ".config" / "pip" / "pip.conf").touch()
    said = run(open_folder, "env")
    assert f"PIP_CONFIG_FILE={open_folder}/.config/pip/pip.conf" in said.splitlines()
    assert "PIP_CONFIG_FILE=/mine" in run(open_folder, "env", PIP_CONFIG_FILE="/mine").splitlines()
