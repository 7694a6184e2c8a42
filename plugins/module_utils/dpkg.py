"""Ask dpkg for the state of a package; a list of its files stays behind when only its settings do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    # Runs a command; gives its exit status, output and complaints.
    Run = Callable[[list[str]], tuple[int, str, str]]


def is_installed(run: Run, package: str) -> bool:
    """Tell whether a package is installed, or on its way in or out."""
    status, out, _ = run(["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package])
    return status == 0 and out.strip() not in {"not-installed", "config-files"}
