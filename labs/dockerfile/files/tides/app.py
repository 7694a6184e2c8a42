"""Prints when it is high water today. Needs the package steiger-tidetable."""

from datetime import UTC, datetime

import tidetable

today = datetime.now(tz=UTC).date()
for harbour in tidetable.HARBOURS:
    print(f"{harbour:<18}", ", ".join(tidetable.high_water(harbour, today)))
