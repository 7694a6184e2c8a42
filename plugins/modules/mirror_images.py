"""Ansible module: fill a registry with the images that labs need."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.build_site import site, work_in_memory
from ansible.module_utils.dockerfile import RecipeError
from ansible.module_utils.image_build import full
from ansible.module_utils.image_fill import FULL, build, find_missing, reasons
from ansible.module_utils.records import load, save
from ansible.module_utils.registry_api import Registry, RegistryError, copy

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTATION = r"""
module: mirror_images
short_description: Fill a registry with the images that labs need
description:
  - An image comes from the registry upstream, or is built from a recipe on a base made of Debian packages.
  - Building needs no container engine and leaves nothing in one; C(mmdebstrap), C(unshare) and C(tar) do the work.
  - An image that is there already is made again only when it came from a recipe and the recipe has changed.
options:
  images:
    description: Names of the images, as C(docker pull) takes them.
    type: list
    elements: str
    required: true
  recipes:
    description:
      - Every recipe by the full name of its image (C(library/nginx:latest)); the lookup C(image_recipes) reads them.
      - A recipe is a dictionary of file names and texts, the C(Dockerfile) among them; one without it tells under an empty name why.
    type: dict
    default: {}
  state:
    description:
      - With V(planned) the module only tells what is missing; when that is nothing, it forgets what O(reasons) holds.
      - With V(fetched) it copies the images from upstream; one that does not come is left for the recipe, with a warning.
      - With V(built) it builds what is still missing. One that cannot be built costs those that build on it, and is told in RV(waiting).
    type: str
    choices: [planned, fetched, built]
    default: built
  registry:
    description: URL of the registry to fill; it must let anyone write.
    type: str
    default: http://127.0.0.1:5000
  upstream:
    description: URL of the registry to copy from, empty for none.
    type: str
    default: ""
  tried:
    description: Why images did not come from upstream, by full name; goes along into O(reasons).
    type: dict
    default: {}
  patience:
    description: Seconds that one image may take to come from upstream.
    type: int
    default: 300
  suite:
    description: Debian release that the base image is made of.
    type: str
    default: trixie
  debian:
    description:
      - URI of the Debian mirror that the images are made from.
      - When empty it is the one that this machine's own apt uses; without one of those, C(mmdebstrap) chooses.
    type: str
    default: ""
  work:
    description: Folder for what is being built; it is emptied before and removed afterwards.
    type: path
    default: /var/lib/steiger/mirror
  room:
    description: Free space that building or fetching needs, in MiB.
    type: int
    default: 700
  reasons:
    description: File, readable for everybody, that tells which images did not come and why; there is none when all came.
    type: path
    default: /var/lib/steiger/waiting/images.json
author: [Steiger]
attributes:
  check_mode: {support: full, description: Tells what is missing and builds nothing.}
"""

EXAMPLES = r"""
- name: Fill the registry
  mirror_images:
    images: [nginx, steiger/ferry:1.0]
    recipes: "{{ lookup('image_recipes', 'roles/mirror/files/images') }}"
"""

RETURN = r"""
missing:
  description: Full names of the images that the registry did not hold.
  type: list
  elements: str
  returned: always
upstream:
  description: Those of them that upstream may hold; empty when it does not answer.
  type: list
  elements: str
  returned: always
waiting:
  description:
    - By full name why an image did not come from upstream; upstream's address alone when it does not answer.
    - With V(built) what O(reasons) holds.
  type: dict
  returned: always
"""

PROBE_SECONDS = 3.0
LOCK_SECONDS = 600
MNT_DETACH = 2


def from_upstream(names: list[str]) -> list[str]:
    """Return the names that the world knows; Steiger's own images are made here, always."""
    return [name for name in names if not name.startswith("steiger/")]


def fetch(module: AnsibleModule, target: Registry, names: list[str], work: Path) -> dict[str, str]:
    """Copy images from upstream; return why some did not come."""
    failed = {}
    architecture = site(module.run_command, module.params["suite"], module.params["debian"]).architecture
    for name in names:
        upstream = Registry(module.params["upstream"], patience=module.params["patience"])
        try:
            copy(upstream, target, name, architecture, work)
        except RegistryError as error:
            failed[name] = str(error)
            module.warn(f"{name} did not come from upstream ({error}); it is built here when there is a recipe")
    return failed


def roomy(module: AnsibleModule, work: Path) -> None:
    """Refuse to start what would fill the disk."""
    free = shutil.disk_usage(work).free >> 20
    if free < module.params["room"]:
        module.fail_json(
            msg=f"The labs' images need {module.params['room']} MiB free below {work} and there are {free}: make room and run this again"
        )


@contextlib.contextmanager
def alone(module: AnsibleModule, work: Path) -> Iterator[None]:
    """Wait until nobody else makes images here: the work of a run that was killed may go on without it."""
    work.parent.mkdir(parents=True, exist_ok=True)
    with work.with_suffix(".lock").open("w", encoding="ascii") as lock:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    module.fail_json(
                        msg=f"Another run has been making images below {work} for {LOCK_SECONDS} s: wait for it, then run this again"
                    )
                time.sleep(0.5)
        yield


def act(module: AnsibleModule, target: Registry, missing: list[str]) -> tuple[bool, dict[str, Any]]:
    """Fetch or build what is missing; return whether anything came in, and why the rest did not."""
    params = module.params
    work = Path(params["work"])
    shutil.rmtree(work, ignore_errors=True)
    building = work / "building"
    building.mkdir(parents=True, mode=0o700)
    try:
        roomy(module, work)
        if params["state"] == "fetched":
            failed = fetch(module, target, missing, work)
            return len(failed) < len(missing), failed
        work_in_memory(building)
        here = site(module.run_command, params["suite"], params["debian"])
        also = {full(name) for name in params["images"]}
        causes = build(target, params["recipes"], missing, also, here, building)
        for name, cause in causes.items():
            module.warn(f"{name} did not come: {cause.image}: {cause.says or 'there is no recipe'}")
        return len(causes) < len(missing), reasons(target, causes, params["tried"], missing)
    except (OSError, RecipeError, RegistryError, subprocess.SubprocessError) as error:
        full_disk = getattr(error, "errno", None) in FULL or "no space left" in str(error).lower()
        advice = f"the disk is full: make room below {work} and run this again" if full_disk else str(error)
        module.fail_json(msg=f"The registry mirror is not complete: {advice}")
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(building), MNT_DETACH)
        shutil.rmtree(work, ignore_errors=True)
    return False, {}


def remember(module: AnsibleModule, waiting: dict[str, Any]) -> bool:
    """Write down what did not come and why, for whoever wants it; return whether that is news."""
    record = Path(module.params["reasons"])
    try:
        known = load(record)
    except ValueError:
        known = {"": "broken"}
    if known == waiting:
        return False
    if not module.check_mode:
        save(record, waiting)
    return True


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "images": {"type": "list", "elements": "str", "required": True},
            "recipes": {"type": "dict", "default": {}},
            "state": {"choices": ["planned", "fetched", "built"], "default": "built"},
            "registry": {"default": "http://127.0.0.1:5000"},
            "upstream": {"default": ""},
            "tried": {"type": "dict", "default": {}},
            "patience": {"type": "int", "default": 300},
            "suite": {"default": "trixie"},
            "debian": {"default": ""},
            "work": {"type": "path", "default": "/var/lib/steiger/mirror"},
            "room": {"type": "int", "default": 700},
            "reasons": {"type": "path", "default": "/var/lib/steiger/waiting/images.json"},
        },
        supports_check_mode=True,
    )
    os.umask(0o022)  # whoever uses `lab` reads the reasons
    params = module.params
    names = sorted({full(name) for name in params["images"]})
    target = Registry(params["registry"])
    result: dict[str, Any] = {"changed": False, "upstream": [], "waiting": {}}
    try:
        missing = find_missing(target, names, params["recipes"], params["suite"])
    except RegistryError as error:
        if not module.check_mode:
            module.fail_json(msg=f"The registry mirror does not answer: {error}")
        missing = names
    result["missing"] = missing
    if params["state"] == "planned":
        told = from_upstream(missing) if params["upstream"] else []
        if told and Registry(params["upstream"], PROBE_SECONDS).answers():
            result["upstream"] = told
        else:
            result["waiting"] = dict.fromkeys(told, f"{params['upstream']} does not answer")
        if not missing:
            result["changed"] = remember(module, {})
    elif missing and module.check_mode:
        result["changed"] = True
    elif missing:
        with alone(module, Path(params["work"])):
            missing = find_missing(target, names, params["recipes"], params["suite"])
            if missing:
                result["changed"], result["waiting"] = act(module, target, missing)
            if params["state"] == "built":
                result["changed"] = remember(module, result["waiting"]) or result["changed"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
