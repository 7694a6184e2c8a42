"""Ansible lookup: the images that labs need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: lab_images
short_description: Names of the images that the labs of a folder need
description: The union of C(needs.images) of every C(lab.yml), sorted.
options:
  _terms:
    description: Folders with labs.
    type: list
    elements: path
    required: true
author: [Steiger]
"""

EXAMPLES = r"""
- name: Show the images
  ansible.builtin.debug:
    msg: "{{ lookup('lab_images', 'labs', wantlist=True) }}"
"""

RETURN = r"""
_list:
  description: Names of images, as C(docker pull) takes them.
  type: list
  elements: str
"""


def images_of(path: Path) -> set[str]:
    """Return the images that one `lab.yml` names; raise ValueError when it cannot be read."""
    try:
        lab = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    needs = lab.get("needs") if isinstance(lab, dict) else None
    images = needs.get("images", []) if isinstance(needs, dict) else []
    if not isinstance(images, list) or not all(isinstance(image, str) and image for image in images):
        raise ValueError(f"{path}: needs.images must be a list of names")
    return set(images)


class LookupModule(LookupBase):  # type: ignore[misc]
    """The lookup `lab_images`."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return the images of every lab in the folders `terms`."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return sorted(
                {image for term in terms for path in Path(term).glob("*/lab.yml") for image in images_of(path)}
            )
        except ValueError as error:
            raise AnsibleLookupError(str(error)) from None
