"""Tell where an engine keeps its data."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from ansible.module_utils.daemon_settings import decoded, read

# With userns-remap all is in a folder with the ids of the mapped root.
MAPPED = re.compile(r"[0-9]+\.[0-9]+")


def data_roots(usual: Path, settings: Path) -> list[Path]:
    """Return the folders in which an engine may have data: the usual one, that of its settings, and mapped ones in these.

    Settings that are not there or cannot be read name no folder.
    """
    tops = [usual]
    with contextlib.suppress(OSError, ValueError):
        named = read(decoded(settings.read_bytes()))
        # Engines before 23 take the old name as well.
        tops += [Path(named[key]) for key in ("data-root", "graph") if isinstance(named.get(key), str) and named[key]]
    found = []
    for top in tops:
        mapped = []
        with contextlib.suppress(OSError):
            mapped = sorted(entry for entry in top.iterdir() if MAPPED.fullmatch(entry.name))
        found += [top, *mapped]
    return list({folder.resolve(): folder for folder in found}.values())
