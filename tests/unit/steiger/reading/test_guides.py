"""Every guide that we ship, laid out: no command broken, nothing wider than the terminal, no codes where none show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.conftest import ROOT

from steiger.catalogue import load
from steiger.reading import markdown, sections
from steiger.text import fill_values, value_names

if TYPE_CHECKING:
    from pathlib import Path

GUIDES = sorted((ROOT / "labs").glob("*/guide.*.md"))
NAMES = [f"{path.parent.name}-{path.name[6:8]}" for path in GUIDES]
FENCE = re.compile(r"^ *```[a-z]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def filled(path: Path) -> str:
    source = path.read_text(encoding="utf-8")
    return fill_values(source, {name: f"{name}-x7k2q" for name in value_names(source)}, "")


def blocks(source: str) -> list[list[str]]:
    """Return the code blocks, each as its lines without the indent of a list that it stands in."""
    found = []
    for match in FENCE.finditer(source):
        indent = len(match[0]) - len(match[0].lstrip(" "))
        found.append([line[indent:] for line in match[1].rstrip("\n").split("\n")])
    return found


def without(lines: list[str], codes: list[list[str]]) -> list[str]:
    """Return the lines that belong to no code block; each block must be there, whole and in order."""
    left: list[str] = []
    position = 0
    for code in codes:
        at = next((i for i in range(position, len(lines)) if lines[i : i + len(code)] == code), None)
        assert at is not None, "\n".join(code)
        left += lines[position:at]
        position = at + len(code)
    return left + lines[position:]


def plain_spans(source: str) -> list[str]:
    """Return what stands between single backticks outside code blocks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", source))


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("path", GUIDES, ids=NAMES)
def test_a_guide_is_readable(path: Path, width: int, colour: bool) -> None:
    source = filled(path)
    lines = markdown.lay_out(source, width, colour)
    bare = [ESCAPE.sub("", line) for line in lines]
    assert (bare == lines) is not colour
    assert not any("\x1b" in line for line in bare)
    codes = blocks(source)
    assert codes
    prose = without(bare, codes)
    # An address of a page cannot be broken.
    assert [line for line in prose if len(line) > width and not re.fullmatch(r" *\S*https://\S+", line)] == []
    assert [line for line in prose if re.search(r"\| *-{3}|^\||\*\*", line)] == []
    whole = "\n".join(prose)
    spans = plain_spans(source)
    assert spans
    assert [span for span in spans if span not in whole] == []


@pytest.mark.parametrize("path", GUIDES, ids=NAMES)
def test_every_task_has_its_section(path: Path) -> None:
    lab = load(path.parent)
    source = path.read_text(encoding="utf-8")
    for number, task in enumerate(lab.tasks, 1):
        section = sections.of_task(source, number)
        heading = section.partition("\n")[0]
        assert heading.endswith(f" {number} · {task.title.in_(path.name[6:8])}")
        assert section in source
        assert len(re.findall(r"^## ", FENCE.sub("", section), re.MULTILINE)) == 1
    assert sections.of_task(source, len(lab.tasks) + 1) == ""
