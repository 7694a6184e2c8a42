"""The report: on the terminal, as JSON and as a table in Markdown."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Row

HEADINGS = ("what", "median", "least – most", "runs", "to reach", "met")


def number(value: float) -> str:
    """Return a figure with as many decimals as say something."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cells(row: Row) -> tuple[str, ...]:
    """Return the cells of one row, in the order of HEADINGS."""
    unit = row.figure.unit
    return (
        row.figure.title,
        f"{number(row.median)} {unit}",
        f"{number(row.least)} – {number(row.greatest)}",
        str(len(row.samples)),
        "" if row.figure.most is None else f"≤ {row.figure.most:g} {unit}",
        {None: "", True: "yes", False: "no"}[row.met],
    )


def markdown(rows: Sequence[Row], machine: Mapping[str, str]) -> str:
    """Return the table and the machine that it was measured on, for docs/performance.md."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    told = "; ".join(f"{name}: {value}" for name, value in machine.items())
    return "\n".join(lines) + f"\n\nMeasured on: {told}.\n"


def as_json(rows: Sequence[Row], machine: Mapping[str, str], details: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that was measured as JSON data; seconds, MB, GB and ratios as the unit says."""
    return {
        "machine": dict(machine),
        "figures": [
            {
                "id": row.figure.id,
                "title": row.figure.title,
                "unit": row.figure.unit,
                "samples": [round(sample, 4) for sample in row.samples],
                "median": round(row.median, 4),
                "min": round(row.least, 4),
                "max": round(row.greatest, 4),
                "most": row.figure.most,
                "met": row.met,
            }
            for row in rows
        ],
        "details": dict(details),
    }


def show(rows: Sequence[Row], machine: Mapping[str, str], console: Console) -> None:
    """Print the table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in ("what", "met") else "right", no_wrap=True)
    for row in rows:
        style = {None: "", True: "green", False: "red"}[row.met]
        table.add_row(*cells(row), style=style)
    console.print(table)
    console.print("; ".join(f"{name}: {value}" for name, value in machine.items()), style="dim", highlight=False)


def describe(image: str) -> dict[str, str]:
    """Return what matters of this machine: no name, no address."""
    return {
        "cores": str(os.cpu_count() or 1),
        "memory": f"{_memory_gb():.0f} GB",
        "kernel": platform.release().partition("-")[0],
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Incus": _incus_version(),
        "image": image,
    }


def _memory_gb() -> float:
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024 / 1e9
    return 0.0


def _incus_version() -> str:
    done = subprocess.run(["incus", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "?"
