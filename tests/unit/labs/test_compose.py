"""How long the lab `compose` waits for a health check that was not run yet."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from steiger.grader import _module

checks = _module(Path(__file__).parents[3] / "labs" / "compose" / "checks.py")


def asked(*statuses: str) -> tuple[Any, dict[str, Any]]:
    """Return a bench whose container has these states of health, one after the other, and what was seen of it first."""
    boxes = [{"Id": "x", "State": {"Health": {"Status": status}} if status else {}} for status in statuses]
    left = iter(boxes[1:])
    engine = SimpleNamespace(container=lambda _name: next(left, boxes[-1]))
    return SimpleNamespace(engine=engine), boxes[0]


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        (("starting", "starting", "healthy"), "healthy"),
        (("starting", "starting", "unhealthy"), "unhealthy"),
        (("unhealthy", "unhealthy"), "unhealthy"),
    ],
)
def test_a_health_check_that_was_not_run_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, statuses: tuple[str, ...], found: str
) -> None:
    monkeypatch.setattr(checks.time, "sleep", lambda _seconds: None)
    assert checks._health(*asked(*statuses))["Status"] == found  # noqa: SLF001


def test_the_wait_ends_and_who_has_no_health_check_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "HEALTH_SECONDS", 0.05)
    monkeypatch.setattr(checks.time, "sleep", lambda _seconds: None)
    assert checks._health(*asked("starting"))["Status"] == "starting"  # noqa: SLF001
    monkeypatch.setattr(checks, "HEALTH_SECONDS", 60.0)
    assert checks._health(*asked("", "")) == {}  # noqa: SLF001
