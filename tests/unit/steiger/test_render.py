"""What is shown where no terminal is: plain lines, the text as it is."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from steiger import render

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_a_line_is_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    render.line("[bold]not markup[/bold] [red]", "red")
    render.line()
    assert capsys.readouterr().out == "[bold]not markup[/bold] [red]\n\n"


def test_a_table_has_columns_and_no_trailing_space(capsys: pytest.CaptureFixture[str]) -> None:
    render.table(("lab", "minutes", "you"), [("containers", "45", "3/7"), ("a", "5", "")], right=(1,))
    assert capsys.readouterr().out == "lab         minutes  you\ncontainers       45  3/7\na                 5\n"


def test_a_table_without_rows(capsys: pytest.CaptureFixture[str]) -> None:
    render.table(("lab", "you"), [])
    assert capsys.readouterr().out == "lab  you\n"


def test_on_a_terminal_rich_draws_but_reads_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    render.line("[bold]web[/bold]", "red")
    render.table(("lab", "you"), [("[red]a[/red]", "1/2")])
    out = capsys.readouterr().out
    assert "[bold]web[/bold]" in out
    assert "[red]a[/red]" in out


class Terminal(io.StringIO):
    """What a terminal was told."""

    def isatty(self) -> bool:
        """Say that somebody looks."""
        return True


def test_what_takes_long_is_shown_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(render, "PATIENCE", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    with render.working("checking 1/2: [bold]web") as tell:
        wait_for(lambda: "checking 1/2: [bold]web" in terminal.getvalue())
        tell("checking 2/2")
        wait_for(lambda: "checking 2/2" in terminal.getvalue())
    told = terminal.getvalue()
    time.sleep(0.3)
    assert terminal.getvalue() == told


def test_what_is_done_at_once_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with render.working("checking"):
        pass
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "PATIENCE", 0.0)
    with render.working("checking") as tell:
        tell("checking on")
    assert capsys.readouterr() == ("", "")


def wait_for(seen: Callable[[], bool]) -> None:
    """Wait until something is seen; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.01)
