"""Words in styles, and lines of them. Code is one word however many spaces it has: a command is never broken."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

_MARKS = {"bold": "1", "italic": "3", "code": "36", "heading": "1;4"}


@dataclass(frozen=True)
class Piece:
    """A part of a word, in one style ("" is plain)."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Word:
    """What no line is broken in; `ends` says that its line ends behind it."""

    pieces: tuple[Piece, ...]
    ends: bool = False

    @property
    def width(self) -> int:
        """The columns that it takes."""
        return sum(cell_len(piece.text) for piece in self.pieces)


Line = list[Word]


def split(pieces: Iterable[Piece]) -> Line:
    """Return pieces as words: a space in code keeps its two sides together, a line break in plain text ends the line."""
    words: Line = []
    current: list[Piece] = []
    for piece in pieces:
        if piece.style == "code":
            current.append(piece)
            continue
        for part in re.split(r"([ \n]+)", piece.text):
            if part.strip(" \n"):
                current.append(Piece(part, piece.style))
            elif part:
                if current:
                    words.append(Word(tuple(current)))
                    current = []
                if "\n" in part and words:
                    words[-1] = Word(words[-1].pieces, ends=True)
    return [*words, Word(tuple(current))] if current else words


def fill(words: Sequence[Word], width: int) -> list[Line]:
    """Return lines of at most `width` columns; a word that is wider has a line of its own, and stays whole."""
    lines: list[Line] = []
    left = 0
    for word in words:
        if lines and word.width + 1 <= left and not lines[-1][-1].ends:
            lines[-1].append(word)
            left -= word.width + 1
        else:
            lines.append([word])
            left = width - word.width
    return lines


def length(line: Sequence[Word]) -> int:
    """Return the columns that a line takes."""
    return sum(word.width for word in line) + max(0, len(line) - 1)


def drawn(line: Sequence[Word], colour: bool) -> str:
    """Return a line as it is written, with the codes of its styles where there is colour."""
    texts = []
    for word in line:
        parts = [
            f"\x1b[{_MARKS[piece.style]}m{piece.text}\x1b[0m" if colour and piece.style in _MARKS else piece.text
            for piece in word.pieces
        ]
        texts.append("".join(parts))
    return " ".join(texts)
