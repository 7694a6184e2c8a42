"""The table of the matrix: what is in it, and what it refuses."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from tests.matrix.table import chosen, read_table, rows


def test_the_table_can_be_read_and_says_why_a_row_is_left_out() -> None:
    table = rows()
    assert len([row for row in table if not row.left_out]) >= 30
    assert all(len(row.left_out) > 20 for row in table if row.left_out)


@pytest.mark.parametrize(
    "row", [row for row in rows() if row.before or row.account or row.after], ids=lambda row: row.id
)
def test_the_shell_of_a_row_can_be_read(row: object) -> None:
    bash = shutil.which("bash") or "bash"
    for part in ("before", "account", "after", "ready"):
        text = getattr(row, part)
        assert subprocess.run([bash, "-n"], input=text, text=True, capture_output=True, check=False).stderr == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[{id: A, why: x}]", "small letters"),
        ("[{id: a}]", "says why"),
        ("[{id: a, why: x, bse: golden}]", "unknown bse"),
        ("[{id: a, why: x, base: gold}]", "no base gold"),
        ("[{id: a, why: x, images: none}]", "no images none"),
        ("[{id: a, why: x, helper: squid}]", "no helper squid"),
        ("[{id: a, why: x, leave_out: [labs]}]", "no step labs"),
        ("[{id: a, why: x, expect: {start: {status: 2}}}]", "no step start"),
        ("[{id: a, why: x}, {id: a, why: y}]", "two rows are called a"),
    ],
)
def test_a_row_that_means_nothing_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_table(text)


def test_what_is_expected_is_told_in_a_few_words() -> None:
    plain, refused = read_table("[{id: a, why: x}, {id: b, why: x, expect: {setup: {status: 2, says: held}}}]")
    assert plain.outcome() == "success"
    assert refused.outcome() == "`setup`: status 2, “held”"


def test_the_rows_to_run_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEIGER_ROWS", "plain13 windows")
    assert [row.id for row in chosen()] == ["plain13"]
    monkeypatch.delenv("STEIGER_ROWS")
    assert "plain12" in [row.id for row in chosen()]
