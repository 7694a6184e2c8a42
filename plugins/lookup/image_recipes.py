"""Ansible lookup: the recipes of images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: image_recipes
short_description: Image recipes of a folder, ready for the module mirror_images
description:
  - A recipe is the folder C(REPOSITORY/TAG) with a C(Dockerfile); its path is the name of its image.
  - The images of the folder C(debian) are C(library/debian), as the world's are.
options:
  _terms:
    description: One folder with recipes.
    type: list
    elements: path
    required: true
author: [Steiger]
"""

EXAMPLES = r"""
- name: Show the recipes' names
  ansible.builtin.debug:
    msg: "{{ lookup('image_recipes', 'roles/mirror/files/images').keys() }}"
"""

RETURN = r"""
_list:
  description: One dictionary; its keys are images (C(library/nginx:latest)), its values files and their texts.
  type: list
  elements: dict
"""


def recipes_in(folder: Path) -> dict[str, dict[str, str]]:
    """Return every recipe below a folder; raise ValueError when one holds what is no text."""
    recipes: dict[str, dict[str, str]] = {}
    for dockerfile in sorted(folder.rglob("Dockerfile")):
        home = dockerfile.parent
        repository = home.parent.relative_to(folder).as_posix()
        name = f"{repository if '/' in repository else f'library/{repository}'}:{home.name}"
        try:
            recipes[name] = {
                file.relative_to(home).as_posix(): file.read_text(encoding="utf-8")
                for file in sorted(home.rglob("*"))
                if file.is_file()
            }
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the recipe {home} cannot be read: {error}") from None
    return recipes


class LookupModule(LookupBase):  # type: ignore[misc]
    """The lookup `image_recipes`."""

    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[dict[str, dict[str, str]]]:
        """Return the recipes below the folder `terms[0]`."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [recipes_in(Path(terms[0]))]
        except ValueError as error:
            raise AnsibleLookupError(str(error)) from None
