"""Ansible module: take away the packages that apt's record of Steiger names."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from ansible.module_utils.apt_history import recorded
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: apt_recorded
short_description: Purge the packages that were installed on the record
description:
  - Reads a history that apt itself wrote (C(Dir::Log::History)) and purges what was installed in it, dependencies included.
  - A package stays when anything that is not on the record depends on it. That something only recommends it is not enough.
  - Before anything is purged, apt is asked what the purge would do; when that is not exactly the packages meant, nothing is done.
  - What was there before for another package's sake, and was asked for since, is marked as it was.
  - The package that Python itself runs from is not purged, nor what it needs; RV(rest) names them.
options:
  history:
    description: The history; when it is not there, nothing is done.
    type: path
    default: /var/lib/steiger/apt/history.log
  states:
    description: A copy of apt's F(extended_states) from before the first installation; when it is not there, no mark is set.
    type: path
    default: /var/lib/steiger/apt/extended_states
  keep:
    description: Packages that stay, with what they depend on.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Says what would be purged.
    support: full
  diff_mode:
    description: Shows the packages.
    support: full
author: Steiger
"""

EXAMPLES = r"""
- name: Purge the packages that Steiger installed, but for the engine
  apt_recorded:
    keep: [docker.io]
"""

RETURN = r"""
packages:
  description: The packages that were purged, or would be.
  returned: always
  type: list
  elements: str
rest:
  description: The packages that are left to purge once Ansible has ended, for Python is among them.
  returned: always
  type: list
  elements: str
"""

INTERPRETER = {"python3", "python3-minimal"}
APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
STRICT = ["-o", "APT::AutoRemove::RecommendsImportant=false", "-o", "APT::AutoRemove::SuggestsImportant=false"]
ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "APT_CONFIG": "", "NEEDRESTART_SUSPEND": "1"}


def removed(simulation: str, native: str) -> set[str]:
    """Return the packages (name:architecture) that a simulation of apt-get would remove."""
    names = re.findall(r"^(?:Remv|Purg) (\S+)", simulation, re.MULTILINE)
    return {name if ":" in name else f"{name}:{native}" for name in names}


def states(packages: set[str]) -> str:
    """Return an extended_states file in which these packages alone are there for others' sake."""
    entries = (name.rpartition(":") for name in sorted(packages))
    return "".join(
        f"Package: {name}\nArchitecture: {architecture}\nAuto-Installed: 1\n\n" for name, _, architecture in entries
    )


def automatic(text: str) -> set[str]:
    """Return the packages (name:architecture) that an extended_states file says are there for others' sake."""
    found = set()
    for entry in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in entry.splitlines() if ": " in line)
        if fields.get("Auto-Installed") == "1":
            found.add(f"{fields.get('Package')}:{fields.get('Architecture')}")
    return found


def changed_marks(module: AnsibleModule, native: str) -> set[str]:
    """Return the packages that were there for others' sake before, and are marked as asked for now."""
    before = Path(module.params["states"])
    if not before.is_file():
        return set()
    _, out, _ = module.run_command(["apt-mark", "showmanual"], check_rc=True, environ_update=ENVIRONMENT)
    asked_for = {name if ":" in name else f"{name}:{native}" for name in out.split()}
    return automatic(before.read_text(encoding="utf-8", errors="replace")) & asked_for


def removable(module: AnsibleModule, packages: set[str], native: str) -> set[str]:
    """Return those of the packages that nothing else depends on."""
    with tempfile.NamedTemporaryFile("w", suffix=".states", encoding="utf-8") as file:
        file.write(states(packages))
        file.flush()
        command = [*APT, *STRICT, "-o", f"Dir::State::extended_states={file.name}", "--simulate", "autoremove"]
        _, out, _ = module.run_command(command, check_rc=True, environ_update=ENVIRONMENT)
    return removed(out, native) & packages


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "history": {"type": "path", "default": "/var/lib/steiger/apt/history.log"},
            "states": {"type": "path", "default": "/var/lib/steiger/apt/extended_states"},
            "keep": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    history = Path(module.params["history"])
    if not history.is_file():
        module.exit_json(changed=False, packages=[], rest=[])
    _, out, _ = module.run_command(["dpkg", "--print-architecture"], check_rc=True)
    native = out.strip()
    kept = {name if ":" in name else f"{name}:{native}" for name in module.params["keep"]}
    ours = recorded(history.read_text(encoding="utf-8", errors="replace")) - kept

    everything = removable(module, ours, native)
    now = removable(module, ours - {f"{name}:{native}" for name in INTERPRETER}, native)
    marks = changed_marks(module, native) - kept
    result = {"changed": bool(now or marks), "packages": sorted(now), "rest": sorted(everything - now)}
    if module._diff:  # noqa: SLF001 - the documented way to ask
        result["diff"] = {"before": "".join(f"{name}\n" for name in sorted(now)), "after": ""}
    for packages in (now, everything):
        if packages:
            _, out, _ = module.run_command(
                [*APT, "--simulate", "purge", *sorted(packages)], check_rc=True, environ_update=ENVIRONMENT
            )
            others = removed(out, native) - packages
            if others:
                module.fail_json(
                    msg=f"Purging Steiger's packages would take {', '.join(sorted(others))} along, so nothing was purged."
                )
    if now and not module.check_mode:
        module.run_command([*APT, "-y", "purge", *sorted(now)], check_rc=True, environ_update=ENVIRONMENT)
    if marks and not module.check_mode:
        module.run_command(["apt-mark", "auto", *sorted(marks)], check_rc=True, environ_update=ENVIRONMENT)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
