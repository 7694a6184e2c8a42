"""What belongs to a lab in the engine: found by what was there before, names and images.

Reset and finish remove what was made since the lab was started AND is the lab's: it has
a name that lab.yml owns, or comes from an image of the lab. All else is the student's.
"""

import contextlib
import fnmatch
import re
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from steiger import processes, registry
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import EngineError
from steiger.text import fill_values

_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_BARE_ID = re.compile(r"(sha256:)?[0-9a-f]{12,64}")
_NONE = "<none>"
_AT_ONCE = 4

Snapshot = dict[str, list[str]]


def snapshot(engine: Engine) -> Snapshot:
    """Return the ids and names of everything that the engine has now."""
    images = engine.images()
    return {
        "containers": sorted(box["Id"] for box in engine.containers()),
        "volumes": sorted(volume["Name"] for volume in engine.volumes()),
        "networks": sorted(network["Id"] for network in engine.networks()),
        "images": sorted(image["Id"] for image in images),
        "tags": sorted(tag for image in images for tag in _references(image)),
    }


def held_images(engine: Engine) -> list[str]:
    """Return the images that the engine has now: for each name a line with the id behind it."""
    return sorted(f"{tag} {image['Id']}" for image in engine.images() for tag in _references(image))


def clean_up(
    lab: Lab, values: Mapping[str, str], engine: Engine, before: Snapshot, stays: Collection[str] = ()
) -> None:
    """End the lab's processes; remove from engine and mirror what is the lab's and new since `before`.

    Args:
        lab: the lab.
        values: the student's values.
        engine: the student's engine.
        before: what the engine had when the lab was started.
        stays: images, as `held_images` names them, of which those that were pulled are wanted again in a moment.

    Raises:
        EngineError: the engine does not answer.
    """
    old = {kind: set(names) for kind, names in before.items()}
    processes.end(processes.mine(_patterns(lab.owns.processes, values, lab.id)))
    images = engine.images()
    ours = _image_patterns(lab, values)
    lab_images = {image["Id"] for image in images if any(_owned(tag, ours) for tag in _references(image))}
    names = _patterns(lab.owns.containers, values, lab.id)
    doomed = []
    for box in engine.containers():
        if box["Id"] in old["containers"]:
            continue
        called = [name.lstrip("/") for name in box["Names"]]
        from_lab = box["ImageID"] in lab_images or _owned(_made_from(engine, box), ours)
        if from_lab or any(_matches(name, names) for name in called):
            doomed.append(box["Id"])
    # The engine waits for the disk with each; a student waits for all of them.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda container_id: _remove_container(engine, container_id), doomed))
    _remove_volumes(engine, _patterns(lab.owns.volumes, values, lab.id), old["volumes"])
    networks = _patterns(lab.owns.networks, values, lab.id)
    for network in engine.networks():
        if network["Id"] not in old["networks"] and _matches(network["Name"], networks):
            with contextlib.suppress(EngineError):
                engine.remove_network(network["Id"])
    # What the start state made, it makes anew: one made with `docker import` would lose its name to the new one, and stay.
    pulled = [_repository(image) for image in lab.needs.images]
    _remove_images(engine, ours, old, {line for line in stays if _owned(line.rpartition(" ")[0], pulled)})
    _clean_registry(engine, _patterns(lab.owns.images, values, lab.id))


def fingerprint(engine: Engine) -> dict[str, Any]:
    """Return the engine's state without ids, to compare states made by different runs."""
    # The containerd image store gives each image its own id as a digest, one that was never pushed too.
    names = {
        image["Id"]: sorted({name.replace(f"@{image['Id']}", "@") for name in _references(image)})
        for image in engine.images()
    }
    return {
        "containers": sorted(
            [box["Names"][0], box["State"], names.get(box["ImageID"], []) or _made_from(engine, box)]
            for box in engine.containers()
        ),
        "volumes": sorted(
            "anonymous" if _ANONYMOUS.fullmatch(volume["Name"]) else volume["Name"] for volume in engine.volumes()
        ),
        "networks": sorted(network["Name"] for network in engine.networks()),
        "images": sorted(names.values()),
        "registry": registry.tags(engine.mirror()),
    }


def _made_from(engine: Engine, box: Mapping[str, Any]) -> str:
    """Return the image name that a container was made with, also when the image has lost that name."""
    listed = str(box["Image"])
    if not _BARE_ID.fullmatch(listed):
        return listed
    known = engine.container(box["Id"])
    return str(known["Config"]["Image"]) if known else listed


def _remove_container(engine: Engine, container_id: str) -> None:
    try:
        engine.remove_container(container_id)
    except EngineError as error:
        # One made with --rm may be going already.
        if "already in progress" not in str(error):
            raise


def _remove_volumes(engine: Engine, patterns: list[str], old: set[str]) -> None:
    mounted = {mount.get("Name") for box in engine.containers() for mount in box.get("Mounts") or []}
    for volume in engine.volumes():
        name = volume["Name"]
        if name in old or name in mounted:
            continue
        if _ANONYMOUS.fullmatch(name) or _matches(name, patterns):
            with contextlib.suppress(EngineError):
                engine.remove_volume(name)


def _remove_images(engine: Engine, ours: list[str], old: dict[str, set[str]], stays: Collection[str]) -> None:
    for image in engine.images():
        references = _references(image)
        kept = {tag for tag in references if tag in old["tags"] or f"{tag} {image['Id']}" in stays}
        new = [tag for tag in references if tag not in kept and _owned(tag, ours)]
        if not references and image["Id"] not in old["images"]:
            new = [image["Id"]]
        for reference in new:
            # An image that a container of the student's own uses is refused, and stays.
            with contextlib.suppress(EngineError):
                engine.remove_image(reference)


def _clean_registry(engine: Engine, patterns: list[str]) -> None:
    address = engine.mirror()
    wanted = [parts for pattern in patterns if (parts := registry.split(pattern))]
    if not wanted:
        return
    for repository, tags in registry.tags(address).items():
        for tag in tags:
            full = f"{repository}:{tag}"
            if any(_owned(full, [f"{repo}:{tag_}", repo]) for _, repo, tag_ in wanted):
                registry.delete(address, repository, tag)


def _references(image: Mapping[str, Any]) -> list[str]:
    """Return the tags and the digest references of an image in list form."""
    tags = [tag for tag in image.get("RepoTags") or [] if _NONE not in tag]
    digests = [digest for digest in image.get("RepoDigests") or [] if _NONE not in digest]
    return [*tags, *digests]


def _image_patterns(lab: Lab, values: Mapping[str, str]) -> list[str]:
    needed = [_repository(image) for image in lab.needs.images]
    return [*needed, *_patterns(lab.owns.images, values, lab.id)]


def _patterns(patterns: tuple[str, ...], values: Mapping[str, str], where: str) -> list[str]:
    return [fill_values(pattern, values, where) for pattern in patterns]


def _repository(reference: str) -> str:
    name = reference.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def _owned(reference: str, patterns: list[str]) -> bool:
    names = {reference, _repository(reference)}
    names |= {name.removeprefix("docker.io/").removeprefix("library/") for name in names}
    return any(_matches(name, patterns) for name in names)


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
