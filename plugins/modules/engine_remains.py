"""Ansible module: look what is in an engine that Steiger installed, before it is taken away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ansible.module_utils.apt_history import recorded
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.containerd_store import UNKNOWN
from ansible.module_utils.containerd_store import own_images as own_images_of_containerd
from ansible.module_utils.daemon_settings import FILE
from ansible.module_utils.dpkg import is_installed
from ansible.module_utils.engine_data import data_roots
from ansible.module_utils.records import remembered

DOCUMENTATION = r"""
module: engine_remains
short_description: Look what is in an engine that Steiger installed
description:
  - Tells whether the engine is on the record of what Steiger installed, and which containers, volumes and images of the user's own are in it.
  - An image counts when it came from no registry, so that it cannot be fetched again.
  - Reads the engine's files, so that the engine need not run; what is in the containerd image store, containerd is asked.
options:
  packages:
    description: Packages that bring the engine.
    type: list
    elements: str
    required: true
  history:
    description: The record, a history that apt wrote.
    type: path
    default: /var/lib/steiger/apt/history.log
  programs:
    description: What C(package_services) remembers of engines that were stopped to go, also by a run that was cut off.
    type: path
    default: /var/lib/steiger/programs.json
  data:
    description: The engine's usual folder. That of O(settings) counts too, and in both what C(userns-remap) has in a folder of its own.
    type: path
    default: /var/lib/docker
  settings:
    description: The engine's settings, which may name another folder.
    type: path
    default: /etc/docker/daemon.json
attributes:
  check_mode:
    description: Nothing is ever changed.
    support: full
  diff_mode:
    description: Nothing is ever changed.
    support: none
author: Steiger
"""

EXAMPLES = r"""
- name: Look what is left in the engine
  engine_remains:
    packages: [docker.io]
"""

RETURN = r"""
ours:
  description: Whether Steiger installed the engine that is there, or was.
  returned: always
  type: bool
remains:
  description: What is in the engine, each as "container web", "volume data" or "image tool:1".
  returned: always
  type: list
  elements: str
"""


def containers(data: Path) -> list[str]:
    """Return the names of all containers."""
    names = []
    for file in sorted(data.glob("containers/*/config.v2.json")):
        try:
            names.append(str(json.loads(file.read_text(encoding="utf-8"))["Name"]).lstrip("/"))
        except (OSError, ValueError, KeyError):
            names.append(file.parent.name[:12])
    return names


def volumes(data: Path) -> list[str]:
    """Return the names of all volumes."""
    return sorted(place.parent.name for place in data.glob("volumes/*/_data"))


def own_images(data: Path) -> list[str]:
    """Return the tags of images that no registry knows."""
    found = []
    for file in sorted(data.glob("image/*/repositories.json")):
        try:
            known = json.loads(file.read_text(encoding="utf-8"))["Repositories"]
        except (OSError, ValueError, KeyError):
            continue
        from_registry = {image for names in known.values() for name, image in names.items() if "@" in name}
        for names in known.values():
            found += [name for name, image in names.items() if "@" not in name and image not in from_registry]
    return sorted(found)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "str", "required": True},
            "history": {"type": "path", "default": "/var/lib/steiger/apt/history.log"},
            "programs": {"type": "path", "default": "/var/lib/steiger/programs.json"},
            "data": {"type": "path", "default": "/var/lib/docker"},
            "settings": {"type": "path", "default": FILE},
        },
        supports_check_mode=True,
    )
    history = Path(module.params["history"])
    text = history.read_text(encoding="utf-8", errors="replace") if history.is_file() else ""
    ours = {name.partition(":")[0] for name in recorded(text)}
    roots = data_roots(Path(module.params["data"]), Path(module.params["settings"]))
    # After a removal that was cut off, an engine that somebody brought since is not ours, nor is what it holds.
    ours &= set(module.params["packages"])
    there = any(is_installed(module.run_command, name) for name in ours)
    if ours and shutil.which("dockerd") and not there:
        ours = set()
    remains = [f"container {name}" for root in roots for name in containers(root)]
    remains += [f"volume {name}" for root in roots for name in volumes(root)]
    stored = own_images_of_containerd(module.run_command, module.get_bin_path("ctr"), Path("/"), roots)
    remains += [f"image {name}" for name in sorted({*stored, *(name for root in roots for name in own_images(root))})]
    # One that was stopped to go cannot be asked any more, and one that went got nothing since.
    decided = ours & remembered(Path(module.params["programs"])).keys()
    if decided:
        remains = [one for one in remains if there and one != f"image {UNKNOWN}"]
    module.exit_json(changed=False, ours=bool(ours), remains=remains)


if __name__ == "__main__":
    main()
