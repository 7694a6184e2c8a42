#!/usr/bin/env python3
"""Write the matrix of machines into docs/matrix.md: its rows, what was expected, what was seen, seconds.

    tools/matrix_table.py            writes
    tools/matrix_table.py --check    exit status 1 when the page does not name the table's rows as they are

What was seen comes from .steiger/matrix, where tests/matrix keeps it; of a row that did not run there since, the page keeps
what it says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.matrix.table import Row, rows  # noqa: E402 - found by the line above

PAGE = ROOT / "docs" / "matrix.md"
RESULTS = ROOT / ".steiger" / "matrix"
BEGIN, END = "<!-- matrix:begin -->", "<!-- matrix:end -->"
NOT_SEEN = ("not run yet", "")


def cell(text: str) -> str:
    """Return a text as a cell of a table: on one line, and without what would end the cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def seen(result: dict[str, Any]) -> tuple[str, str]:
    """Return what a row came to, and its seconds."""
    faults = [f"`{fault.partition(':')[0]}`" for fault in result["faults"]]
    return (f"not so at {', '.join(faults)}" if faults else "as expected"), f"{result['seconds']:.0f}"


def kept(page: str) -> dict[str, tuple[str, str]]:
    """Return what a page says was seen, by row."""
    found = {}
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        cells = [part.strip() for part in line.replace("\\|", "\0").strip("|").split("|")]
        if len(cells) == 6 and not cells[0].startswith(("---", "row")):
            found[cells[0]] = (cells[4].replace("\0", "\\|"), cells[5])
    return found


def line(row: Row, what: tuple[str, str]) -> str:
    """Return the table's line of a row."""
    why = row.why + (f" Stand-in: {row.stand_in}." if row.stand_in else "")
    if row.left_out:
        cells = [row.id, cell(why), "", "left out", cell(row.left_out), ""]
    else:
        cells = [row.id, cell(why), row.base, cell(row.outcome()), *what]
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def table(page: str, results: Path) -> str:
    """Return the table."""
    before = kept(page)
    lines = [
        "| row | the machine | begins from | expected | seen | seconds |",
        "| --- | --- | --- | --- | --- | ---: |",
    ]
    for row in rows():
        file = results / f"{row.id}.json"
        what = seen(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else before.get(row.id, NOT_SEEN)
        lines.append(line(row, what))
    return "\n".join(lines)


def main() -> int:
    """Write the page, or look whether it is what the table says."""
    page = PAGE.read_text(encoding="utf-8")
    checking = sys.argv[1:] == ["--check"]
    head, rest = page.split(BEGIN)
    results = Path("/nonexistent") if checking else RESULTS
    new = f"{head}{BEGIN}\n{table(page, results)}\n{END}{rest.split(END)[1]}"
    if not checking:
        PAGE.write_text(new, encoding="utf-8")
    elif new != page:
        print("docs/matrix.md is not what tests/matrix/rows.yml says: run tools/matrix_table.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
