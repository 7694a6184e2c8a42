"""A table that fits: side by side where its columns have room, else a row as a block of `heading: cell` lines."""

from collections.abc import Sequence

from steiger.reading.words import Line, Piece, Word, drawn, fill, length

_GAP = 2
# A column that is squeezed further than this is no longer read with ease.
_NARROW = 14
_TALL = 4

Row = Sequence[Line]


def lay_out(rows: Sequence[Row], width: int, colour: bool) -> list[str]:
    """Return the lines of a table, its headings in the first row, in at most `width` columns where its words allow it."""
    columns = max(len(row) for row in rows)
    filled = [[*row, *([[]] * (columns - len(row)))] for row in rows]
    widths = column_widths(filled, width)
    if widths is None:
        return _blocks(filled, width, colour)
    return _side_by_side(filled, widths, colour)


def column_widths(rows: Sequence[Row], width: int) -> list[int] | None:
    """Return a width for each column, so that the table fits; None when it would not, or not with ease."""
    columns = range(len(rows[0]))
    wanted = [max(length(row[i]) for row in rows) for i in columns]
    room = width - _GAP * (len(wanted) - 1)
    if sum(wanted) <= room:
        return wanted
    least = [max([word.width for row in rows for word in row[i]] + [min(wanted[i], _NARROW)]) for i in columns]
    if sum(least) > room:
        return None
    widths = list(least)
    # What is left goes, column by column, to the one that lacks most.
    for _each in range(room - sum(least)):
        lacking = max(columns, key=lambda i: wanted[i] - widths[i])
        widths[lacking] += 1
    tallest = max(len(fill(row[i], widths[i])) for row in rows for i in columns)
    return widths if tallest <= _TALL else None


def _side_by_side(rows: Sequence[Row], widths: Sequence[int], colour: bool) -> list[str]:
    folded = [[fill(cell, width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    apart = any(len(cell) > 1 for row in folded[1:] for cell in row)
    lines = []
    for number, row in enumerate(folded):
        for level in range(max(len(cell) for cell in row) or 1):
            text = ""
            column = 0
            for cell, width in zip(row, widths, strict=True):
                part = cell[level] if level < len(cell) else []
                text += " " * column + drawn(part, colour)
                column = width - length(part) + _GAP
            lines.append(text.rstrip())
        if number == 0:
            lines.append((" " * _GAP).join("-" * width for width in widths))
        elif apart and number < len(folded) - 1:
            lines.append("")
    return lines


def _blocks(rows: Sequence[Row], width: int, colour: bool) -> list[str]:
    headings, *others = rows
    lines: list[str] = []
    for row in others:
        if lines:
            lines.append("")
        for heading, cell in zip(headings, row, strict=True):
            if cell:
                label = [*heading[:-1], _with_colon(heading[-1])] if heading else []
                first, *rest = fill([*label, *cell], width - _GAP)
                lines.append(drawn(first, colour))
                lines += [" " * _GAP + drawn(line, colour) for line in rest]
    return lines


def _with_colon(word: Word) -> Word:
    return Word((*word.pieces, Piece(":")))
