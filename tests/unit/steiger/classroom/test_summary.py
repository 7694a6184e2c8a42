"""Tests of the lines that a grading ends with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.unit.steiger.classroom import grades

from steiger.catalogue import load
from steiger.classroom import summary
from steiger.classroom.results import REPORTED
from steiger.classroom.roster import Student
from steiger.paths import ROOT


def test_who_was_graded_who_was_not_and_where_the_page_is() -> None:
    lab = load(ROOT / "labs" / "volumes")
    rows = [
        grades.graded(lab, Student("jan", "Jan")),
        grades.graded(lab, Student("eva", "Eva"), named="absent"),
        grades.unreached(Student("bo", "Bo"), "Connection \x1b[31mrefused"),
        replace(grades.graded(lab, Student("kim", "Kim")), source=REPORTED, remark="values of her own"),
    ]
    assert summary.lines(grades.grading(lab, *rows), 1.26, Path("/x/index.html")) == [
        "Graded 2 of 4 machines in 1.3 s.",
        "volumes: 2 of 3 have everything right",
        "Known from the file that they handed in: kim",
        "bo: Connection refused",
        "kim: values of her own",
        "The page: /x/index.html",
    ]
