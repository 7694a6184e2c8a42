"""Tests of how ./test is called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tools.suite.call import CallError, needed, parse
from tools.suite.jobs import PARTS

ROOT = Path(__file__).parents[4]


def call(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.run_tests", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lnt"], "There is no part lnt. Did you mean lint?"),
        (["zzz"], "There is no part zzz. Parts: lint, "),
        (["molecule", "debain12"], "There is no scenario debain12. Did you mean debian12?"),
        (["labs", "zzz"], "There is no lab zzz."),
        (["lint", "more"], "./test lint takes no more words"),
        (["--al"], "There is no option --al. Did you mean --all?"),
        (["--minutes"], "--minutes takes a number of minutes, not nothing"),
        (["--minutes", "soon"], "--minutes takes a number of minutes, not soon"),
        (["--minutes", "-1"], "--minutes takes a number of minutes, not -1"),
        (["--minutes", "nan"], "--minutes takes a number of minutes, not nan"),
        (["--all", "labs"], "--all and --minutes are for the whole of ./test, not for its part labs"),
    ],
)
def test_a_wrong_word_is_told(words: list[str], said: str) -> None:
    with pytest.raises(CallError) as problem:
        parse(words)
    assert str(problem.value).startswith(said)


def test_a_wrong_call_ends_with_status_2_and_one_line() -> None:
    done = call("lnt")
    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (2, 1, "")


def test_no_words_mean_everything() -> None:
    assert parse([]).parts == list(PARTS)
    assert parse([]).whole


def test_options_stand_before_the_part() -> None:
    asked = parse(["--all", "--minutes", "40"])
    assert (asked.everything, asked.minutes, asked.whole) == (True, 40.0, True)
    assert parse(["unit", "--minutes"]).words == ["--minutes"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [([], ["incus"]), (["lint"], []), (["unit", "-k", "browser"], []), (["browser"], []), (["labs"], ["incus"])],
)
def test_what_the_parts_need_is_told(words: list[str], expected: list[str]) -> None:
    assert needed(parse(words).parts) == expected


def test_needs_are_one_line_of_words_and_ask_for_no_environment() -> None:
    command = ["/usr/bin/python3", "-I", "-c", "import sys; sys.path.insert(0, '.'); sys.argv = ['x', '--needs']"]
    command[-1] += "; from tools.run_tests import main; raise SystemExit(main())"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "incus\n"
