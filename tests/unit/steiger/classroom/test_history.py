"""How long somebody got no further, as the instructor's side saw it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.unit.steiger.classroom.grades import graded, grading, unreached

from steiger.classroom import history
from steiger.classroom.roster import Student

if TYPE_CHECKING:
    from pathlib import Path

    from steiger.catalogue import Lab
    from steiger.classroom.results import Row

JAN = Student("jan", "Jan")


def looks(lab: Lab, **rows: Row) -> list[history.Look]:
    """Return a look for each moment: t0930 is half past nine."""
    return [
        history.look(grading(lab, row, moment=f"2026-11-22T{name[1:3]}:{name[3:]}:00+01:00"))
        for name, row in rows.items()
    ]


def test_time_runs_from_the_last_step_forward(lab: Lab) -> None:
    wrong, right = graded(lab, JAN, named="absent"), graded(lab, JAN)
    assert history.still_minutes(looks(lab, t0900=wrong, t0910=wrong)) == {"jan": 10}
    assert history.still_minutes(looks(lab, t0900=wrong, t0910=right, t0925=right)) == {"jan": 15}


def test_going_back_and_forth_is_no_progress(lab: Lab) -> None:
    wrong, right = graded(lab, JAN, named="absent"), graded(lab, JAN)
    assert history.still_minutes(looks(lab, t0900=right, t0910=wrong, t0920=right)) == {"jan": 20}


def test_a_machine_that_does_not_answer_has_not_gone_back(lab: Lab) -> None:
    wrong = graded(lab, JAN, named="absent")
    assert history.still_minutes(looks(lab, t0900=wrong, t0910=unreached(JAN), t0920=wrong)) == {"jan": 20}


def test_who_began_nothing_is_not_counted(lab: Lab) -> None:
    assert history.still_minutes(looks(lab, t0900=graded(lab, JAN, begun=False), t0910=unreached(JAN))) == {}
    assert history.still_minutes([]) == {}


def test_looks_are_kept_and_a_line_that_was_cut_off_is_left_out(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "results/2026-11-22"
    assert history.read(folder) == []
    made = looks(lab, t0900=graded(lab, JAN, named="absent"), t0910=graded(lab, JAN))
    for each in made:
        history.add(folder, each)
    assert history.read(folder) == made
    with (folder / history.FILE).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"time": "2026-11-22T09:20:00+01:00", "marks": {"jan": []}})[:-9])
    assert history.read(folder) == made
