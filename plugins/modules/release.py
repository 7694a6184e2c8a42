"""Documentation of the action plugin `release`, which does the work on the controller."""

DOCUMENTATION = r"""
module: release
short_description: Put a release of Steiger on a machine
description:
  - Takes what a lab machine needs from a checkout on the controller (the list is in F(tools/parts)), named by a hash of its content.
  - Looks at the machine once. Only when that release is not there, or was changed there, it is shipped as one archive, unpacked beside the old
    one and made current in one step; older releases go.
  - Makes the links to the command and its completion, and refuses to replace a file there that is not its own.
options:
  source:
    description: The checkout on the controller; required when O(state=present).
    type: path
  state:
    description: Whether the release is to be there; V(absent) takes the folder away, and those of the links that lead into it.
    type: str
    choices: [present, absent]
    default: present
  target:
    description: The folder on the machine.
    type: path
    default: /opt/steiger
  links:
    description: Links to make on the machine, each with the file of the release that it leads to.
    type: dict
    default:
      /usr/local/bin/lab: bin/lab
      /usr/share/bash-completion/completions/lab: share/lab.bash
attributes:
  check_mode:
    description: Says what would be done, without doing it.
    support: full
  diff_mode:
    description: Shows the files that differ, by their hashes.
    support: full
author: Steiger contributors
"""

EXAMPLES = r"""
- name: Put the labs and the command lab in place
  release:
    source: "{{ playbook_dir | dirname }}"
"""

RETURN = r"""
release:
  description: Name of the release, a hash of its content.
  returned: state is present
  type: str
venv:
  description: Whether the environment of the release is there and is the one that its lock file asks for.
  returned: state is present
  type: bool
"""
