"""The module docker_parts: how the service would start the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import docker_parts

if TYPE_CHECKING:
    from pathlib import Path

INSTALLED = "{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// --containerd=/run/c.sock ; ignore_errors=no ; pid=0 }\n"


@pytest.fixture(autouse=True)
def systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_parts, "has_systemd", lambda: True)


def test_an_installed_service_says_how(tmp_path: Path) -> None:
    assert (
        docker_parts.starter(lambda _: (0, INSTALLED, ""), tmp_path)
        == "/usr/sbin/dockerd -H fd:// --containerd=/run/c.sock"
    )


def test_one_that_is_still_to_be_installed_has_the_packages_command(tmp_path: Path) -> None:
    assert docker_parts.starter(lambda _: (0, "\n", ""), tmp_path) == "dockerd -H fd://"


def test_an_own_drop_in_counts(tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_text("[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --debug\n")
    assert docker_parts.starter(lambda _: (0, "\n", ""), tmp_path) == "/usr/bin/dockerd --debug"


def test_without_systemd_the_file_alone_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_parts, "has_systemd", lambda: False)
    assert docker_parts.starter(lambda _: (0, INSTALLED, ""), tmp_path) == ""


def test_podmans_docker_is_not_dockers(tmp_path: Path) -> None:
    assert docker_parts.taken(tmp_path) == ""
    listing = tmp_path / "var/lib/dpkg/info/podman-docker.list"
    listing.parent.mkdir(parents=True)
    listing.write_text("/usr/bin/docker\n")
    assert "apt-get remove podman-docker" in docker_parts.taken(tmp_path)
    (listing.parent / "podman-docker.list").rename(listing.parent / "podman.list")
    assert docker_parts.taken(tmp_path) == ""
