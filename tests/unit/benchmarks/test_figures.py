"""Medians, spread, ratios and what is met."""

from __future__ import annotations

import pytest
from benchmarks.figures import Figure, lab_figures, ratios, row, rows


@pytest.mark.parametrize(
    ("samples", "median", "least", "greatest"),
    [
        ([3.0], 3.0, 3.0, 3.0),
        ([9.0, 1.0, 2.0], 2.0, 1.0, 9.0),
        ([4.0, 2.0], 3.0, 2.0, 4.0),
    ],
)
def test_a_row_has_median_and_spread(samples: list[float], median: float, least: float, greatest: float) -> None:
    made = row(Figure("f", "a figure", "s"), samples)
    assert (made.median, made.least, made.greatest) == (median, least, greatest)


@pytest.mark.parametrize(("most", "met"), [(2.0, True), (1.9, False), (None, None)])
def test_the_median_is_held_against_the_figure_to_reach(most: float | None, met: bool | None) -> None:
    assert row(Figure("f", "a figure", "s", most), [1.0, 2.0, 50.0]).met is met


def test_a_figure_without_samples_is_an_error() -> None:
    with pytest.raises(ValueError, match="setup_cold was not measured"):
        row(Figure("setup_cold", "a figure", "s"), [])


def test_ratios_are_taken_repeat_by_repeat() -> None:
    assert ratios([10.0, 30.0], [10.0, 20.0]) == [1.0, 1.5]


@pytest.mark.parametrize(("ours", "plain"), [([], []), ([1.0], []), ([1.0], [0.0])])
def test_no_ratio_of_what_was_not_measured(ours: list[float], plain: list[float]) -> None:
    assert ratios(ours, plain) == []


def test_rows_hold_only_what_was_measured_and_the_ratio() -> None:
    made = rows({"plain_cold": [2.0], "setup_cold": [3.0], "lab_start:x": [1.0]}, {"x": 8})
    assert [(one.figure.id, one.median) for one in made] == [
        ("setup_cold", 3.0),
        ("plain_cold", 2.0),
        ("setup_ratio", 1.5),
        ("lab_start:x", 1.0),
    ]


@pytest.mark.parametrize(("checks", "most"), [(1, 0.6), (8, 0.6), (9, None)])
def test_the_limit_of_lab_check_is_for_eight_checks(checks: int, most: float | None) -> None:
    limits = {figure.id: figure.most for figure in lab_figures("x", checks)}
    assert limits["lab_check:x"] == most
