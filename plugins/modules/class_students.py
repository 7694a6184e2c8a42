"""Documentation of the action plugin `class_students`, which does the work on the controller."""

DOCUMENTATION = r"""
module: class_students
short_description: The students of a class, and what opens their machines
description:
  - Reads the roster of a class. Draws, the first time, the class's secret, the key of the instructor's side, and a key for each student
    without one, into the hidden folder F(.class) beside the roster.
  - What it returns holds the seed of each student; use it with C(no_log).
options:
  folder:
    description: The class's folder, with F(roster.csv).
    type: path
    required: true
  language:
    description: Language of who has none in the roster.
    type: str
    choices: [nl, en]
    default: en
attributes:
  check_mode:
    description: Reads, and draws nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
author: Steiger contributors
"""

EXAMPLES = r"""
- name: Read the roster
  class_students:
    folder: "{{ inventory_dir }}"
  no_log: true
"""

RETURN = r"""
class_name:
  description: Name of the class, that of its folder.
  returned: always
  type: str
root_keys:
  description: Public keys that are to open root's account on the machines.
  returned: always
  type: list
  elements: str
students:
  description: For each student id, keys, seed and language; no name.
  returned: always
  type: list
  elements: dict
"""
