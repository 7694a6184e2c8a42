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


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return what is waited, in seconds; nobody does."""
    waits: list[float] = []
    monkeypatch.setattr(checks.time, "sleep", waits.append)
    return waits


@pytest.mark.parametrize(
    ("statuses", "found", "waits"),
    [
        (("starting", "starting", "healthy"), "healthy", 1),
        (("starting", "starting", "starting", "unhealthy"), "unhealthy", 2),
        (("starting", "healthy"), "healthy", 0),
        (("unhealthy", "unhealthy"), "unhealthy", 0),
    ],
)
def test_a_health_check_that_was_not_run_yet_is_waited_for(
    slept: list[float], monkeypatch: pytest.MonkeyPatch, statuses: tuple[str, ...], found: str, waits: int
) -> None:
    monkeypatch.setattr(checks, "HEALTH_SECONDS", 1.0)
    assert checks._health(*asked(*statuses))["Status"] == found  # noqa: SLF001
    assert len(slept) == waits


def test_the_wait_ends_and_who_has_no_health_check_is_not_waited_for(
    slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "HEALTH_SECONDS", 0.05)
    assert checks._health(*asked("starting"))["Status"] == "starting"  # noqa: SLF001
    slept.clear()
    assert checks._health(*asked("", "")) == {}  # noqa: SLF001
    assert slept == []
