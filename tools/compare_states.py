#!/usr/bin/env python3
"""Compare two states of a machine, as `machine_state.py` prints them.

    tools/compare_states.py BEFORE.json AFTER.json

Prints what was lost, added or changed, a line each; exit status 1 when there is anything.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

State = dict[str, dict[str, str]]

# Paths that may differ after a removal, each with the reason.
ALLOWED: dict[str, str] = {
    r"/var/lib/apt/.*": "apt's lists and its record of what was installed by hand (compared as packages)",
    r"/var/lib/dpkg/.*": "dpkg's own record (compared as packages)",
    r"/var/lib/systemd/(deb-systemd-\w+-enabled|timers|random-seed|credential\.secret|linger)(/.*)?": "kept by systemd and by package scripts",
    r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-": "copies that useradd and groupadd keep",
    r"/etc/ld\.so\.cache": "rebuilt whenever a package with a library comes or goes",
    r"/var/backups/.*": "copies that a daily timer makes of dpkg's and apt's records",
    r"/var/lib/containers/storage/(.*/)?[^/]+\.lock": "podman's locks, which tell who had them last",
    r"/root/\.ansible(/.*)?": "where Ansible keeps its temporary files",
}


def is_allowed(path: str) -> bool:
    """Tell whether a path may differ."""
    return any(re.fullmatch(pattern, path) for pattern in ALLOWED)


def differences(before: State, after: State) -> list[str]:
    """Return what was lost, added or changed, a line each, sorted."""
    found = []
    for kind in sorted(before.keys() | after.keys()):
        old, new = before.get(kind, {}), after.get(kind, {})
        names = [name for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
        for name in sorted(name for name in names if kind != "files" or not is_allowed(name)):
            if name not in new:
                found.append(f"{kind}: lost {name} ({old[name]})")
            elif name not in old:
                found.append(f"{kind}: added {name} ({new[name]})")
            else:
                found.append(f"{kind}: changed {name} ({old[name]} => {new[name]})")
    return found


def main() -> int:
    """Compare the two files named on the command line."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    before, after = (json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:])
    found = differences(before, after)
    for difference in found:
        print(difference)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
