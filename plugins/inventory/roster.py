"""Ansible inventory: the students of a class, from its roster."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))

from steiger.classroom import keeping, machines, roster
from steiger.errors import SteigerError

DOCUMENTATION = r"""
name: roster
short_description: A host for every student of a class
description:
  - Reads C(roster.csv), the list of a class as a spreadsheet writes it; docs/classroom.md describes its columns.
  - Every student becomes a host of the group C(students), named by their id.
  - A student's name, e-mail address and group stay out of the inventory, so that no text of theirs is near a template.
  - Where each machine is, is known once C(playbooks/classroom.yml) has made it.
author: [Steiger]
"""

EXAMPLES = r"""
# ansible-inventory -i inventories/docker26 --graph
"""


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    """The inventory plugin `roster`."""

    NAME = "roster"

    def verify_file(self, path: str) -> bool:
        """Tell whether a file is a roster: by its name."""
        return bool(super().verify_file(path)) and Path(path).name == roster.ROSTER

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the students of a roster.

        Raises:
            AnsibleParserError: the roster, or what is known of its machines, cannot be used.
        """
        super().parse(inventory, loader, path, cache)
        folder = Path(path).resolve().parent
        try:
            name = roster.class_name(folder)
            students = roster.read(Path(path))
            made = machines.read(folder)
        except SteigerError as error:
            raise AnsibleParserError(str(error)) from None
        inventory.add_group("students")
        inventory.set_variable("students", "classroom_name", name)
        for student in students:
            inventory.add_host(student.id, group="students")
            for variable, value in _variables(folder, made.get(student.id)).items():
                inventory.set_variable(student.id, variable, value)


def _variables(folder: Path, machine: machines.Machine | None) -> dict[str, Any]:
    if machine is None:
        return {}
    kept = folder / machines.KEPT
    return {
        "ansible_host": machine.address,
        "ansible_port": machine.port,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(kept / keeping.KEY),
        "ansible_ssh_common_args": (
            f"-o UserKnownHostsFile='{kept / machines.KNOWN_HOSTS}' -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
        ),
    }
