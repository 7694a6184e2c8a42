"""Where the lab `layers` finds the folders of an overlay, in both of Docker's image stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from steiger.grader import _module

checks = _module(Path(__file__).parents[3] / "labs" / "layers" / "checks.py")

CLASSIC = "/var/lib/docker/overlay2"
CONTAINERD = "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"
OTHERS = """\
822 821 0:137 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
823 821 254:1 /var/lib/docker/containers/b5d0/hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw,discard
824 821 0:140 / /ro rw - overlay overlay ro,lowerdir=/a:/b
"""


@pytest.mark.parametrize(
    ("options", "folders"),
    [
        (
            f"rw,lowerdir={CLASSIC}/l/AA:{CLASSIC}/l/BB,upperdir={CLASSIC}/1/diff,workdir={CLASSIC}/1/work,index=off",
            (f"{CLASSIC}/l/AA:{CLASSIC}/l/BB", f"{CLASSIC}/1/diff", f"{CLASSIC}/1/work"),
        ),
        (
            f"rw,lowerdir={CONTAINERD}/5/fs:{CONTAINERD}/3/fs,upperdir={CONTAINERD}/6/fs,workdir={CONTAINERD}/6/work",
            (f"{CONTAINERD}/5/fs:{CONTAINERD}/3/fs", f"{CONTAINERD}/6/fs", f"{CONTAINERD}/6/work"),
        ),
    ],
)
def test_the_folders_of_an_overlay_are_those_that_the_kernel_names(options: str, folders: tuple[str, ...]) -> None:
    mounts = f"821 264 0:136 / / rw,relatime shared:479 - overlay overlay {options}\n{OTHERS}"
    lower, upper, work = folders
    found = [{"merged": "/", "lower": lower, "upper": upper, "work": work}]
    assert list(checks._overlays(mounts)) == found  # noqa: SLF001


def test_no_overlay_is_none() -> None:
    assert list(checks._overlays(OTHERS)) == list(checks._overlays("")) == []  # noqa: SLF001
