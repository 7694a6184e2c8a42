"""Tests of tools/matrix_table.py: what was seen gets into the page, and stays there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.matrix.table import read_table
from tools import matrix_table

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """
- {id: one, why: a | b, expect: {setup: {status: 2, says: held}}}
- {id: two, why: like it, stand_in: forky for something, base: golden}
- {id: three, why: not here, left_out: there is none}
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    page = tmp_path / "matrix.md"
    page.write_text("# Matrix\n<!-- matrix:begin -->\n<!-- matrix:end -->\nend\n")
    monkeypatch.setattr(matrix_table, "rows", lambda: read_table(TABLE))
    monkeypatch.setattr(matrix_table, "PAGE", page)
    monkeypatch.setattr(matrix_table, "RESULTS", tmp_path)
    monkeypatch.setattr("sys.argv", ["matrix_table.py"])
    return page


def test_rows_are_written_with_what_was_seen(page: Path) -> None:
    (page.parent / "one.json").write_text(json.dumps({"faults": ["setup: status 0"], "seconds": 61.4}))
    assert matrix_table.main() == 0
    text = page.read_text()
    assert "| one | a \\| b | debian13 | `setup`: status 2, “held” | not so at `setup` | 61 |" in text
    assert "| two | like it Stand-in: forky for something. | golden | success | not run yet | |" in text
    assert "| three | not here | | left out | there is none | |" in text
    assert text.endswith("<!-- matrix:end -->\nend\n")


def test_what_was_seen_stays_until_the_row_runs_again(page: Path) -> None:
    file = page.parent / "two.json"
    file.write_text(json.dumps({"faults": [], "seconds": 30}))
    matrix_table.main()
    written = page.read_text()
    assert "| as expected | 30 |" in written
    file.unlink()
    matrix_table.main()
    assert page.read_text() == written


def test_a_page_that_is_not_the_tables_is_found(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["matrix_table.py", "--check"])
    assert matrix_table.main() == 1
    assert "three" not in page.read_text()


def test_the_page_of_this_project_is_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["matrix_table.py", "--check"])
    assert matrix_table.main() == 0
