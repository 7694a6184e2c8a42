"""What people see: rich on a terminal, plain lines elsewhere.

rich is imported only when there is a terminal: it costs a tenth of a second.
"""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

# What is done sooner needs no word.
PATIENCE = 0.6


def on_terminal() -> bool:
    """Tell whether a person looks at our output."""
    return sys.stdout.isatty()


def line(text: str = "", style: str = "") -> None:
    """Print one line; the text is shown as it is, never read as markup."""
    if style and on_terminal():
        from rich.console import Console  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        Console(highlight=False).print(Text(text, style=style))
    else:
        print(text)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table; `right` are the indices of columns to align on the right."""
    if on_terminal():
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        drawn = Table(box=None, pad_edge=False, header_style="bold")
        for index, heading in enumerate(headings):
            drawn.add_column(heading, justify="right" if index in right else "left")
        for row in rows:
            drawn.add_row(*(Text(cell) for cell in row))
        Console(highlight=False).print(drawn)
        return
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    for row in [headings, *rows]:
        cells = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


@contextlib.contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being done and for how long, once that takes more than a moment.

    Yields:
        A function that changes the text.
    """
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    shown = [text]
    ended = threading.Event()

    def show() -> None:
        if ended.wait(PATIENCE):
            return
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task(shown[0], total=None)
            while not ended.wait(0.1):
                progress.update(bar, description=shown[0])

    shower = threading.Thread(target=show, daemon=True)
    shower.start()
    try:
        yield lambda new: shown.__setitem__(0, new)
    finally:
        ended.set()
        shower.join()
