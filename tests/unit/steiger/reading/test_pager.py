"""Which pager, with which options; and that a page gets through it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from steiger import render
from steiger.reading import page, pager

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["less", "-R"]),
        ({"PAGER": "less"}, ["less", "-R"]),
        ({"PAGER": "/usr/bin/less -S"}, ["/usr/bin/less", "-S", "-R"]),
        ({"PAGER": "more"}, ["more"]),
        ({"PAGER": "most -x"}, ["most", "-x"]),
        ({"PAGER": "cat"}, []),
        ({"PAGER": ""}, []),
        ({"PAGER": "it's"}, []),
        ({"TERM": "dumb"}, []),
        ({"TERM": ""}, []),
    ],
)
def test_which_pager(program: Callable[[str, str], None], settings: dict[str, str], expected: list[str]) -> None:
    program("less", "cat")
    assert pager.command({"TERM": "xterm", "PATH": os.environ["PATH"], **settings}) == expected


@pytest.mark.parametrize(("linked", "expected"), [("less", ["pager", "-R"]), ("more", ["pager"])])
def test_what_pager_links_to_counts(
    program: Callable[[str, str], None], tmp_path: Path, linked: str, expected: list[str]
) -> None:
    program(linked, "cat")
    (tmp_path / "bin/pager").symlink_to(linked)
    assert pager.command({"TERM": "xterm", "PAGER": "pager", "PATH": os.environ["PATH"]}) == expected
    assert pager.shows_styles(expected) is (linked == "less")


def test_without_less_there_is_more_and_without_more_there_is_none(tmp_path: Path) -> None:
    environment = {"TERM": "xterm", "PATH": str(tmp_path)}
    assert pager.command(environment) == []
    (tmp_path / "more").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "more").chmod(0o755)
    assert pager.command(environment) == ["more"]


@pytest.mark.parametrize(
    ("settings", "shows"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": ""}, False),
    ],
)
def test_where_styles_show(settings: dict[str, str], shows: bool) -> None:
    assert pager.coloured({"TERM": "xterm", **settings}) is shows
    assert not pager.coloured({})


@pytest.mark.parametrize(("name", "shows"), [("less", True), ("/bin/less", True), ("more", False), ("most", False)])
def test_which_pager_shows_styles(name: str, shows: bool) -> None:
    assert pager.shows_styles([name]) is shows
    assert pager.shows_styles([])


LONG = "# Title\n\n" + "text\n\n" * 40 + "```\nls\n```\n"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, program: Callable[[str, str], None], tmp_path: Path) -> Path:
    """Be on a terminal of 80 by 24 with pagers that write down how they are called; return where they do."""
    monkeypatch.setattr(render, "on_terminal", lambda: True)
    for name, value in {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    for name in ("PAGER", "LESS", "LESSCHARSET", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    said = tmp_path / "said"
    for name in ("less", "more"):
        program(name, f'echo "{name} $* LESS=$LESS $LESSCHARSET" > {said}; cat >> {said}')
    return said


def test_a_long_page_goes_through_less_in_colour(terminal: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page.show(LONG)
    lines = terminal.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["less -R LESS=FRX utf-8", "\x1b[1mTitle\x1b[0m"]
    assert lines[-1] == "\x1b[36mls\x1b[0m"
    assert capfd.readouterr().out == ""


def test_what_the_user_set_for_less_stays(terminal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LESS", "-i")
    page.show(LONG)
    assert terminal.read_text(encoding="utf-8").startswith("less -R LESS=-i utf-8\n")


@pytest.mark.parametrize(("variable", "value"), [("PAGER", "more"), ("NO_COLOR", "1")])
def test_a_long_page_without_colour(terminal: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    page.show(LONG)
    said = terminal.read_text(encoding="utf-8")
    assert said.startswith("more  LESS" if value == "more" else "less -R")
    assert "\x1b" not in said
    assert said.endswith("\n```\nls\n```\n")


@pytest.mark.parametrize(
    ("variable", "value", "colour"), [("PAGER", "cat", True), ("TERM", "dumb", False), ("PAGER", "nonesuch", False)]
)
def test_a_long_page_without_a_pager(
    terminal: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    colour: bool,
) -> None:
    monkeypatch.setenv(variable, value)
    page.show(LONG)
    out = capfd.readouterr().out
    assert ("\x1b" in out) is colour
    assert len(out.splitlines()) > 80
    assert not terminal.exists()


def test_a_short_page_needs_no_pager(terminal: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page.show("text")
    assert capfd.readouterr().out == "text\n"
    assert not terminal.exists()


def test_a_pager_that_is_left_at_once(terminal: Path, program: Callable[[str, str], None]) -> None:
    program("less", f"echo left > {terminal}")
    page.show("text\n\n" * 50_000)
    assert terminal.read_text(encoding="utf-8") == "left\n"


@pytest.mark.parametrize(
    ("script", "at_once", "printed"),
    [("exit 1", 60, True), ("kill -SEGV $$", 60, True), ("exit 1", 0, False), ("", 60, False)],
)
def test_what_a_pager_fails_to_show_is_printed(  # noqa: PLR0913, PLR0917 - a table
    terminal: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: Callable[[str, str], None],
    capfd: pytest.CaptureFixture[str],
    script: str,
    at_once: float,
    printed: bool,
) -> None:
    """Who reads one that fails later has read, and perhaps interrupted it."""
    assert terminal
    monkeypatch.setattr(pager, "AT_ONCE", at_once)
    program("less", script)
    page.show(LONG)
    assert ("Title" in capfd.readouterr().out) is printed


def test_a_pipe_gets_plain_lines(
    terminal: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(render, "on_terminal", lambda: False)
    page.show(LONG)
    out = capfd.readouterr().out
    assert out.startswith("Title\n=====\n")
    assert "\x1b" not in out
    assert not terminal.exists()
