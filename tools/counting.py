"""A pytest plugin: it adds one line a test, outcome and name, to the file that STEIGER_COUNT names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def outcome(report: pytest.TestReport) -> str | None:
    """Return what a report says of its test, None where it says nothing new."""
    if report.failed:
        return "failed"
    if report.skipped:
        return "skipped"
    return "passed" if report.when == "call" else None


class Counter:
    """Writes the outcomes down as they come."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write one line for a test that ended."""
        said = outcome(report)
        if said:
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(f"{said} {report.nodeid}\n")


def pytest_configure(config: pytest.Config) -> None:
    """Count in the process that sees all reports, not in the workers of xdist."""
    file = os.environ.get("STEIGER_COUNT")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Counter(Path(file)), "steiger-counter")
