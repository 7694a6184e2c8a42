"""Tell how far the jobs are: a live line at a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tools.suite import jobs as suite_jobs
from tools.suite.runner import Result, line, tail

if TYPE_CHECKING:
    from tools.suite.jobs import Job


class Show:
    """Prints what starts, what ends and what runs."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - ./test plans before the venv is there

        self.console = Console(highlight=False)
        self.status = self.console.status("") if self.console.is_terminal else None
        self.started: dict[str, float] = {}
        if self.status:
            self.status.start()

    def print(self, text: str, style: str = "") -> None:
        """Print a text above the live line."""
        self.console.print(text, style=style, markup=False, soft_wrap=True)

    def start(self, job: Job) -> None:
        """Tell that a job starts."""
        self.started[job.name] = time.monotonic()
        if not self.status:
            self.print(f"{job.name:<26} started")

    def tick(self) -> None:
        """Refresh the live line."""
        if self.status:
            now = time.monotonic()
            self.status.update(
                "  ".join(f"{name} {now - since:.0f} s{so_far(name)}" for name, since in self.started.items())
            )

    def end(self, result: Result) -> None:
        """Tell what a job came to."""
        self.started.pop(result.job.name, None)
        self.print(line(result), style="red" if result.failed else "green")
        if result.failed:
            self.print(tail(result))

    def close(self) -> None:
        """Remove the live line."""
        if self.status:
            self.status.stop()


def so_far(name: str) -> str:
    """Return how many tests of a job have ended, as text."""
    file = suite_jobs.LOGS / f"{name}.count"
    return f" ({len(file.read_text('utf-8').splitlines())})" if file.exists() else ""
