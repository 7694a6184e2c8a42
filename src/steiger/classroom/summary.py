"""What a grading came to, in some lines for the instructor."""

from pathlib import Path

from steiger.classroom.results import REPORTED, Grading, points
from steiger.i18n import _
from steiger.text import harmless


def lines(grading: Grading, seconds: float, page: Path) -> list[str]:
    """Return how many were graded and how it went, who was not and why, and where the page is.

    Args:
        grading: what was found.
        seconds: how long it took.
        page: the page.
    """
    graded = [row for row in grading.rows if not row.trouble and row.source != REPORTED]
    said = [
        _("Graded {count} of {all} machines in {seconds:.1f} s.").format(
            count=len(graded), all=len(grading.rows), seconds=seconds
        )
    ]
    for lab in grading.labs:
        found = [each for row in grading.rows if (each := points(lab, row)) is not None]
        done = sum(each == lab.points for each in found)
        said.append(_("{lab}: {done} of {count} have everything right").format(lab=lab.id, done=done, count=len(found)))
    if handed_in := [row.student.id for row in grading.rows if row.source == REPORTED]:
        said.append(_("Known from the file that they handed in: {students}").format(students=", ".join(handed_in)))
    said += [f"{row.student.id}: {harmless(row.why)}" for row in grading.rows if row.trouble]
    said += [f"{row.student.id}: {harmless(row.remark)}" for row in grading.rows if row.remark]
    return [*said, _("The page: {path}").format(path=page)]
