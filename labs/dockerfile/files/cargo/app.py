"""Prints the cargo on board, and the keys of the menu."""

from pathlib import Path

HERE = Path(__file__).parent

print((HERE / "manifest.csv").read_text(encoding="utf-8"))
print((HERE / "docs" / "keys.txt").read_text(encoding="utf-8"))
