"""Read the history that apt writes of what it installs."""

from __future__ import annotations

import re


def recorded(history: str) -> set[str]:
    """Return the packages (name:architecture) that a history installed and did not remove again."""
    found: set[str] = set()
    for line in history.splitlines():
        word, _, rest = line.partition(": ")
        names = set(re.findall(r"(?:^|, )([^\s,()]+) \(", rest))
        if word == "Install":
            found |= names
        elif word in {"Remove", "Purge"}:
            found -= names
    return found
