"""Find where this machine gets Debian from, so that no mirror's name needs to be written down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS = [
    "apt-get",
    "indextargets",
    "--format",
    "$(CREATED_BY)|$(LABEL)|$(CODENAME)|$(REPO_URI)",
    "Created-By: Packages",
]


def entries(listing: str) -> list[tuple[str, str, str]]:
    """Return label, code name and URI of every repository in the output of TARGETS."""
    found = [line.split("|") for line in listing.splitlines()]
    return [(line[1], line[2], line[3].rstrip("/")) for line in found if len(line) == 4 and line[0] == "Packages"]


def plain(uri: str) -> str:
    """Return the first address of apt's list of mirrors (`mirror+file:`), any other URI as it is."""
    if not uri.startswith("mirror+file:"):
        return uri
    path = Path("/" + uri.removeprefix("mirror+file:").strip("/"))
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return next((line.split()[0].rstrip("/") for line in lines if line.strip() and not line.startswith("#")), "")


def uris(run: Callable[[list[str]], tuple[int, str, str]]) -> tuple[str, str]:
    """Return the URIs of Debian and of its security updates, "" where this machine has none."""
    status, listing, _ = run(TARGETS)
    by_label: dict[str, str] = {}
    for label, _, uri in entries(listing if status == 0 else ""):
        by_label.setdefault(label, uri)
    return by_label.get("Debian", ""), by_label.get("Debian-Security", "")


def codenames(run: Callable[[list[str]], tuple[int, str, str]]) -> set[tuple[str, str]]:
    """Return the pairs of label and code name that apt knows on this machine."""
    status, listing, _ = run(TARGETS)
    return {(label, codename) for label, codename, _ in entries(listing if status == 0 else "")}
