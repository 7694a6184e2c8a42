"""The page of a class as an instructor uses it: with a mouse, with a keyboard, on a beamer and on a phone."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from tests.browser import crowd
from tests.browser.crowd import GROUPS, HOSTILE, LABS, STUCK_NAMES

if TYPE_CHECKING:
    from tests.browser.conftest import Page

ROSTER = [student.id for student in crowd.students()]
FIRST_TASK = f"by-{LABS[0].id}-{LABS[0].tasks[0].id}"
SIXTH_TASK = f"by-{LABS[0].id}-{LABS[0].tasks[5].id}"
LAST_TASK = f"by-{LABS[-1].id}-{LABS[-1].tasks[-1].id}"
HEADINGS = ["by-student", "by-group", FIRST_TASK, LAST_TASK, "by-points", "by-still"]
THEMES = ["light", "dark"]
# WCAG 2.2: contrast of text (1.4.3) and the size of what is clicked on (2.5.8).
CONTRAST = 4.5
TARGET_PX = 24
# Every text that is visible: its colour, what is behind it, and how opaque it is.
INKS = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
while (walker.nextNode()) {
  const holder = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || holder.closest(".sr, option") || !holder.checkVisibility()) continue;
  let opacity = 1, back = "";
  for (let at = holder; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    opacity *= style.opacity;
    if (!back && style.backgroundColor !== "rgba(0, 0, 0, 0)") back = style.backgroundColor;
  }
  found.push([walker.currentNode.data, getComputedStyle(holder).color, back, opacity]);
}
return found;
"""
TARGETS = """
const shown = [...document.querySelectorAll("button, select, input[type=search]")].filter(e => e.checkVisibility());
return shown.map(e => e.getBoundingClientRect()).flatMap(box => [box.width, box.height]);
"""
PAGE_WIDTH = "return document.documentElement.scrollWidth"


def sorted_by(page: Page) -> dict[str, str]:
    """Return how the table says that it is sorted: "ascending" or "descending", by the heading's id."""
    said = page.js("return [...document.querySelectorAll('thead [aria-sort]')].map(e => [e.firstChild.id, e.ariaSort])")
    return {heading: how for heading, how in said if how != "none"}


def count(page: Page) -> int:
    """Return how many students the page says it shows."""
    said = page.by("count")
    assert said.aria_role == "status"
    return int(re.sub(r"\D", "", said.text))


def search(page: Page, text: str) -> None:
    """Type into the search box, in the place of what is there."""
    page.by("find").send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE, text)


def rgb(colour: str) -> list[float]:
    """Return the parts of an opaque colour, each from 0 to 1."""
    match = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert match, colour
    return [int(part) / 255 for part in match.groups()]


def luminance(parts: list[float]) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(ink: str, back: str, opacity: float) -> float:
    """Return the contrast of a text to what is behind it, from 1 to 21."""
    behind = rgb(back)
    seen = [opacity * one + (1 - opacity) * other for one, other in zip(rgb(ink), behind, strict=True)]
    low, high = sorted((luminance(seen), luminance(behind)))
    return (high + 0.05) / (low + 0.05)


def theme(page: Page) -> str:
    """Return whether the page is light or dark: what its background looks like, and what its button says."""
    back = page.js("return getComputedStyle(document.body).backgroundColor")
    seen = "dark" if luminance(rgb(back)) < 0.1 else "light"
    assert page.by("theme").get_attribute("aria-pressed") == str(seen == "dark").lower()
    return seen


def language(page: Page) -> str:
    """Return the language that the page says it is in; "" while it is being loaded."""
    return str(page.js("return document.readyState === 'complete' ? document.documentElement.lang : ''"))


def heading_shown(page: Page) -> str:
    """Return the heading of the open dialog."""
    return page.texts("dialog[open] h2")[0]


@pytest.mark.parametrize("speaks", ["nl", "en"])
def test_hostile_names_are_shown_as_text_and_nothing_runs(page: Page, speaks: str) -> None:
    page.open(crowd.html(speaks))
    assert page.texts(".open") == [student.name for student in crowd.students()]
    assert page.texts("tbody .group") == [student.group for student in crowd.students()]
    assert page.texts("#group option")[1:] == sorted(set(GROUPS) - {""})
    assert crowd.WHY in page.texts("#troubles li")[0]
    for student, name in HOSTILE.items():
        page.click(f"open-{student}")
        assert heading_shown(page) == name
        assert page.by("about").accessible_name == " ".join(name.split())
        assert any(crowd.EVIL in text for text in page.texts("dialog li.no small"))
        page.type(Keys.ESCAPE)
    page.click(f"open-{crowd.BROKEN}")
    assert crowd.ERROR in page.texts("dialog p")
    assert page.js("return document.querySelectorAll('img, b, iframe, script').length") == 1
    assert page.texts("h1") == ["docker26"]


@pytest.mark.parametrize("student", HOSTILE)
def test_the_search_finds_hostile_names_too(group: Page, student: str) -> None:
    search(group, HOSTILE[student])
    assert group.shown() == [student]


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_click_on_a_heading_sorts_and_another_turns_it_round(group: Page, heading: str) -> None:
    assert sorted_by(group) == {}
    assert group.shown() == ROSTER
    group.click(heading)
    assert sorted_by(group) == {heading: "ascending"}
    assert sorted(group.shown()) == sorted(ROSTER)
    up = group.column(heading)
    group.click(heading)
    assert sorted_by(group) == {heading: "descending"}
    assert group.column(heading) == up[::-1] != up


def test_numbers_are_sorted_as_numbers(group: Page) -> None:
    for heading in ("by-points", "by-still"):
        group.click(heading)
        values = [int(text or -1) for text in group.column(heading)]
        assert values == sorted(values)
        assert len(set(values)) > 3
    group.click("by-student")
    names = [name for name in group.texts(".open") if name.startswith("Student ")]
    assert names == [f"Student {number}" for number in range(crowd.PLAIN)]


def test_what_is_not_right_comes_first_and_what_is_right_last(group: Page) -> None:
    group.click(SIXTH_TASK)
    signs = [text[0] for text in group.column(SIXTH_TASK)]
    assert set(signs) == set("✗–✓")
    assert signs == sorted(signs, key="✗–✓".index)


@pytest.mark.parametrize("clicks", [1, 2])
def test_who_has_as_much_stays_in_order_of_names_while_one_types(group: Page, clicks: int) -> None:
    for _ in range(clicks):
        group.click(FIRST_TASK)
    order = group.shown()
    names = dict(zip(ROSTER, [student.name for student in crowd.students()], strict=True))
    right = [student for student, text in zip(order, group.column(FIRST_TASK), strict=True) if text.startswith("✓")]
    numbers = [int(names[student].split()[1]) for student in right if names[student].startswith("Student ")]
    assert numbers == sorted(numbers)
    assert len(numbers) > 3
    for _ in range(3):
        group.by("find").send_keys("t", Keys.BACKSPACE)
        assert group.shown() == order
        group.by("find").send_keys(" ")
        assert group.shown() == order


def test_a_keyboard_alone_sorts_and_opens_details_and_closes_them(group: Page) -> None:
    stops: list[str] = []
    while not stops or stops[-1] != "open-script":
        group.type(Keys.TAB)
        stops.append(group.focus())
        style = "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]"
        assert group.js(style) != ["none", "0px"], stops
        if stops[-1] == "by-points":
            group.type(Keys.ENTER)
            assert sorted_by(group) == {"by-points": "ascending"}
            group.type(Keys.SPACE)
            assert sorted_by(group) == {"by-points": "descending"}
            group.type(Keys.ENTER)
        assert len(stops) < 60, stops
    assert stops[1:6] == ["find", "group", "stuck", "theme", "scroll"]
    for close in (Keys.ESCAPE, Keys.ENTER):
        group.type(Keys.ENTER)
        assert heading_shown(group) == HOSTILE["script"]
        assert group.js("return document.activeElement.closest('dialog') !== null")
        group.type(close)
        assert group.texts("dialog[open]") == []
        assert group.focus() == "open-script"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("UNAL", ["ship"]),
        ("student 21", [crowd.STUCK]),
        (" student-21 ", ["student-21"]),
        ("李", ["ship"]),
        (".*", []),
        ("reported", []),
        ("", ROSTER),
    ],
)
def test_the_search_finds_names_and_ids(group: Page, text: str, found: list[str]) -> None:
    search(group, text)
    assert group.shown() == found
    assert count(group) == len(found)
    search(group, "")
    assert count(group) == len(ROSTER)


@pytest.mark.parametrize("name", [each for each in GROUPS if each])
def test_one_group_is_shown(group: Page, name: str) -> None:
    wanted = [student.id for student in crowd.students() if student.group == name]
    chooser = Select(group.by("group"))
    chooser.select_by_index(sorted(GROUPS).index(name))
    assert group.shown() == wanted
    assert count(group) == len(wanted) > 1
    chooser.select_by_index(0)
    assert group.shown() == ROSTER


def test_only_who_is_stuck_is_shown(group: Page) -> None:
    group.click("stuck")
    assert set(group.shown()) == STUCK_NAMES
    assert count(group) == len(STUCK_NAMES)
    Select(group.by("group")).select_by_visible_text("1A")
    assert group.shown() == ["script"]
    search(group, "nobody")
    assert (group.shown(), count(group)) == ([], 0)


@pytest.mark.parametrize(("speaks", "said"), [("nl", "Studenten in beeld: 30"), ("en", "Students shown: 30")])
def test_a_screen_reader_gets_names_for_everything(page: Page, speaks: str, said: str) -> None:
    page.open(crowd.html(speaks))
    assert page.by("count").text == said
    assert language(page) == speaks
    words = {
        "nl": ["Zoek", "Groep", "alleen wie vastzit", "Donker", "Resultaten"],
        "en": ["Find", "Group", "only who is stuck", "Dark", "Results"],
    }
    named = [page.by(each).accessible_name for each in ("find", "group", "stuck", "theme", "scroll")]
    assert [re.sub(r" alle?$| all$", "", name) for name in named] == words[speaks]
    roles = [page.by(each).aria_role for each in ("find", "group", "stuck", "theme", "scroll", "grid")]
    assert roles == ["searchbox", "combobox", "checkbox", "button", "region", "table"]
    assert page.by("grid").accessible_name == page.texts("caption")[0]
    assert page.by(FIRST_TASK).accessible_name == f"1 {LABS[0].tasks[0].title.in_(speaks)}"
    row = page.driver.find_element(By.CSS_SELECTOR, "tbody tr:has(#open-student-2)")
    roles = [cell.aria_role for cell in row.find_elements(By.CSS_SELECTOR, "th, td")]
    assert roles == ["rowheader", *["cell"] * (crowd.TASKS + 3)]
    assert {"nl": "door de student gemeld", "en": "reported by the student"}[speaks] in row.text
    heads = page.driver.find_elements(By.CSS_SELECTOR, "thead th")
    assert {head.aria_role for head in heads} == {"columnheader"}


def test_details_say_in_words_what_is_right(group: Page) -> None:
    group.click("open-image")
    said = group.texts("dialog li")
    assert said[0] == f"✓right: {LABS[0].tasks[0].title.en}"
    assert said[5].startswith(f"✗not right: {LABS[0].tasks[5].title.en}")
    assert len(said) == crowd.TASKS


@pytest.mark.parametrize("scheme", THEMES)
def test_the_page_is_as_light_as_the_system_until_one_switches(page: Page, scheme: str) -> None:
    page.prefer(scheme)
    page.open(crowd.html())
    other = THEMES[THEMES.index(scheme) - 1]
    assert theme(page) == scheme
    page.prefer(other)
    assert theme(page) == other
    page.click("theme")
    assert theme(page) == scheme
    page.click("theme")
    assert theme(page) == other


@pytest.mark.parametrize("scheme", THEMES)
def test_every_text_can_be_read(page: Page, scheme: str) -> None:
    page.prefer(scheme)
    page.open(crowd.html())
    page.click(f"open-{crowd.REPORTER}")
    inks = page.js(INKS)
    assert len(inks) > 500
    faint = {tuple(ink): round(contrast(*ink[1:]), 2) for ink in inks if contrast(*ink[1:]) < CONTRAST}
    assert faint == {}
    backs = {
        kind: page.js(f"return getComputedStyle(document.querySelector('td.{kind}')).backgroundColor")
        for kind in ("ok", "no", "na")
    }
    assert len(set(backs.values())) == 3


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800), (1920, 1080)])
def test_it_fits_a_phone_and_a_beamer(page: Page, width: int, height: int) -> None:
    page.size(width, height)
    page.open(crowd.html())
    assert page.js(PAGE_WIDTH) <= width
    assert min(page.js(TARGETS)) >= TARGET_PX
    # Tasks are in view beside the names.
    table = page.box("#scroll")
    assert page.box("tbody th")["right"] - table["left"] < 0.6 * (table["right"] - table["left"])


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_who_and_what_stay_in_view_at_the_far_end_of_the_table(page: Page, width: int, height: int) -> None:
    page.size(width, height)
    page.open(crowd.html())
    page.js("const table = document.getElementById('scroll'); table.scrollIntoView(); table.scrollTo(9999, 9999)")
    table, name, heading = page.box("#scroll"), page.box(f"#open-{ROSTER[-1]}"), page.box("#by-still")
    assert table["left"] <= name["left"] < table["left"] + 20
    assert page.at(name["left"] + 5, name["top"] + 5, "th[scope=row]")
    assert table["top"] <= heading["top"] < table["top"] + 100
    assert page.at(heading["left"] + 5, heading["top"] + 5, "#by-still")
    # A name behind the headings comes out when it gets the focus.
    above = f"#open-{ROSTER[9]}"
    page.js("document.getElementById('scroll').scrollBy(0, arguments[0])", page.box(above)["top"] - table["top"] - 10)
    assert not page.at(page.box(above)["left"] + 5, page.box(above)["top"] + 5, above)
    page.js("document.querySelector(arguments[0]).focus()", above)
    assert page.at(page.box(above)["left"] + 5, page.box(above)["top"] + 5, above)


@pytest.mark.parametrize("student", ["long", crowd.REPORTER])
def test_details_fit_a_phone(page: Page, student: str) -> None:
    page.size(360, 740)
    page.open(crowd.html())
    page.click(f"open-{student}")
    about = page.box("#about")
    assert 0 <= about["left"] < about["right"] <= 360
    assert page.js("const about = document.getElementById('about'); return about.scrollWidth <= about.clientWidth")
    assert page.js(PAGE_WIDTH) <= 360


def choose_much(page: Page) -> None:
    """Sort, search, choose a group and the other theme, scroll to the right, and stay in the search box."""
    page.click(LAST_TASK)
    page.click(LAST_TASK)
    Select(page.by("group")).select_by_visible_text("1B")
    page.click("theme")
    page.js("document.getElementById('scroll').scrollTo(120, 0)")
    search(page, "student")


def chosen(page: Page) -> list[object]:
    """Return what a user sees of their choices."""
    scrolled = page.js("return document.getElementById('scroll').scrollLeft")
    boxes = [page.by(name).get_property("value") for name in ("find", "group")]
    return [sorted_by(page), page.shown(), theme(page), *boxes, scrolled, page.focus(), count(page)]


def test_choices_survive_that_the_page_loads_itself_again(page: Page) -> None:
    page.size(360, 740)
    page.open(crowd.html())
    choose_much(page)
    before = chosen(page)
    assert before[0] == {LAST_TASK: "descending"}
    assert 0 < len(page.shown()) < len(ROSTER)
    assert before[2:] == ["dark", "student", "1B", 120, "find", len(page.shown())]
    page.write(crowd.html(refresh=1))
    page.driver.refresh()
    page.js("document.getElementById('scroll').scrollTo(80, 0); document.getElementById('stuck').focus()")
    page.write(crowd.html("nl"))
    page.until(lambda: language(page) == "nl")
    assert chosen(page) == [*before[:5], 80, "stuck", before[-1]]


def test_choices_survive_that_a_user_loads_it_again(page: Page) -> None:
    page.open(crowd.html())
    choose_much(page)
    before = chosen(page)
    page.driver.find_element(By.CSS_SELECTOR, "a[href='#troubles']").click()
    page.driver.refresh()
    assert [*chosen(page)[:5], chosen(page)[-1]] == [*before[:5], before[-1]]


def test_another_page_begins_afresh(page: Page) -> None:
    page.open(crowd.html())
    choose_much(page)
    page.open(crowd.html(), "other.html")
    assert chosen(page) == [{}, ROSTER, "light", "", "", 0, "", len(ROSTER)]


def test_choices_that_are_no_more_are_dropped(group: Page) -> None:
    group.click("by-still")
    Select(group.by("group")).select_by_visible_text("1B")
    group.write(crowd.html(labs=LABS[:1], only="1A"))
    group.driver.refresh()
    assert sorted_by(group) == {}
    assert len(group.shown()) == count(group) == sum(student.group == "1A" for student in crowd.students())


def test_open_details_are_not_taken_away(page: Page) -> None:
    page.open(crowd.html(refresh=1))
    # At once, for the page may load itself again between two words of ours.
    page.js("const b = document.getElementById('open-script'); b.focus(); b.click()")
    page.write(crowd.html("nl"))
    time.sleep(2)
    assert language(page) == "en"
    assert heading_shown(page) == HOSTILE["script"]
    page.type(Keys.ESCAPE)
    page.until(lambda: language(page) == "nl")
    assert page.focus() == "open-script"
