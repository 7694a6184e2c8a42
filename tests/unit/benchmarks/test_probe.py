"""The probe that runs inside a lab machine."""

from __future__ import annotations

import pytest
from benchmarks import probe


def test_a_command_is_timed_on_a_terminal() -> None:
    assert probe.on_terminal(("test", "-t", "1"))[0] == 0
    assert len(probe.timed("2", "true")) == 2


def test_what_fails_is_not_timed() -> None:
    with pytest.raises(SystemExit, match=r"sh -c echo no; exit 3 ended with status 3: no"):
        probe.timed("1", "sh", "-c", "echo no; exit 3")
