"""A class on one page: students by tasks, in one HTML file that needs no network."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from steiger.catalogue import Lab
from steiger.classroom.remote import Graded
from steiger.classroom.results import REPORTED, Grading, Row, points
from steiger.grader import Outcome
from steiger.i18n import _
from steiger.text import harmless

STUCK_MINUTES = 15
_TEMPLATES = Path(__file__).with_name("templates")


def render(
    grading: Grading, language: str, still: Mapping[str, int], *, stuck_after: int = STUCK_MINUTES, refresh: int = 0
) -> str:
    """Return the page of a class.

    Args:
        grading: what was found.
        language: "nl" or "en".
        still: by student, for how many minutes they got no further.
        stuck_after: after how many of these a student who is not done counts as stuck.
        refresh: seconds after which the page loads itself again; 0 for never.
    """
    hardest = _hardest(grading)
    rows = [_row(grading, row, language, still.get(row.student.id, 0), stuck_after) for row in grading.rows]
    style, script = ((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("page.html.j2").render(
        language=language,
        words=_words(),
        class_name=grading.class_name,
        moment=grading.moment,
        clock=datetime.fromisoformat(grading.moment).strftime("%H:%M:%S"),
        refresh=refresh,
        labs=[
            {
                "id": lab.id,
                "title": lab.title.in_(language),
                "tasks": [
                    {"id": task.id, "title": task.title.in_(language), "hardest": (lab.id, task.id) == hardest}
                    for task in lab.tasks
                ],
            }
            for lab in grading.labs
        ],
        rows=rows,
        troubles=[row for row in rows if row["why"]],
        graded=sum(not row["why"] for row in rows),
        groups=sorted({row["group"] for row in rows} - {""}),
        # Both are files of ours, and their digests are all that the page lets the browser run.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style_hash=_digest(style),
        script_hash=_digest(script),
    )


def _words() -> dict[str, str]:
    return {
        "title": _("Results"),
        "of": _("as of"),
        "graded": _("graded:"),
        "troubles": _("not graded"),
        "find": _("Find"),
        "group": _("Group"),
        "all": _("all"),
        "stuck_only": _("only who is stuck"),
        "theme": _("Dark"),
        "shown": _("Students shown: 0"),
        "caption": _("✓ right · ✗ not right · – not begun or not graded. A red edge: no progress for some time."),
        "student": _("Student"),
        "points": _("Points"),
        "still": _("Minutes without progress"),
        "hardest": _("most students stand here"),
        "reported": _("reported by the student"),
        "close": _("Close"),
    }


def _row(grading: Grading, row: Row, language: str, minutes: int, stuck_after: int) -> dict[str, Any]:
    labs = [(lab, row.labs.get(lab.id)) for lab in grading.labs]
    cells = [cell for lab, graded in labs for cell in _cells(lab, graded, row, language)]
    begun = any(cell["kind"] != "na" for cell in cells)
    done = all(cell["kind"] != "no" for cell in cells)
    known = [each for lab in grading.labs if (each := points(lab, row)) is not None]
    return {
        "id": row.student.id,
        "name": row.student.name,
        "email": row.student.email,
        "group": row.student.group,
        "why": row.why,
        "remark": harmless(row.remark),
        "reported": row.source == REPORTED,
        "cells": cells,
        "points": sum(known) if known else "",
        "still": minutes if begun and not done else "",
        "stuck": begun and not done and minutes >= stuck_after,
        "labs": [
            {
                "title": lab.title.in_(language),
                "error": graded.error if graded else "",
                "checks": list(_cells(lab, graded, row, language)) if graded else [],
            }
            for lab, graded in labs
        ],
    }


def _cells(lab: Lab, graded: Graded | None, row: Row, language: str) -> Iterator[dict[str, Any]]:
    found = {outcome.task.id: outcome for outcome in graded.outcomes} if graded else {}
    begun = graded is not None and bool(graded.progress.get("started"))
    values = {**row.values.get(lab.id, {}), **(graded.values if graded else {})}
    for task in lab.tasks:
        outcome = found.get(task.id)
        title = task.title.in_(language)
        yield {"title": title, **_cell(outcome, begun=begun, says=_says(outcome, language, values))}


def _cell(outcome: Outcome | None, *, begun: bool, says: str) -> dict[str, Any]:
    if outcome is not None and outcome.passed:
        return {"kind": "ok", "key": 2, "sign": "✓", "word": _("right"), "says": ""}
    if outcome is None or not begun:
        return {"kind": "na", "key": 1, "sign": "–", "word": _("not begun or not graded"), "says": ""}
    return {"kind": "no", "key": 0, "sign": "✗", "word": _("not right"), "says": says}


def _says(outcome: Outcome | None, language: str, values: dict[str, str]) -> str:
    return outcome.message(language, values) if outcome else ""


def _hardest(grading: Grading) -> tuple[str, str]:
    """Return the task at which most students stand: the first, of a lab they began, that is not right."""
    standing: Counter[tuple[str, str]] = Counter()
    for row in grading.rows:
        for lab in grading.labs:
            graded = row.labs.get(lab.id)
            if graded and graded.progress.get("started"):
                first = next((outcome.task.id for outcome in graded.outcomes if not outcome.passed), "")
                standing[lab.id, first] += bool(first)
    task, number = standing.most_common(1)[0] if standing else (("", ""), 0)
    return task if number > 1 else ("", "")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
