"""Every row of the matrix: a machine that somebody has, from a clone to a lab machine and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.machine.instances import Machines, prefix_for
from tests.matrix.course import Course, write_down
from tests.matrix.table import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.matrix.table import Row


@pytest.fixture
def machines(worker_id: str) -> Iterator[Machines]:
    """Machines for one row."""
    made = Machines(prefix_for(worker_id, "matrix"))
    yield made
    made.delete()


@pytest.mark.parametrize("row", chosen(), ids=lambda row: row.id)
def test_row(row: Row, machines: Machines) -> None:
    steps = Course(row, machines).whole()
    write_down(row, steps)
    assert [f"{step.name}: {step.fault}" for step in steps if step.fault] == []
