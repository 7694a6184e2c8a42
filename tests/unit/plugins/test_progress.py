"""Tests of the callback progress: its words, and its lines."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SPEC = importlib.util.spec_from_file_location("callback_progress", ROOT / "plugins" / "callback" / "progress.py")
assert SPEC
assert SPEC.loader
progress = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(progress)


def roles() -> list[str]:
    """Return the roles that a student's or an instructor's playbook runs."""
    plays = [
        play
        for path in (ROOT / "playbooks").glob("*.yml")
        if path.name != "testhost.yml"
        for play in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    return sorted({role["role"] for play in plays for role in play.get("roles", [])})


def names(tasks: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the names of tasks and of those in their blocks."""
    for task in tasks:
        for part in ("block", "rescue", "always"):
            yield from names(task.get(part, []))
        if "block" not in task:
            yield task["name"].rsplit(" | ", 1)[-1]


def shown() -> list[str]:
    """Return the name of every task that a student can see."""
    files = [
        file
        for role in roles()
        for part in ("tasks", "handlers")
        for file in (ROOT / "roles" / role / part).glob("*.yml")
    ]
    return sorted({name for file in files for name in names(yaml.safe_load(file.read_text(encoding="utf-8")) or [])})


@pytest.mark.parametrize("name", shown())
def test_every_task_has_a_dutch_name(name: str) -> None:
    assert progress.read_words()["tasks"].get(name)


def test_no_word_is_left_over() -> None:
    assert set(progress.read_words()["tasks"]) == set(shown())


def test_every_role_has_a_title_in_both_languages() -> None:
    titles = progress.read_words()["roles"]
    assert {role: sorted(titles[role]) for role in roles()} == {role: ["en", "nl"] for role in roles()}


def test_a_line_says_what_and_how_long() -> None:
    reading, writing = os.pipe()
    line = progress.Line(writing, "[ 4/7] Docker Engine")
    line.show("Installing")
    line.end()
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        assert file.read() == "[ 4/7] Docker Engine … 0 s\n"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"msg": "a\n  b"}, "a b"),
        ({"msg": "last", "stderr": "first"}, "first\nlast"),
        ({"msg": "All items completed", "results": [{"msg": "fine"}, {"failed": True, "msg": "broken"}]}, "broken"),
        ({}, ""),
    ],
)
def test_the_last_line_of_a_failure_is_its_message(result: dict[str, Any], said: str) -> None:
    assert progress.what_failed(result) == said


@pytest.mark.parametrize(("message", "lines"), [(["a", "b"], ["a, b"]), ("a\nb", ["a", "b"]), ("", []), (None, [])])
def test_what_a_debug_task_says_becomes_lines(message: Any, lines: list[str]) -> None:
    assert progress.said_lines(message) == lines
