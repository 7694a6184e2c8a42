"""Tests of what is asked of containerd: which images in its store came from no registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ansible.module_utils.containerd_store import own_images

if TYPE_CHECKING:
    from pathlib import Path

PULLED, BUILT = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
IMAGES = f"""\
REF                              TYPE                                       DIGEST    SIZE      PLATFORMS   LABELS
docker.io/library/nginx:latest   application/vnd.oci.image.index.v1+json    {PULLED}  1.1 MiB   linux/amd64 -
docker.io/library/tool:1         application/vnd.oci.image.manifest.v1+json {BUILT}   1.1 MiB   linux/amd64 -
localhost:5000/mine:2            application/vnd.oci.image.manifest.v1+json {BUILT}   1.1 MiB   linux/amd64 -
moby-dangling@{BUILT}            application/vnd.oci.image.manifest.v1+json {BUILT}   1.1 MiB   linux/amd64 -
"""
BLOBS = f"""\
DIGEST\tSIZE\tAGE\tLABELS
{PULLED}\t444B\t4 minutes\tcontainerd.io/distribution.source.docker.io=library/nginx,containerd.io/gc.ref.content.0={BUILT}
{BUILT}\t401B\t1 second\tcontainerd.io/gc.ref.content.config={PULLED}
"""


class Containerd:
    """What `ctr` would say, or that it fails."""

    def __init__(self, images: str = IMAGES, blobs: str = BLOBS, failed: int = 0) -> None:
        self.says = {"images": images, "content": blobs, "namespaces": "moby\nplugins.moby\n"}
        self.failed = failed
        self.asked: list[list[str]] = []

    def run(self, command: list[str]) -> tuple[int, str, str]:
        """Answer one command."""
        self.asked.append(command)
        return self.failed, "" if self.failed else next(self.says[word] for word in command if word in self.says), ""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return the root folder of a machine on which containerd runs, with an image in its store."""
    (tmp_path / "run/containerd").mkdir(parents=True)
    (tmp_path / "run/containerd/containerd.sock").touch()
    (tmp_path / "var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/5").mkdir(parents=True)
    return tmp_path


def test_an_image_whose_manifest_bears_no_mark_of_a_registry_is_the_users_own(machine: Path) -> None:
    containerd = Containerd()
    assert own_images(containerd.run, "/usr/bin/ctr", machine, []) == ["localhost:5000/mine:2", "tool:1"]
    socket = str(machine / "run/containerd/containerd.sock")
    assert containerd.asked[1] == ["/usr/bin/ctr", "--address", socket, "--namespace", "moby", "images", "ls"]


def test_a_store_without_images_holds_nothing(machine: Path) -> None:
    assert own_images(Containerd("REF TYPE DIGEST\n", "DIGEST\n").run, "ctr", machine, []) == []


@pytest.mark.parametrize(("ctr", "failed"), [(None, 0), ("ctr", 1)])
def test_what_cannot_be_known_counts_while_there_are_layers(machine: Path, ctr: str | None, failed: int) -> None:
    unknown = ["unknown, in a containerd that does not answer"]
    assert own_images(Containerd(failed=failed).run, ctr, machine, []) == unknown
    (machine / "var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/5").rmdir()
    assert own_images(Containerd(failed=failed).run, ctr, machine, []) == []


def test_a_containerd_that_docker_started_is_asked_too(machine: Path) -> None:
    (machine / "run/docker/containerd").mkdir(parents=True)
    (machine / "run/containerd/containerd.sock").rename(machine / "run/docker/containerd/containerd.sock")
    assert own_images(Containerd().run, "ctr", machine, []) == ["localhost:5000/mine:2", "tool:1"]


def test_images_of_an_engine_with_mapped_ids_are_in_a_namespace_with_these(machine: Path) -> None:
    containerd = Containerd()
    containerd.says["namespaces"] = "moby\nmoby-165536.165536\n"
    own_images(containerd.run, "ctr", machine, [])
    assert [ask[4] for ask in containerd.asked if "images" in ask] == ["moby", "moby-165536.165536"]


def test_layers_in_the_engines_own_folder_count_too(tmp_path: Path) -> None:
    (tmp_path / "data/containerd/daemon/io.containerd.snapshotter.v1.overlayfs/snapshots/5").mkdir(parents=True)
    assert own_images(Containerd().run, None, tmp_path, [tmp_path / "data"]) != []
