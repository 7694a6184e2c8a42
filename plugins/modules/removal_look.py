"""Ansible module: look whether all that Steiger made is gone."""

from __future__ import annotations

import grp
from pathlib import Path
from typing import Any

from ansible.module_utils import processes
from ansible.module_utils.apt_history import recorded
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import remembered

DOCUMENTATION = r"""
module: removal_look
short_description: Look whether all that Steiger made is gone
description:
  - Looks at the packages on apt's record, the processes of their programs, files and folders, and what was written down to be undone.
  - Fails with one line for each thing that is left.
options:
  stays:
    description: Packages on the record that are to stay.
    type: list
    elements: str
    default: []
  needed:
    description: Those of them that others need, with the names of these; RV(notes) tells.
    type: dict
    default: {}
  rest:
    description: Packages that go later, when Ansible has ended.
    type: list
    elements: str
    default: []
  paths:
    description: Files and folders that must be gone.
    type: list
    elements: str
    default: []
  reasons:
    description: Why such a path could not be taken away, where that is known.
    type: dict
    default: {}
  group:
    description: A group that is to be gone; when it has members, RV(notes) names them.
    type: str
    default: ""
  history:
    description: The record, a history that apt wrote.
    type: path
    default: /var/lib/steiger/apt/history.log
  programs:
    description: The programs of packages that were purged, as C(package_services) remembers them.
    type: path
    default: /var/lib/steiger/programs.json
  undone:
    description: Records that are gone once what they name is undone.
    type: list
    elements: str
    default: [/var/lib/steiger/daemon.json, /var/lib/steiger/group-docker.json]
  report:
    description: A file for the lines when the module fails.
    type: path
  language:
    description: The language of the lines.
    type: str
    choices: [nl, en]
    default: en
attributes:
  check_mode: {support: full, description: Only looks, so that it fails as long as things are there.}
author: [Steiger]
"""

EXAMPLES = r"""
- name: Look whether all is gone
  removal_look:
    paths: [/var/lib/docker]
"""

RETURN = r"""
notes:
  description: What stays for a good reason, a line each.
  type: list
  elements: str
  returned: success
"""

TEXTS = {
    "package": {"en": "The package {0} is still installed ({1}).", "nl": "Het pakket {0} staat er nog ({1})."},
    "process": {"en": "Process {0} still runs.", "nl": "Proces {0} draait nog."},
    "path": {"en": "{0} is still there.", "nl": "{0} is er nog."},
    "why": {"en": "{0} is still there: {1}", "nl": "{0} is er nog: {1}"},
    "undone": {
        "en": "What {0} names is not undone yet.",
        "nl": "Wat in {0} staat is nog niet ongedaan gemaakt.",
    },
    "empty": {"en": "The group {0} is still there.", "nl": "De groep {0} is er nog."},
    "needed": {"en": "{0} stays, for {1} needs it.", "nl": "{0} blijft staan, want {1} heeft het nodig."},
    "group": {
        "en": "The group {0} stays: {1} is in it, and Steiger did not put them there.",
        "nl": "De groep {0} blijft bestaan: {1} zit erin, en dat deed Steiger niet.",
    },
}


def still_installed(listing: str, ours: set[str]) -> dict[str, str]:
    """Return those of our packages that dpkg knows of, with its word for their state.

    `listing` has a line for each package: name:architecture and state; `ours` are names with or without architecture.
    """
    names = {name.partition(":")[0] for name in ours}
    found = {}
    for line in listing.splitlines():
        package, _, status = line.partition(" ")
        name, _, architecture = package.partition(":")
        # Apt's record gives what is for all architectures that of the machine.
        is_ours = not ours.isdisjoint({package, name}) or (architecture == "all" and name in names)
        if is_ours and status != "not-installed":
            found[name] = status
    return found


def is_gone(path: Path) -> bool:
    """Tell whether a path is gone, or is a disk of its owner's that is empty now."""
    if path.is_mount():
        return not any(path.iterdir())
    return not path.exists() and not path.is_symlink()


def members(group: str) -> list[str]:
    """Return the members of a group; none when there is no such group."""
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return []


def is_there(group: str) -> bool:
    """Tell whether there is such a group."""
    return any(one.gr_name == group for one in grp.getgrall())


def look(module: AnsibleModule, history: str) -> list[tuple[str, ...]]:
    """Return what is left, each as the name of a text and its values."""
    params: dict[str, Any] = module.params
    later = {*params["stays"], *params["rest"]}
    expected = {name for name in recorded(history) if later.isdisjoint({name, name.partition(":")[0]})}
    names = {name.partition(":")[0] for name in expected}
    shown = "${Package}:${Architecture} ${db:Status-Status}\n"
    listing = module.run_command(["dpkg-query", "--show", "--showformat", shown])[1]
    left: list[tuple[str, ...]] = [("package", *pair) for pair in sorted(still_installed(listing, expected).items())]
    programs = [path for name, paths in remembered(Path(params["programs"])).items() if name in names for path in paths]
    left += [("process", str(one)) for one in processes.of(programs, processes.running(), gone=True)]
    for name in params["paths"]:
        if not is_gone(Path(name)):
            left.append(("why", name, params["reasons"][name]) if name in params["reasons"] else ("path", name))
    left += [("undone", name) for name in params["undone"] if Path(name).exists()]
    if params["group"] and is_there(params["group"]) and not members(params["group"]):
        left.append(("empty", params["group"]))
    return left


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "stays": {"type": "list", "elements": "str", "default": []},
            "needed": {"type": "dict", "default": {}},
            "rest": {"type": "list", "elements": "str", "default": []},
            "paths": {"type": "list", "elements": "str", "default": []},
            "reasons": {"type": "dict", "default": {}},
            "group": {"type": "str", "default": ""},
            "history": {"type": "path", "default": "/var/lib/steiger/apt/history.log"},
            "programs": {"type": "path", "default": "/var/lib/steiger/programs.json"},
            "undone": {
                "type": "list",
                "elements": "str",
                "default": ["/var/lib/steiger/daemon.json", "/var/lib/steiger/group-docker.json"],
            },
            "report": {"type": "path"},
            "language": {"choices": ["nl", "en"], "default": "en"},
        },
        supports_check_mode=True,
    )
    params = module.params

    def says(text: str, *values: str) -> str:
        return TEXTS[text][params["language"]].format(*values)

    record = Path(params["history"])
    history = record.read_text(encoding="utf-8", errors="replace") if record.is_file() else ""
    if left := [says(*one) for one in look(module, history)]:
        if params["report"]:
            Path(params["report"]).write_text("".join(f"{line}\n" for line in left), encoding="utf-8")
        module.fail_json(msg=" ".join(left))
    notes = [says("needed", name, ", ".join(by)) for name, by in sorted(params["needed"].items())]
    if params["group"] and (names := members(params["group"])):
        notes.append(says("group", params["group"], ", ".join(names)))
    module.exit_json(changed=False, notes=notes)


if __name__ == "__main__":
    main()
