"""The page of a class: true, and a student's text is text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.classroom.grades import HOSTILE, graded, grading, unreached

from steiger import i18n
from steiger.classroom import page
from steiger.classroom.results import REPORTED
from steiger.classroom.roster import Student

if TYPE_CHECKING:
    from steiger.catalogue import Lab

JAN, ZOE, PIET = Student("jan", "Jan", group="1A"), Student("zoe", "Zoë", group="1B"), Student("piet", "Piet")


def cells(html: str) -> list[str]:
    """Return the kinds of the cells of tasks, row by row."""
    return re.findall(r'<td class="(ok|no|na)"', html)


def test_each_task_has_a_cell_that_says_how_it_is(lab: Lab) -> None:
    html = page.render(grading(lab, graded(lab, JAN), graded(lab, ZOE, named="absent"), unreached(PIET)), "en", {})
    assert cells(html) == ["ok", "no", "na"]
    assert '<span aria-hidden="true">✗</span><span class="sr">not right</span>' in html
    assert "Connection refused" in html
    assert re.findall(r"graded: (\d+/\d+)", html) == ["2/3"]


def test_a_lab_that_was_not_begun_is_not_wrong(lab: Lab) -> None:
    row = graded(lab, JAN, begun=False, named="absent")
    assert cells(page.render(grading(lab, row), "en", {"jan": 60})) == ["na"]


@pytest.mark.parametrize(("minutes", "stuck"), [(14, False), (15, True)])
def test_who_is_not_done_and_got_no_further_is_stuck(lab: Lab, minutes: int, stuck: bool) -> None:
    html = page.render(grading(lab, graded(lab, JAN, named="absent")), "en", {"jan": minutes})
    assert ("data-stuck" in html.partition("<tbody>")[2].partition("</tbody>")[0]) == stuck
    assert f'data-key="{minutes}"' in html


def test_who_is_done_is_never_stuck(lab: Lab) -> None:
    html = page.render(grading(lab, graded(lab, JAN)), "en", {"jan": 60})
    assert 'data-stuck="yes"' not in html


def test_the_task_where_most_stand_is_marked(lab: Lab) -> None:
    stand = [graded(lab, student, named="absent") for student in (JAN, ZOE)]
    assert 'class="task hardest"' in page.render(grading(lab, *stand), "en", {})
    assert 'class="task hardest"' not in page.render(grading(lab, stand[0], graded(lab, ZOE)), "en", {})


@pytest.mark.parametrize("text", HOSTILE)
def test_a_student_s_text_is_text(lab: Lab, text: str) -> None:
    mallory = Student("mallory", text, email=text, group=text)
    html = page.render(grading(lab, graded(lab, mallory, named="absent"), unreached(JAN, text)), "en", {})
    assert "<script>alert" not in html
    assert "49" not in re.sub(r"sha256-\S+|<style>.*?</style>|<script>.*?</script>", "", html, flags=re.DOTALL)
    assert html.count("<script>") == 1
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in html


def test_the_browser_may_run_our_script_and_nothing_else(lab: Lab) -> None:
    html = page.render(grading(lab, graded(lab, JAN)), "en", {})
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        inside = html.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy[1]
    assert policy[1].endswith("; base-uri 'none'; form-action 'none'")
    assert not re.search(r"\son\w+=|\sstyle=|https?://", html)


def test_it_speaks_dutch(lab: Lab) -> None:
    i18n.use("nl")
    html = page.render(grading(lab, graded(lab, JAN, named="absent")), "nl", {})
    assert '<html lang="nl">' in html
    assert "niet goed" in html


def test_it_loads_itself_again_when_it_is_told_to(lab: Lab) -> None:
    html = page.render(grading(lab, graded(lab, JAN)), "en", {}, refresh=15)
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in html
    assert '<body data-refresh="15">' in html
    assert "refresh=" not in page.render(grading(lab, graded(lab, JAN)), "en", {}).partition("<script>")[0]


def test_what_was_handed_in_says_so_with_its_remark(lab: Lab) -> None:
    row = replace(graded(lab, Student("jan", "Jan")), source=REPORTED, remark="values of <b>his</b> own")
    shown = page.render(grading(lab, row), "en", {})
    assert "reported by the student" in shown
    assert "<p>values of &lt;b&gt;his&lt;/b&gt; own</p>" in shown
