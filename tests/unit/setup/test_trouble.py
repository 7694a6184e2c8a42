"""Tests of tools/trouble.sh: what ./setup says of a failure, with Python and without."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def say(function: str, said: str, folder: Path, earlier: str = "", lang: str = "en") -> str:
    """Return what a function of tools/trouble.sh says of a text."""
    (folder / "said").write_text(said, encoding="utf-8")
    (folder / "earlier").write_text(earlier, encoding="utf-8")
    (folder / "house").symlink_to(ROOT)
    tell = "eval \"$(sed -n '/^tell() /,/^}/p' setup)\""  # the real one
    script = f"set -euo pipefail; shopt -s inherit_errexit; {tell}; . tools/trouble.sh; {function} {folder}/said"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "work": str(folder), "lang": lang},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


FETCH = "W: Failed to fetch http://anna:geheim@nosuch.invalid/debian/dists/trixie/InRelease  Temporary failure resolving 'nosuch.invalid'\n"


@pytest.mark.parametrize(
    ("said", "earlier", "line"),
    [
        ("Reading...\nE: first\nE: last\nmore\n", "", "E: last\n"),
        ("one\ntwo\n\n", "", "two\n"),
        ("", "", "\n"),
        ("E: Unable to locate package less\n", "Hit:1 x\n", "E: Unable to locate package less\n"),
        ("E: dpkg was interrupted\n", FETCH, "E: dpkg was interrupted\n"),
        (
            "E: Failed to fetch http://anna:geheim@127.0.0.1:9/x  403  Forbidden\n",
            "",
            "E: Failed to fetch http://127.0.0.1:9/x  403  Forbidden\n",
        ),
    ],
)
def test_without_python_apt_speaks_for_itself(tmp_path: Path, said: str, earlier: str, line: str) -> None:
    assert say("say_own_words", said, tmp_path, earlier) == line


@pytest.mark.parametrize(("lang", "begins"), [("en", "The network does not answer"), ("nl", "Het netwerk geeft geen")])
def test_without_python_a_name_is_looked_up_before_the_network_is_blamed(
    tmp_path: Path, lang: str, begins: str
) -> None:
    line = say("say_own_words", "E: Unable to locate package less\n", tmp_path, FETCH, lang)
    assert line.startswith(begins)
    assert "nosuch.invalid" in line
    assert "geheim" not in line


def test_a_name_that_is_found_is_not_blamed(tmp_path: Path) -> None:
    there = FETCH.replace("nosuch.invalid", "127.0.0.1")
    line = say("say_own_words", "E: Unable to locate package less\n", tmp_path, there)
    assert line.startswith("W: Failed to fetch http://127.0.0.1/debian/dists/trixie/InRelease")


def test_with_python_the_table_speaks(tmp_path: Path) -> None:
    held = "The following held packages will be changed:\n  less\nE: Held packages were changed\n"
    line = say("explain", held, tmp_path, lang="nl")
    assert line == "apt-mark houdt less vast. Als root: apt-mark unhold less; draai daarna ./setup opnieuw.\n"
