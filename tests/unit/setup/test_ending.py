"""Tests of how ./setup ends when something failed: the cause in one line, and where the rest is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def ended(folder: Path, script: str, lang: str = "en") -> tuple[int, str]:
    """Return the exit status and what is said on standard error, when ./setup does this in place of its work."""
    lines = (ROOT / "setup").read_text(encoding="utf-8").splitlines()
    assert lines.pop() == 'main "$@"'
    (folder / "setup").write_text("\n".join(lines), encoding="utf-8")
    (folder / "tools").symlink_to(ROOT / "tools")
    work = folder / "work"
    (work / "notes").mkdir(parents=True)
    (work / "house").symlink_to(ROOT)
    (folder / "log").write_text("said\n", encoding="utf-8")
    begin = f"opt={folder}/opt work={work} log={folder}/log lang={lang}; say_blocked() {{ return 1; }}; trap tidy EXIT;"
    done = subprocess.run(
        ["bash", "-c", f". {folder}/setup; {begin} {script}"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stderr


def tried(folder: Path, ready: str, lang: str = "en") -> tuple[int, list[str]]:
    """Return how ./setup ends with this as its trial: the status, and the lines that it says."""
    file = folder / "opt" / "current" / "bin" / "ready"
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\n{ready}\n", encoding="utf-8")
    file.chmod(0o755)
    status, said = ended(folder, "try_out ''", lang)
    return status, said.splitlines()


@pytest.mark.parametrize(
    ("ready", "line"),
    [
        ("echo The engine does not run; exit 2", "The engine does not run"),
        ("echo Traceback >&2; echo ImportError: no name >&2; echo >&2; exit 1", "ImportError: no name"),
        ("kill -9 $$", "./setup stopped with status 137, and does not know why. Run it again with --verbose."),
    ],
)
def test_a_trial_that_fails_says_why_and_where_the_rest_is(tmp_path: Path, ready: str, line: str) -> None:
    assert tried(tmp_path, ready) == (2, [line, f"Everything that was said is in {tmp_path}/log"])


def test_what_nobody_knows_is_said_in_dutch_too(tmp_path: Path) -> None:
    assert tried(tmp_path, "exit 1", "nl")[1] == [
        "./setup is gestopt met code 1 en weet niet waarom. Draai het nog eens met --verbose.",
        f"Alles wat er gezegd is staat in {tmp_path}/log",
    ]


@pytest.mark.parametrize("ready", ["exit 0", "echo 7 of 9 labs are ready; exit 3"])
def test_a_trial_that_ends_well_stops_nothing(tmp_path: Path, ready: str) -> None:
    assert tried(tmp_path, ready) == (0, [])


def test_a_stop_that_no_step_looks_out_for_names_the_log(tmp_path: Path) -> None:
    status, said = ended(tmp_path, "false")
    assert status == 2
    assert said.splitlines()[-1] == f"Everything that was said is in {tmp_path}/log"
    assert "does not know why" in said


def test_before_there_is_a_log_none_is_named(tmp_path: Path) -> None:
    assert "Everything" not in ended(tmp_path, "work=''; false")[1]
