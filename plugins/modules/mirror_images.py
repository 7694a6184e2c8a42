"""Ansible module: fill a registry with the images that labs need."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.build_site import site, work_in_memory
from ansible.module_utils.dockerfile import RecipeError, alias, read
from ansible.module_utils.image_build import RECIPE, SOURCE, Builder, Recipe, full, plan, recipe_hash
from ansible.module_utils.registry_api import Registry, RegistryError, copy, reference

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
      - A recipe is a dictionary of file names and texts, the C(Dockerfile) among them.
    type: dict
    default: {}
  state:
    description:
      - With V(planned) the module only tells what is missing.
      - With V(fetched) it copies the images from upstream; one that does not come is left for the recipe, with a warning.
      - With V(built) it builds what is still missing.
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
"""

PROBE_SECONDS = 3.0
LOCK_SECONDS = 600
MNT_DETACH = 2


def wanted_hash(recipes: dict[str, Recipe], name: str, suite: str) -> str:
    """Return the hash of an image's recipe, "" when it has none."""
    return recipe_hash(recipes, name, suite) if name in recipes else ""


def is_present(labels: dict[str, str] | None, wanted: str) -> bool:
    """Tell whether an image with these labels will do: one that is not ours always does."""
    return labels is not None and (SOURCE not in labels or labels.get(RECIPE) == wanted)


def find_missing(target: Registry, names: list[str], recipes: dict[str, Recipe], suite: str) -> list[str]:
    """Return the names that the registry must still get."""
    missing = []
    for name in names:
        wanted = wanted_hash(recipes, name, suite)
        if not is_present(target.labels(*reference(name)), wanted):
            missing.append(name)
    return missing


def from_upstream(names: list[str]) -> list[str]:
    """Return the names that the world knows; Steiger's own images are made here, always."""
    return [name for name in names if not name.startswith("steiger/")]


def fetch(module: AnsibleModule, target: Registry, names: list[str], work: Path) -> bool:
    """Copy images from upstream; return whether one came."""
    came = False
    architecture = site(module.run_command, module.params["suite"], module.params["debian"]).architecture
    for name in names:
        upstream = Registry(module.params["upstream"], patience=module.params["patience"])
        try:
            copy(upstream, target, name, architecture, work)
            came = True
        except RegistryError as error:
            module.warn(f"{name} did not come from upstream ({error}); it is built here when there is a recipe")
    return came


def same_image(target: Registry, recipes: dict[str, Recipe], name: str, suite: str) -> bool:
    """Give a recipe that only names another image that image's manifest, when the registry holds it."""
    other = alias(read(recipes[name]["Dockerfile"])) if name in recipes else ""
    if not other or reference(other)[0] != reference(name)[0] or find_missing(target, [full(other)], recipes, suite):
        return False
    _, body, kind = target.manifest(*reference(other))
    target.put(*reference(name), body, kind)
    return True


def build(module: AnsibleModule, target: Registry, names: list[str], work: Path) -> None:
    """Build images, those that do not wait for each other at the same time."""
    recipes, suite = module.params["recipes"], module.params["suite"]
    names = [name for name in names if not same_image(target, recipes, name, suite)]
    aliases = {name for name in recipes if full(alias(read(recipes[name]["Dockerfile"])) or name) in names}
    wanted = set(names) | (aliases & {full(name) for name in module.params["images"]})
    order = plan(recipes, sorted(wanted))
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    here = site(module.run_command, suite, module.params["debian"])
    builder = Builder(target, recipes, here, work, created)
    needs = {name: plan(recipes, [name])[:-1] for name in order}
    done: dict[str, Future[Any]] = {}

    def push(name: str) -> None:
        done[name].result()
        builder.push(name)

    def make(name: str) -> None:
        for other in needs[name]:
            done[other].result()
        try:
            builder.build(name)
        except RecipeError as error:
            raise RecipeError(f"{name} cannot be built: {error}") from None

    # Whoever waits was put in line after what it waits for, so the line always moves.
    with ThreadPoolExecutor(max_workers=3) as pool:
        for name in order:
            done[name] = pool.submit(make, name)
        pushed = [pool.submit(push, name) for name in order if name in wanted]
        for future in [*done.values(), *pushed]:
            future.result()


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


def act(module: AnsibleModule, target: Registry, missing: list[str]) -> bool:
    """Fetch or build what is missing; return whether anything came in."""
    work = Path(module.params["work"])
    shutil.rmtree(work, ignore_errors=True)
    building = work / "building"
    building.mkdir(parents=True, mode=0o700)
    try:
        roomy(module, work)
        if module.params["state"] == "built":
            work_in_memory(building)
        if module.params["state"] == "fetched":
            return fetch(module, target, missing, work)
        build(module, target, missing, building)
        return True
    except (OSError, RecipeError, RegistryError, subprocess.SubprocessError) as error:
        full_disk = getattr(error, "errno", None) == errno.ENOSPC or "no space left" in str(error).lower()
        advice = f"the disk is full: make room below {work} and run this again" if full_disk else str(error)
        module.fail_json(msg=f"The registry mirror is not complete: {advice}")
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(building), MNT_DETACH)
        shutil.rmtree(work, ignore_errors=True)
    return False


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "images": {"type": "list", "elements": "str", "required": True},
            "recipes": {"type": "dict", "default": {}},
            "state": {"choices": ["planned", "fetched", "built"], "default": "built"},
            "registry": {"default": "http://127.0.0.1:5000"},
            "upstream": {"default": ""},
            "patience": {"type": "int", "default": 300},
            "suite": {"default": "trixie"},
            "debian": {"default": ""},
            "work": {"type": "path", "default": "/var/lib/steiger/mirror"},
            "room": {"type": "int", "default": 700},
        },
        supports_check_mode=True,
    )
    params = module.params
    names = sorted({full(name) for name in params["images"]})
    target = Registry(params["registry"])
    result: dict[str, Any] = {"changed": False, "upstream": []}
    try:
        missing = find_missing(target, names, params["recipes"], params["suite"])
    except RecipeError as error:
        module.fail_json(msg=f"A recipe cannot be read: {error}")
    except RegistryError as error:
        if not module.check_mode:
            module.fail_json(msg=f"The registry mirror does not answer: {error}")
        missing = names
    result["missing"] = missing
    if params["state"] == "planned":
        if from_upstream(missing) and params["upstream"] and Registry(params["upstream"], PROBE_SECONDS).answers():
            result["upstream"] = from_upstream(missing)
    elif missing and module.check_mode:
        result["changed"] = True
    elif missing:
        with alone(module, Path(params["work"])):
            missing = find_missing(target, names, params["recipes"], params["suite"])
            result["changed"] = bool(missing) and act(module, target, missing)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
