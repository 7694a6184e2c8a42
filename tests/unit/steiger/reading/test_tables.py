"""Tables: side by side where they fit, squeezed where that reads well, else row by row."""

from __future__ import annotations

import pytest

from steiger.reading import markdown
from steiger.reading.tables import column_widths
from steiger.reading.words import Line, Piece, split

TABLE = """\
| command | what you see |
| --- | --- |
| `docker ps -a` | all containers, the stopped ones as well |
| | again |
| `ls` | files |
"""


def laid(width: int, source: str = TABLE) -> list[str]:
    return markdown.lay_out(source, width, colour=False)


def test_a_table_that_fits() -> None:
    assert laid(60) == [
        "command         what you see",
        "--------------  ----------------------------------------",
        "`docker ps -a`  all containers, the stopped ones as well",
        "                again",
        "`ls`            files",
    ]


def test_a_table_that_fits_when_it_is_squeezed() -> None:
    assert laid(40) == [
        "command         what you see",
        "--------------  ------------------------",
        "`docker ps -a`  all containers, the",
        "                stopped ones as well",
        "",
        "                again",
        "",
        "`ls`            files",
    ]


def test_a_table_that_does_not_fit_is_read_row_by_row() -> None:
    assert laid(29) == [
        "command: `docker ps -a`",
        "what you see: all",
        "  containers, the stopped",
        "  ones as well",
        "",
        "what you see: again",
        "",
        "command: `ls`",
        "what you see: files",
    ]


def test_a_heading_that_is_empty() -> None:
    source = "| | long heading |\n| --- | --- |\n| a | " + "word " * 20 + "|\n"
    assert laid(20, source)[:2] == ["a", "long heading: word"]


def test_rows_are_as_long_as_their_heading() -> None:
    assert laid(40, "| a | b |\n| --- | --- |\n| c |\n") == ["a  b", "-  -", "c"]


def cell(text: str) -> Line:
    return split([Piece(text)])


@pytest.mark.parametrize(
    ("width", "widths"),
    [(80, [4, 34]), (40, [4, 34]), (39, [4, 33]), (20, [4, 14]), (19, None)],
)
def test_the_widths_of_columns(width: int, widths: list[int] | None) -> None:
    assert (
        column_widths([[cell("one"), cell("two")], [cell("four"), cell("five six seven eight nine ten e le")]], width)
        == widths
    )


def test_a_cell_that_would_be_a_tower_is_none() -> None:
    assert column_widths([[cell("a"), cell("b")], [cell("x" * 40), cell("word " * 30)]], 60) is None
