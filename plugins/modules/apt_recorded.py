"""Ansible module: take away the packages that apt's record of Steiger names."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from ansible.module_utils.apt_history import recorded
from ansible.module_utils.apt_said import fault, lines
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: apt_recorded
short_description: Purge the packages that were installed on the record
description:
  - Reads a history that apt itself wrote (C(Dir::Log::History)) and purges what was installed in it, dependencies included.
  - A package stays when anything that is not on the record depends on it. That something only recommends it is not enough.
  - Before anything is purged, apt is asked what the purge would do; when that is not exactly the packages meant, nothing is done.
  - What was there before for another package's sake, and was asked for since, is marked as it was.
  - What an earlier purge that was cut off left as configuration files alone is purged too.
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
  state:
    description: With V(looked) nothing is purged, nor tried; RV(gone) tells what would be.
    type: str
    choices: [purged, looked]
    default: purged
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
gone:
  description: The packages on the record that are not installed any more, or would not be.
  returned: always
  type: list
  elements: str
stays:
  description: The packages on the record that are kept, in whatever state, and those that are installed and stay for others.
  returned: always
  type: list
  elements: str
needed:
  description: The installed ones of RV(stays) that packages need that are not on the record, with the names of these.
  returned: always
  type: dict
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


def statuses(module: AnsibleModule, native: str) -> dict[str, str]:
    """Return dpkg's word for the state of every package (name:architecture) that it knows."""
    shown = "${Package}:${Architecture} ${db:Status-Status}\n"
    _, out, _ = module.run_command(["dpkg-query", "--show", "--showformat", shown], check_rc=True)
    lines = (line.rpartition(" ") for line in out.splitlines())
    return {name.replace(":all", f":{native}"): status for name, _, status in lines if status != "not-installed"}


def dependents(listing: str, names: set[str]) -> dict[str, list[str]]:
    """Return for those of the names that are depended on by others, which these are.

    `listing` has a line for each installed package: its name, a tab, and what it depends on.
    """
    found: dict[str, list[str]] = {}
    for line in listing.splitlines():
        package, _, needs = line.partition("\t")
        for name in sorted(set(re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", needs)) & names - {package}):
            found.setdefault(name, []).append(package)
    return found


def needed(module: AnsibleModule, stays: set[str], ours: set[str]) -> dict[str, list[str]]:
    """Return which of the packages are needed by packages that are not ours, and by which."""
    if not stays:
        return {}
    shown = "${Package}\t${Pre-Depends}, ${Depends}\n"
    _, out, _ = module.run_command(["dpkg-query", "--show", "--showformat", shown], check_rc=True)
    own = {name.partition(":")[0] for name in ours}
    others = "".join(f"{line}\n" for line in out.splitlines() if line.partition("\t")[0] not in own)
    return dependents(others, {name.partition(":")[0] for name in stays})


def cause(out: str, err: str) -> str:
    """Return in one line why a purge failed, from what apt-get and dpkg said."""
    if broken := fault(lines(out)):
        scripts = [line for line in broken.before if not re.match(r"(Removing|Purging|\(Reading|Processing) ", line)]
        named = f"The package {broken.package} cannot be purged"
        return ": ".join(filter(None, [named, broken.reason, *scripts[-1:]]))
    return str((lines(err) or lines(out) or ["apt-get does not say why"])[-1])


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "history": {"type": "path", "default": "/var/lib/steiger/apt/history.log"},
            "states": {"type": "path", "default": "/var/lib/steiger/apt/extended_states"},
            "state": {"choices": ["purged", "looked"], "default": "purged"},
            "keep": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    history = Path(module.params["history"])
    if not history.is_file():
        module.exit_json(changed=False, packages=[], rest=[], gone=[], stays=[], needed={})
    _, out, _ = module.run_command(["dpkg", "--print-architecture"], check_rc=True)
    native = out.strip()
    kept = {name if ":" in name else f"{name}:{native}" for name in module.params["keep"]}
    all_ours = recorded(history.read_text(encoding="utf-8", errors="replace"))
    ours, status = all_ours - kept, statuses(module, native)

    settings = {name for name in ours if status.get(name) == "config-files"}
    everything = removable(module, ours, native) | settings
    now = removable(module, ours - {f"{name}:{native}" for name in INTERPRETER}, native) | settings
    marks = changed_marks(module, native) - kept
    there = {name for name in all_ours - everything if status.get(name, "config-files") != "config-files"}
    # What is kept is not expected to go, also when nothing but its settings is there.
    stays = there | (all_ours & kept)
    result = {"changed": bool(now or marks), "packages": sorted(now), "rest": sorted(everything - now)}
    result.update(
        gone=sorted(all_ours - stays - (everything - now)), stays=sorted(stays), needed=needed(module, there, all_ours)
    )
    if module.params["state"] == "looked":
        module.exit_json(**{**result, "changed": False})
    if module._diff:  # noqa: SLF001 - the documented way to ask
        result["diff"] = {"before": "".join(f"{name}\n" for name in sorted(now)), "after": ""}
    for packages in [now] if now == everything else [now, everything]:
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
        failed, out, err = module.run_command([*APT, "-y", "purge", *sorted(now)], environ_update=ENVIRONMENT)
        if failed:
            module.fail_json(msg=cause(out, err))
    if marks and not module.check_mode:
        module.run_command(["apt-mark", "auto", *sorted(marks)], check_rc=True, environ_update=ENVIRONMENT)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
