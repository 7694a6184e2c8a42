"""Documentation of the action plugin `class_machines`, which does the work on the controller."""

DOCUMENTATION = r"""
module: class_machines
short_description: Write down where the machines of a class are
description:
  - Writes addresses, ports and host keys into the hidden folder F(.class) beside the roster, where the inventory and the grading read them.
  - Writes for each student a letter that says how to get in, with the key that was made for who has none.
options:
  folder:
    description: The class's folder, with F(roster.csv).
    type: path
    required: true
  machines:
    description: For each student server, address, port and host_key of the machine, as the module C(incus_machines) returns them.
    type: dict
    default: {}
  state:
    description: V(absent) forgets the machines and removes the letters; the class's secret and keys stay.
    type: str
    choices: [present, absent]
    default: present
  letters:
    description: Folder for the letters.
    type: path
    required: true
  others:
    description: Names of machines of the class that nobody on the roster has, for a remark.
    type: list
    elements: str
    default: []
  older:
    description: Ids of students whose machine was made from an older golden image, for a remark.
    type: list
    elements: str
    default: []
  language:
    description: Language of the letter to who has none in the roster.
    type: str
    choices: [nl, en]
    default: en
  spoken:
    description: Language of what is said.
    type: str
    choices: [nl, en]
    default: en
attributes:
  check_mode:
    description: Says whether the machines are others.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
author: Steiger contributors
"""

EXAMPLES = r"""
- name: Write down the machines
  class_machines:
    folder: "{{ inventory_dir }}"
    machines: "{{ made.machines }}"
    letters: handout/docker26
"""

RETURN = r"""
said:
  description: For each student a line with what they type to get in, then the remarks.
  returned: not in check mode
  type: list
  elements: str
"""
