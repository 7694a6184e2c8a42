"""Markdown as lines: what each of its parts becomes."""

from __future__ import annotations

import pytest

from steiger.reading import markdown, sections

PARTS = {
    "heading": ("# A `b`\n\n## C\n\n### D\ntext", ["A `b`", "=====", "", "C", "-", "", "D", "", "text"]),
    "prose": ("one two three four five six", ["one two three four", "five six"]),
    "a command is one word": ("type `docker ps -a` now", ["type `docker ps -a`", "now"]),
    "a command that would be broken": ("type a `docker ps -a`", ["type a", "`docker ps -a`"]),
    "a command with a comma": ("a `docker ps -a`, then", ["a `docker ps -a`,", "then"]),
    "too long to fit": ("x `docker run --rm busybox` y", ["x", "`docker run --rm busybox`", "y"]),
    "a line that ends": ("one  \ntwo\nthree", ["one", "two three"]),
    "list": ("- one\n- two three four five six\n", ["- one", "- two three four", "  five six"]),
    "numbers": ("9. one\n10. two\n", ["9. one", "10. two"]),
    "nested": ("- one\n  - two\n- three\n", ["- one", "  - two", "- three"]),
    "loose": ("- one\n\n- two\n\ntext", ["- one", "", "- two", "", "text"]),
    "after a list": ("- one\n- two\n\ntext", ["- one", "- two", "", "text"]),
    "quote": ("> one two three four five\n\ntext", ["> one two three four", "> five", "", "text"]),
    "quote of two": ("> one\n>\n> two", ["> one", ">", "> two"]),
    "code": ("a\n```sh\nls  -la \\\n  long long long long long\n\n```\nb", None),
    "code in a list": ("- a\n\n  ```\n  ls\n    x\n  ```\n- b", ["- a", "", "```", "ls", "  x", "```", "", "- b"]),
    "styles": ("**a b** *c* ~~d~~", ["a b c d"]),
    "link": ("see [the page](https://x.nl/a).", ["see the page", "<https://x.nl/a>."]),
    "an address": ("<https://x.nl/a>", ["https://x.nl/a"]),
    "rule": ("a\n\n---\n\nb", ["a", "", "-" * 20, "", "b"]),
    "comment": ("a\n\n<!-- hidden -->\n\nb", ["a", "", "b"]),
    "angle brackets": ("port <PORT> of a<b", ["port <PORT> of a<b"]),
    "nothing": ("", []),
}
PARTS["code"] = (
    PARTS["code"][0],
    ["a", "", "```", "ls  -la \\", "  long long long long long", "```", "", "b"],
)


@pytest.mark.parametrize(("source", "lines"), PARTS.values(), ids=PARTS.keys())
def test_a_part(source: str, lines: list[str]) -> None:
    assert markdown.lay_out(source, 20, colour=False) == lines


def test_colour_in_place_of_marks() -> None:
    assert markdown.lay_out("# A\n\n**b** `c d`\n\n```\ne\n\nf\n```", 20, colour=True) == [
        "\x1b[1mA\x1b[0m",
        "=",
        "",
        "\x1b[1mb\x1b[0m \x1b[36mc d\x1b[0m",
        "",
        "\x1b[36me\x1b[0m",
        "",
        "\x1b[36mf\x1b[0m",
    ]


def test_prose_is_not_wider_than_is_easy_to_read() -> None:
    assert max(map(len, markdown.lay_out("word " * 100, 300, colour=False))) == 99


def test_a_very_narrow_terminal_is_no_reason_to_fail() -> None:
    assert markdown.lay_out("- > one two", 1, colour=False) == ["- > one two"]


def test_a_task_ends_where_the_next_heading_begins() -> None:
    guide = "# G\n\n## Task 1 · a\n\ntext\n\n```\n## Task 2 · no\n```\n\n### more\n\n## Task 2 · b\n\nlast\n\n## Done\n\nend\n"
    assert sections.of_task(guide, 1) == "## Task 1 · a\n\ntext\n\n```\n## Task 2 · no\n```\n\n### more\n"
    assert sections.of_task(guide.replace("Task", "Taak"), 2) == "## Taak 2 · b\n\nlast\n"
    assert sections.of_task(guide, 3) == ""
