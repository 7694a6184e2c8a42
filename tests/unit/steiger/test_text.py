"""Text of labs and of machines: filled in once, never a template, never a drawing on the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steiger import text
from steiger.errors import SteigerError

BIDI_AND_INVISIBLE = "\u061c\u200b\u200e\u200f\u2028\u202a\u202e\u2060\u2066\u2069\ufeff"


@pytest.mark.parametrize(
    ("thing", "line"),
    [
        ("web", "web"),
        ("", "–"),
        (None, "–"),
        ([], "–"),
        ((), "–"),
        (b"caf\xc3\xa9", "café"),
        (b"\xff", "\ufffd"),
        (0, "0"),
        (False, "False"),
        (["b", "a"], "b, a"),
        (("b", 1), "b, 1"),
        ({"b", "a"}, "a, b"),
        (frozenset({2, 1}), "1, 2"),
        ([None, "x"], "None, x"),
        ("  two\n\n\tlines  ", "two lines"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(Bplain", "plain"),
        ("\x9b31mred", "31mred"),
        ("a\rb", "a b"),
        ("a\x00b\x7fc", "a b c"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 119 + "…"),
        ([f"box-{n}" for n in range(100)], None),
        ("Ünïcode 🚢 stays", "Ünïcode 🚢 stays"),
    ],
)
def test_what_a_check_saw_is_one_harmless_line(thing: object, line: str | None) -> None:
    shown = text.harmless(thing)
    assert len(shown) <= text.SEEN_LIMIT
    if line is None:
        assert shown.startswith("box-0, box-1")
        assert shown.endswith("…")
    else:
        assert shown == line


@pytest.mark.parametrize("character", [*BIDI_AND_INVISIBLE, "\ud800", "\U000e0041"])
def test_characters_that_turn_or_hide_text_go(character: str) -> None:
    assert text.harmless(f"a{character}b") == "a b"


@given(st.one_of(st.text(), st.binary(), st.lists(st.text())), st.integers(min_value=1, max_value=200))
def test_nothing_that_a_machine_says_can_draw(thing: object, limit: int) -> None:
    line = text.harmless(thing, limit)
    assert 1 <= len(line) <= limit
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert line.encode()
    assert text.harmless(line, limit) == line


@given(st.lists(st.sampled_from(["\x1b", "[", "]", "3", "1", "m", "\x07", "\\", "a", ";"])))
def test_no_escape_is_made_by_taking_another_away(pieces: list[str]) -> None:
    assert "\x1b" not in text.harmless("".join(pieces))


def test_values_are_filled_in_once() -> None:
    filled = text.fill_values("<<a>> and <<b>>", {"a": "<<b>>", "b": "{c}"}, "guide")
    assert filled == "<<b>> and {c}"


@pytest.mark.parametrize("template", ["< <a>>", "<<A>>", "<<>>", "<<1a>>", "<<a b>>", "cat <<EOF", "{a}"])
def test_what_is_no_value_stays(template: str) -> None:
    assert text.fill_values(template, {"a": "x"}, "guide") == template


def test_an_unknown_value_is_an_error_that_names_the_file() -> None:
    with pytest.raises(SteigerError, match=r"^guide.nl.md: <<prot>> is no value of this lab$"):
        text.fill_values("see <<prot>>", {"port": "1"}, "guide.nl.md")


def test_what_was_seen_is_filled_in_once_and_never_as_a_format() -> None:
    seen = {"name": "{seen} {0.__class__} %s", "seen": "x"}
    assert (
        text.fill_seen("{name}: {seen} {other} {{name}}", seen)
        == "{seen} {0.__class__} %s: x {other} {{seen} {0.__class__} %s}"
    )


@given(st.text(), st.text())
def test_any_text_can_be_a_value_and_can_be_seen(value: str, seen: str) -> None:
    assert text.fill_values("a<<x>>b", {"x": value}, "w") == f"a{value}b"
    assert text.fill_seen("a{x}b", {"x": seen}) == f"a{seen}b"


def test_names_in_a_text() -> None:
    assert text.value_names("<<a>> {b} <<c_1>> <<a>>") == {"a", "c_1"}
    assert text.seen_names("<<a>> {b} {c_1} {B} {}") == {"b", "c_1"}


def test_a_text_speaks_both_languages() -> None:
    both = text.Text(nl="haven", en="harbour")
    assert (both.in_("nl"), both.in_("en")) == ("haven", "harbour")
