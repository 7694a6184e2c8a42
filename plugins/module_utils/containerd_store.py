"""What is in the containerd image store of an engine, asked of containerd: Docker itself need not run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    # Runs a command; gives its exit status, output and complaints.
    Run = Callable[[list[str]], tuple[int, str, str]]

# With userns-remap the ids of the mapped root follow.
NAMESPACE = re.compile(r"moby(-[0-9]+\.[0-9]+)?")
# Containerd as a service of its own, and as a child of Docker's daemon.
SOCKETS = ("run/containerd/containerd.sock", "run/docker/containerd/containerd.sock")
ROOT, ROOT_IN_DATA = "var/lib/containerd", "containerd/daemon"
UNKNOWN = "unknown, in a containerd that does not answer"
_FROM_REGISTRY = "containerd.io/distribution.source."


def own_images(run: Run, ctr: str | None, root: Path, data: Iterable[Path]) -> list[str]:
    """Return the tags of images that no registry knows; a line that says so when images are there and nobody can tell.

    Args:
        run: what runs a command.
        ctr: where containerd's own client is, None when it is not there.
        root: the root folder of the machine.
        data: the folders in which the engine may have data.
    """
    found: set[str] = set()
    known = False
    for socket in SOCKETS:
        if ctr and (root / socket).exists():
            images = _of_socket(run, [ctr, "--address", str(root / socket)])
            known = known or images is not None
            found |= images or set()
    places = [root / ROOT, *(folder / ROOT_IN_DATA for folder in data)]
    layers = (each for place in places for each in place.glob("io.containerd.snapshotter.v1.*/snapshots/*"))
    if not known and any(layers):
        return [UNKNOWN]
    return sorted(found)


def _of_socket(run: Run, ctr: list[str]) -> set[str] | None:
    """Return the names of images that no registry knows in one containerd, None when it does not tell."""
    failed, names, _ = run([*ctr, "namespaces", "ls", "--quiet"])
    if failed:
        return None
    found: set[str] = set()
    for name in filter(NAMESPACE.fullmatch, names.split()):
        ask = [*ctr, "--namespace", name]
        (failed, images, _), (lost, blobs, _) = run([*ask, "images", "ls"]), run([*ask, "content", "ls"])
        if failed or lost:
            return None
        found |= set(_own(images, blobs))
    return found


def _own(images: str, blobs: str) -> list[str]:
    """Return the names of images, as containerd lists them, whose manifest bears no mark of a registry."""
    fetched = {line.split()[0] for line in blobs.splitlines() if _FROM_REGISTRY in line}
    found = []
    for line in images.splitlines():
        name, *more = line.split() or [""]
        digest = next((word for word in more if word.startswith("sha256:")), "")
        # Without a tag: what Docker holds under names of its own.
        if digest and "@" not in name and digest not in fetched:
            found.append(name.removeprefix("docker.io/").removeprefix("library/"))
    return found
