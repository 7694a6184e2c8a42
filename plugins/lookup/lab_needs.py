"""Ansible lookup: what labs need of one kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: lab_needs
short_description: Names of the images, packages or tools that the labs of a folder need
description: The union of one list under C(needs) of every C(lab.yml), sorted.
options:
  _terms:
    description: Folders with labs.
    type: list
    elements: path
    required: true
  kind:
    description: Which list under C(needs).
    type: str
    choices: [images, packages, tools]
    required: true
author: [Steiger]
"""

EXAMPLES = r"""
- name: Show the images
  ansible.builtin.debug:
    msg: "{{ lookup('lab_needs', 'labs', kind='images', wantlist=True) }}"
"""

RETURN = r"""
_list:
  description: Names, as C(docker pull) or apt takes them.
  type: list
  elements: str
"""

# libyaml is ten times as fast, and this is asked at every task that names a list; a build from source may lack it.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def needs_of(path: Path, kind: str) -> set[str]:
    """Return what one `lab.yml` names under `needs.KIND`; raise ValueError when it cannot be read."""
    try:
        lab = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    needs = lab.get("needs") if isinstance(lab, dict) else None
    names = needs.get(kind, []) if isinstance(needs, dict) else []
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{path}: needs.{kind} must be a list of names")
    return set(names)


class LookupModule(LookupBase):  # type: ignore[misc]
    """The lookup `lab_needs`."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return what every lab in the folders `terms` needs of the kind."""
        self.set_options(var_options=variables, direct=kwargs)
        kind = self.get_option("kind")
        try:
            return sorted(
                {name for term in terms for path in Path(term).glob("*/lab.yml") for name in needs_of(path, kind)}
            )
        except ValueError as error:
            raise AnsibleLookupError(str(error)) from None
