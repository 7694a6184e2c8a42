"""A Markdown page, shown as the terminal allows."""

import os
import shutil

from steiger import render
from steiger.reading import markdown, pager


def show(source: str) -> None:
    """Print a page: through a pager where it is longer than the terminal, and without styles where they would not show."""
    width = shutil.get_terminal_size().columns
    reader = pager.command(os.environ) if render.on_terminal() else []
    colour = render.on_terminal() and pager.coloured(os.environ) and pager.shows_styles(reader)
    pager.show(markdown.lay_out(source, width, colour), reader, os.environ)
