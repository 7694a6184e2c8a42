"""The figures: what is measured, what is to be reached, and what a row of samples says."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EIGHT = 8


@dataclass(frozen=True)
class Figure:
    """One thing that is measured; `most` is the figure to reach, in its unit, or None when there is none."""

    id: str
    title: str
    unit: str
    most: float | None = None


@dataclass(frozen=True)
class Row:
    """A figure with its samples summed up; `met` is None when there is nothing to reach."""

    figure: Figure
    samples: tuple[float, ...]
    median: float
    least: float
    greatest: float
    met: bool | None


GENERAL = (
    Figure("setup_cold", "`./setup` on a fresh Debian 13", "s"),
    Figure("plain_cold", "`benchmarks/plain.sh` on another", "s"),
    Figure("setup_ratio", "`./setup` against the plain script", "×", 1.25),
    Figure("setup_again", "`./setup`, the second run", "s", 6.0),
    Figure("lab_list", "`lab list`", "s", 0.2),
)
COSTS = (
    Figure("memory", "memory when idle, beyond Docker", "MB", 60.0),
    Figure("disk", "disk, beyond Docker's packages", "GB", 1.5),
)


def lab_figures(lab: str, checks: int) -> tuple[Figure, ...]:
    """Return the figures of one lab; the limit on `lab check` is for at most eight checks."""
    return (
        Figure(f"lab_start:{lab}", f"`lab start {lab}`", "s", 3.0),
        Figure(f"lab_check:{lab}", f"`lab check {lab}` ({checks} checks)", "s", 0.6 if checks <= EIGHT else None),
        Figure(f"lab_reset:{lab}", f"`lab reset {lab}`", "s", 3.0),
    )


def ratios(ours: Sequence[float], plain: Sequence[float]) -> list[float]:
    """Return ours / plain for each repeat that has both."""
    return [mine / other for mine, other in zip(ours, plain, strict=False) if other > 0]


def row(figure: Figure, samples: Sequence[float]) -> Row:
    """Sum up the samples of a figure; the median is what is held against the figure to reach.

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError(f"{figure.id} was not measured")
    median = statistics.median(samples)
    met = None if figure.most is None else median <= figure.most
    return Row(figure, tuple(samples), median, min(samples), max(samples), met)


def rows(samples: Mapping[str, Sequence[float]], checks: Mapping[str, int]) -> list[Row]:
    """Return a row for all that was measured, in the order of the report; checks maps a lab to its number of checks."""
    measured = dict(samples)
    measured["setup_ratio"] = ratios(samples.get("setup_cold", ()), samples.get("plain_cold", ()))
    figures = [*GENERAL, *(figure for lab, count in checks.items() for figure in lab_figures(lab, count)), *COSTS]
    return [row(figure, measured[figure.id]) for figure in figures if measured.get(figure.id)]
