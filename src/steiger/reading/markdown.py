"""Markdown as lines for a terminal. Code blocks stand as they are: unwrapped, not indented, to copy."""

import itertools
from collections.abc import Iterator
from typing import Any

from steiger.reading import tables
from steiger.reading.words import Line, Piece, Word, drawn, fill, length, split

# Longer lines of prose are hard to follow; tables may be wider.
_PROSE = 100
_LEAST = 20


def lay_out(source: str, width: int, colour: bool) -> list[str]:
    """Return Markdown as lines: prose of at most `width` columns, with the terminal's codes for styles or without any."""
    from rich.markdown import Markdown  # noqa: PLC0415 - slow to import

    page = _Page(max(width, _LEAST), colour)
    for token in Markdown(source).parsed:
        page.take(token)
    while page.lines and not page.lines[-1].strip():
        page.lines.pop()
    return page.lines


class _Page:
    """A page that grows token by token."""

    def __init__(self, width: int, colour: bool) -> None:
        self.lines: list[str] = []
        self._width = width
        self._colour = colour
        # What stands before the first line of an item or quote, and before its others.
        self._margins: list[list[str]] = []
        self._counters: list[Iterator[int] | None] = []
        self._heading = 0
        self._tight = False
        self._rows: list[list[Line]] | None = None

    def take(self, token: Any) -> None:
        """Add what a token of the parser stands for; what is not known adds nothing."""
        known = getattr(self, f"_on_{token.type}", None)
        if known:
            known(token)

    def _on_heading_open(self, token: Any) -> None:
        self._blank()
        self._heading = int(token.tag[1:])

    def _on_heading_close(self, _token: Any) -> None:
        self._heading = 0
        self._blank()

    def _on_paragraph_open(self, token: Any) -> None:
        self._tight = token.hidden

    def _on_paragraph_close(self, _token: Any) -> None:
        if not self._tight:
            self._blank()

    def _on_inline(self, token: Any) -> None:
        words = split(_pieces(token.children or [], ticks=not self._colour))
        if self._rows is not None:
            self._rows[-1].append(words)
        elif self._heading:
            self._write_heading(words)
        else:
            self._write([drawn(line, self._colour) for line in fill(words, self._room(_PROSE))])

    def _write_heading(self, words: Line) -> None:
        lines = fill(words, self._room(_PROSE))
        if self._colour:
            bold = [
                [Word(tuple(Piece(piece.text, "bold") for piece in word.pieces), word.ends) for word in line]
                for line in lines
            ]
            lines = bold
        self._write([drawn(line, self._colour) for line in lines])
        if self._heading <= 2:
            self._write([("=" if self._heading == 1 else "-") * max(map(length, lines), default=0)])

    def _on_bullet_list_open(self, _token: Any) -> None:
        self._counters.append(None)

    def _on_ordered_list_open(self, token: Any) -> None:
        self._counters.append(itertools.count(int(token.attrs.get("start", 1))))

    def _on_list_close(self, _token: Any) -> None:
        self._counters.pop()
        if not self._margins:
            self._blank()

    _on_bullet_list_close = _on_list_close
    _on_ordered_list_close = _on_list_close

    def _on_list_item_open(self, _token: Any) -> None:
        counter = self._counters[-1]
        mark = "- " if counter is None else f"{next(counter)}. "
        self._margins.append([mark, " " * len(mark)])

    def _on_list_item_close(self, _token: Any) -> None:
        self._margins.pop()

    def _on_blockquote_open(self, _token: Any) -> None:
        self._blank()
        self._margins.append(["> ", "> "])

    def _on_blockquote_close(self, _token: Any) -> None:
        while self.lines and self.lines[-1].strip() == ">":
            self.lines.pop()
        self._margins.pop()
        self._blank()

    def _on_fence(self, token: Any) -> None:
        code = token.content.rstrip("\n").split("\n")
        self._blank()
        if self._colour:
            self.lines += [drawn([Word((Piece(line, "code"),))], True) if line else "" for line in code]
        else:
            self.lines += ["```", *code, "```"]
        self._blank()

    _on_code_block = _on_fence

    def _on_hr(self, _token: Any) -> None:
        self._blank()
        self._write(["-" * self._room(_PROSE)])
        self._blank()

    def _on_table_open(self, _token: Any) -> None:
        self._blank()
        self._rows = []

    def _on_tr_open(self, _token: Any) -> None:
        if self._rows is not None:
            self._rows.append([])

    def _on_table_close(self, _token: Any) -> None:
        rows, self._rows = self._rows or [], None
        if rows:
            self._write(tables.lay_out(rows, self._room(self._width), self._colour))
        self._blank()

    def _room(self, most: int) -> int:
        return max(1, min(self._width, most) - sum(len(margin[1]) for margin in self._margins))

    def _write(self, lines: list[str]) -> None:
        for line in lines:
            self.lines.append(("".join(margin[0] for margin in self._margins) + line).rstrip())
            for margin in self._margins:
                margin[0] = margin[1]

    def _blank(self) -> None:
        quote = "".join(margin[1] for margin in self._margins).rstrip()
        if self.lines and self.lines[-1].strip(" >"):
            self.lines.append(quote)


def _pieces(children: list[Any], *, ticks: bool) -> Iterator[Piece]:
    """Yield the text of inline Markdown in styles; code in backticks where colour does not show it."""
    style: list[str] = []
    target, last = "", ""
    for child in children:
        kind = child.type
        if kind in ("strong_open", "em_open"):
            style.append("bold" if kind == "strong_open" else "italic")
        elif kind in ("strong_close", "em_close"):
            style.pop()
        elif kind == "link_open":
            target = str(child.attrs.get("href", ""))
        elif kind == "link_close":
            if last != target:
                yield Piece(f" <{target}>")
        elif kind in ("softbreak", "hardbreak"):
            yield Piece(" " if kind == "softbreak" else "\n")
        elif kind == "code_inline":
            yield Piece(f"`{child.content}`" if ticks else child.content, "code")
        else:
            last = child.content
            yield Piece(last, style[-1] if style else "")
