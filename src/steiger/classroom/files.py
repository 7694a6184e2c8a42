"""Files of the instructor's side, each there whole or not at all."""

from pathlib import Path


def replace(path: Path, text: str) -> Path:
    """Write a file, in place of the one that was there, and return its path."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path
