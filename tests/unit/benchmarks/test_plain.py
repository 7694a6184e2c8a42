"""The plain script makes what ./setup makes: it is no straw man, and it gets no head start."""

from __future__ import annotations

import re
from typing import Any

import yaml
from benchmarks.machines import ROOT

PLAIN = (ROOT / "benchmarks" / "plain.sh").read_text(encoding="utf-8")


def words(name: str) -> set[str]:
    """Return the words of an array in the plain script."""
    found = re.search(rf"^{name}=\((.*?)\)", PLAIN, re.DOTALL | re.MULTILINE)
    assert found, name
    return set(found[1].split())


def variables(role: str, file: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "roles" / role / file).read_text(encoding="utf-8"))
    return data


def needed(kind: str) -> set[str]:
    """Return what the labs need of one kind."""
    labs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in ROOT.glob("labs/*/lab.yml")]
    return {name for lab in labs for name in lab["needs"].get(kind) or ()}


def test_the_packages_are_those_of_the_roles() -> None:
    docker = variables("docker", "vars/main.yml")
    wanted = {
        *variables("base", "defaults/main.yml")["base_packages"],
        *docker["__docker_packages"].values(),
        *docker["__docker_companions"],
        *variables("mirror", "vars/main.yml")["__mirror_commands"].values(),
        *needed("packages"),
    }
    assert words("packages") == wanted


def test_the_images_are_those_that_the_labs_need() -> None:
    assert words("images") == {name if ":" in name else f"{name}:latest" for name in needed("images")}
