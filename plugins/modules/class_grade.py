"""Documentation of the action plugin `class_grade`, which does the work on the controller."""

DOCUMENTATION = r"""
module: class_grade
short_description: Grade the labs of a class
description:
  - Delivers the checks of labs to the machine of every student, in one SSH command each and all side by side, and runs them there.
  - What comes back is bounded and read as data. A machine that does not answer, or not as it should, is named; the others count.
  - Writes JSON a student, CSV, JUnit XML and one HTML page into a folder of the day.
options:
  folder:
    description: The class's folder, with F(roster.csv).
    type: path
    required: true
  results:
    description: Folder for results; the class and the day make folders in it.
    type: path
    required: true
  labs:
    description: Ids of the labs; all when empty.
    type: list
    elements: str
    default: []
  reported:
    description: Folder with the files that students on their own machines handed in; it need not be there.
    type: path
    required: true
  language:
    description: Language of the results.
    type: str
    choices: [nl, en]
    default: en
  refresh:
    description: Seconds after which the page loads itself again; 0 for never.
    type: int
    default: 0
attributes:
  check_mode:
    description: Is skipped.
    support: none
  diff_mode:
    description: There is nothing to show.
    support: none
author: Steiger contributors
"""

EXAMPLES = r"""
- name: Grade two labs
  class_grade:
    folder: "{{ inventory_dir }}"
    results: results
    labs: [volumes, images]
    reported: "{{ inventory_dir }}/.class/reported"
"""

RETURN = r"""
said:
  description: How it went, in some lines.
  returned: always
  type: list
  elements: str
files:
  description: The files that were written.
  returned: always
  type: list
  elements: str
seconds:
  description: How long it took.
  returned: always
  type: float
"""
