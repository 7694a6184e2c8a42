"""Documentation of the action plugin `class_labs`, which does the work on the controller."""

DOCUMENTATION = r"""
module: class_labs
short_description: Start the labs that a class begins with
description:
  - Does on the machines of students what C(lab start) does, over SSH and side by side, once for each lab and machine.
  - A lab that a student has finished is not started again. On a machine that is fresh, it is.
options:
  folder:
    description: The class's folder, with F(roster.csv).
    type: path
    required: true
  students:
    description: Ids of the students; when empty, it is only looked whether the labs are there.
    type: list
    elements: str
    default: []
  labs:
    description: Ids of the labs; the first becomes the one that the student is in.
    type: list
    elements: str
    required: true
  spoken:
    description: Language of what is said.
    type: str
    choices: [nl, en]
    default: en
attributes:
  check_mode:
    description: Looks whether the labs are there, and starts none.
    support: partial
  diff_mode:
    description: There is nothing to show.
    support: none
author: Steiger contributors
"""

EXAMPLES = r"""
- name: Start the first lab of the day
  class_labs:
    folder: "{{ inventory_dir }}"
    students: [jan, eva]
    labs: [volumes]
"""

RETURN = r"""
begun:
  description: The labs that were started now, by student.
  returned: always
  type: dict
  sample: {jan: [volumes]}
failed_machines:
  description: For each student of whom a lab could not be started, the kind of trouble and its detail.
  returned: always
  type: dict
"""
