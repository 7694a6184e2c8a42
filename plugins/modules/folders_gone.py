"""Ansible module: take files and folders away, without going through a mount."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.mounts import delete

DOCUMENTATION = r"""
module: folders_gone
short_description: Take files and folders away, without going through a mount
description:
  - What is mounted below a folder is unmounted first, never emptied. Of a folder that is itself a mount, only what is in it goes.
  - Does not fail when something stays; RV(left) says why, for who looks in the end.
options:
  paths:
    description: What is to go.
    type: list
    elements: str
    required: true
attributes:
  check_mode: {support: full, description: Tells what would go.}
author: [Steiger]
"""

EXAMPLES = r"""
- name: Remove what the engine kept
  folders_gone:
    paths: [/var/lib/docker]
"""

RETURN = r"""
paths:
  description: What was there.
  type: list
  elements: str
  returned: always
left:
  description: What is still there, with the reason.
  type: dict
  returned: always
"""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={"paths": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True
    )
    there = [Path(name) for name in module.params["paths"] if Path(name).exists() or Path(name).is_symlink()]
    left = {}
    for path in there if not module.check_mode else []:
        try:
            why = delete(module.run_command, path)
        except OSError as error:
            why = str(error.strerror)
        if why:
            left[str(path)] = why
    names = [str(path) for path in there]
    diff = {"before": "".join(f"{name}\n" for name in names), "after": ""}
    module.exit_json(changed=bool(there), paths=names, left=left, diff=diff if names else {})


if __name__ == "__main__":
    main()
