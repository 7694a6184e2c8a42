"""Ansible lookup: the recipes of images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = r"""
name: image_recipes
short_description: Image recipes of a folder, ready for the module mirror_images
description:
  - A recipe is the folder C(REPOSITORY/TAG) with a C(Dockerfile); its path is the name of its image.
  - One that cannot be read holds under an empty name why, and costs its own image alone.
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


# No file has this name; the module mirror_images knows it.
UNREADABLE = ""


def recipe_in(home: Path) -> dict[str, str]:
    """Return the files of one recipe and their texts; only why it cannot be read, when it cannot."""
    files: dict[str, str] = {}
    for file in sorted(home.rglob("*")):
        name = file.relative_to(home).as_posix()
        try:
            if file.is_file():
                files[name] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            return {UNREADABLE: f"{name} is no text in UTF-8, at byte {error.start}"}
        except OSError as error:
            return {UNREADABLE: f"{name}: {error.strerror}"}
    return files


def recipes_in(folder: Path) -> dict[str, dict[str, str]]:
    """Return every recipe below a folder, by the full name of its image."""
    recipes: dict[str, dict[str, str]] = {}
    for dockerfile in sorted(folder.rglob("Dockerfile")):
        home = dockerfile.parent
        repository = home.parent.relative_to(folder).as_posix()
        recipes[f"{repository if '/' in repository else f'library/{repository}'}:{home.name}"] = recipe_in(home)
    return recipes


class LookupModule(LookupBase):  # type: ignore[misc]
    """The lookup `image_recipes`."""

    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[dict[str, dict[str, str]]]:
        """Return the recipes below the folder `terms[0]`."""
        self.set_options(var_options=variables, direct=kwargs)
        return [recipes_in(Path(terms[0]))]
