"""Adds a line to the ship's log, and prints all of it."""

from datetime import UTC, datetime
from pathlib import Path

LOG = Path("/var/lib/logbook/log.txt")

with LOG.open("a", encoding="utf-8") as log:
    print(f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M}  all is well", file=log)
print(LOG.read_text(encoding="utf-8"), end="")
