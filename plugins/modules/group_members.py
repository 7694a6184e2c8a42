"""Ansible module: add users to a group, and remember who was not in it before."""

from __future__ import annotations

import grp
import pwd
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import load, save

DOCUMENTATION = r"""
module: group_members
short_description: Add users to a group, and remember who was not in it before
description:
  - O(state=absent) takes only those out of the group that this module put into it.
  - Accounts and groups may be known to NSS alone. When a member cannot be added, such as to a group that is not in
    F(/etc/group), that is a warning, and no failure of all the rest.
options:
  group:
    description: The group; it must be there.
    type: str
    required: true
  users:
    description: Users to add; root needs no group and is left out.
    type: list
    elements: str
    default: []
  record:
    description: Where to remember who was added.
    type: path
    required: true
  state:
    description: Whether the users are to be members.
    type: str
    choices: [present, absent]
    default: present
author: [Steiger]
attributes:
  check_mode: {support: full, description: Tells who would be added or taken out.}
"""

EXAMPLES = r"""
- name: Let a user use docker
  group_members:
    group: docker
    users: [anna]
    record: /var/lib/steiger/group-docker.json
"""

RETURN = r"""
users:
  description: Those who were added or taken out.
  type: list
  elements: str
  returned: always
refused:
  description: Those who could not be added.
  type: list
  elements: str
  returned: when state is present
"""


def members(group: str) -> list[str] | None:
    """Return the members of a group, None when there is no such group."""
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return None


def unknown(users: list[str]) -> list[str]:
    """Return the names that are no users of this machine."""

    def is_user(name: str) -> bool:
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True

    return [name for name in users if not is_user(name)]


def add(module: AnsibleModule, users: list[str]) -> list[str]:
    """Add users to the group, and return those whom it did not take."""
    if not users:
        return []
    group, path = module.params["group"], Path(module.params["record"])
    recorded = set(load(path).get("users", []))
    # Before the change, so that a run that is cut off is not forgotten.
    save(path, {"users": sorted({*recorded, *users})})
    refused = []
    for name in users:
        status, _, said = module.run_command(["gpasswd", "--add", name, group])
        if status:
            refused.append(name)
            module.warn(f"{name} is not in the group {group}: {said.strip()}")
    if refused:
        kept = sorted({*recorded, *users} - set(refused))
        save(path, {"users": kept} if kept else {})
    return refused


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "group": {"required": True},
            "users": {"type": "list", "elements": "str", "default": []},
            "record": {"type": "path", "required": True},
            "state": {"choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    group, path = module.params["group"], Path(module.params["record"])
    users = [name for name in module.params["users"] if name != "root"]
    now = members(group)
    try:
        recorded = load(path).get("users", [])
    except ValueError as error:
        module.fail_json(msg=str(error))
    if module.params["state"] == "absent":
        going = [name for name in recorded if name in (now or [])]
        if not module.check_mode:
            for name in going:
                module.run_command(["gpasswd", "--delete", name, group], check_rc=True)
            save(path, {})
        module.exit_json(changed=bool(going or recorded), users=going)
    if strangers := unknown(users):
        module.fail_json(
            msg=f"There is no user {', '.join(strangers)} on this machine: correct the list of users for the group {group}"
        )
    if now is None and not module.check_mode:
        module.fail_json(msg=f"There is no group {group} on this machine")
    coming = [name for name in users if name not in (now or [])]
    refused = [] if module.check_mode else add(module, coming)
    added = [name for name in coming if name not in refused]
    module.exit_json(changed=bool(added), users=added, refused=refused)


if __name__ == "__main__":
    main()
