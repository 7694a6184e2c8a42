"""Ansible module: install the packages that labs need, as far as they can be had."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.module_utils.apt_said import HELD, errors, fault, held_back, lines
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import load, save

DOCUMENTATION = r"""
module: lab_packages
short_description: Install the packages that labs need
description:
  - Installs packages of the distribution, without what they only recommend.
  - One that cannot be installed costs the labs that need it; the others are installed all the same.
options:
  packages:
    description: Names of the packages.
    type: list
    elements: str
    required: true
  reasons:
    description: File, readable for everybody, that tells which packages did not come and why; there is none when all came.
    type: path
    default: /var/lib/steiger/waiting/packages.json
author: [Steiger]
attributes:
  check_mode: {support: full, description: Tells what would be installed.}
  diff_mode: {support: full, description: Names the packages.}
"""

EXAMPLES = r"""
- name: Install what labs need
  lab_packages:
    packages: [qemu-system-x86]
"""

RETURN = r"""
missing:
  description: The packages that were not installed before.
  type: list
  elements: str
  returned: always
waiting:
  description: By name why a package could not be installed.
  type: dict
  returned: always
"""

APT = [
    "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=1",
    "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
]  # fmt: skip
INSTALL = [*APT, "install", "--no-install-recommends"]
# No translation: what apt says is read.
ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "LC_ALL": "C.UTF-8"}
HARMLESS = {"installed", "not-installed", "config-files"}
QUERY = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\\n"]


def states(listing: str) -> dict[str, str]:
    """Return the state of each package that dpkg knows: `installed`, `half-configured` …; of any architecture the best."""
    found: dict[str, str] = {}
    for line in listing.splitlines():
        state, _, name = line.partition(" ")
        if found.get(name) != "installed":
            found[name] = state
    return found


def why(said: str) -> str:
    """Return apt's own words for what went wrong, on one line."""
    all_lines = lines(said)
    # After a package at fault apt only counts.
    if broken := fault(all_lines):
        return f"dpkg: error processing {broken.package}: {broken.reason}"
    first = [line.removeprefix("E:").strip() for line in errors(all_lines)[:1]]
    return str((first or all_lines[-1:] or ["apt-get failed"])[0])


class Apt:
    """What is asked of apt and dpkg; `run` is a module's run_command."""

    def __init__(self, run: Any) -> None:
        """Remember how to run a command."""
        self.run = run

    def look(self, names: list[str]) -> dict[str, str]:
        """Return the states of these packages."""
        return states(self.run([*QUERY, *names])[1])

    def missing(self, names: list[str]) -> list[str]:
        """Return those of the packages that are not installed."""
        known = self.look(names) if names else {}
        return [name for name in names if known.get(name) != "installed"]

    def install(self, names: list[str]) -> str:
        """Install packages; return what went wrong, "" when nothing did."""
        status, out, err = self.run([*INSTALL, "--", *names], environ_update=ENVIRONMENT)
        if not status:
            return ""
        said = f"{err}\n{out}"
        holds = self.run(["apt-mark", "showhold"], environ_update=ENVIRONMENT)[1].split() if HELD.search(said) else []
        held = " ".join(held_back(said, holds, names))
        return f"apt-mark holds {held} back; as root: apt-mark unhold {held}" if held else why(said)

    def refresh(self) -> None:
        """Fetch the lists of packages; those that are there stay when that fails."""
        self.run([*APT, "update"], environ_update=ENVIRONMENT)

    def clear(self, name: str) -> None:
        """Take away a package that is neither installed nor not: it would be in the way of every other."""
        if self.look([name]).get(name, "not-installed") not in HARMLESS:
            self.run(["dpkg", "--purge", "--", name], environ_update=ENVIRONMENT)


def bring(apt: Apt, names: list[str]) -> dict[str, str]:
    """Install packages, and return why some could not be."""
    if not apt.install(names):
        return {}
    # The lists may be old, or gone as in an image that was made small.
    apt.refresh()
    failed = {}
    for name in apt.missing(names):
        wrong = apt.install([name])
        if wrong:
            failed[name] = wrong
            apt.clear(name)
    return failed


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "str", "required": True},
            "reasons": {"type": "path", "default": "/var/lib/steiger/waiting/packages.json"},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)  # whoever uses `lab` reads the reasons
    apt = Apt(module.run_command)
    names = sorted(set(module.params["packages"]))
    missing = apt.missing(names)
    record = Path(module.params["reasons"])
    try:
        known = load(record)
    except ValueError:
        known = {"": "broken"}
    waiting = bring(apt, missing) if missing and not module.check_mode else {}
    for name, reason in waiting.items():
        module.warn(f"{name} could not be installed: {reason}")
    came = len(waiting) < len(missing)
    if known != waiting and not module.check_mode:
        save(record, waiting)
    module.exit_json(
        changed=came or known != waiting,
        missing=missing,
        waiting=waiting,
        diff={"before": "", "after": "".join(f"{name}\n" for name in missing)},
    )


if __name__ == "__main__":
    main()
