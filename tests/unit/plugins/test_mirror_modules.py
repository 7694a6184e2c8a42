"""Decisions of the modules that make the mirror, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import debian_sources, image_fill, services

import apt_release
import docker_parts
import mirror_images
import mirror_registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OURS = mirror_registry.configuration(5000)
SERVICE = (10, "docker-registry")


@pytest.mark.parametrize(
    ("labels", "wanted", "present"),
    [
        (None, "abc", False),
        ({}, "abc", True),
        ({"nl.steiger.source": "packages", "nl.steiger.recipe": "abc"}, "abc", True),
        ({"nl.steiger.source": "packages", "nl.steiger.recipe": "old"}, "abc", False),
        ({"nl.steiger.source": "packages"}, "abc", False),
        ({"nl.steiger.source": "packages", "nl.steiger.recipe": "old"}, "", True),
        (None, "", False),
    ],
)
def test_which_images_will_do(labels: dict[str, str] | None, wanted: str, present: bool) -> None:
    assert image_fill.is_present(labels, wanted) is present


def test_our_own_images_are_not_asked_for_upstream() -> None:
    assert mirror_images.from_upstream(["library/nginx:latest", "steiger/ferry:1.0"]) == ["library/nginx:latest"]


@pytest.mark.parametrize(
    ("text", "owner", "installed", "said"),
    [
        (None, None, False, ""),
        (OURS, SERVICE, True, ""),
        (OURS, None, False, ""),
        (OURS, None, True, ""),
        ("version: 0.1\n", None, True, "not Steiger's"),
        ("version: 0.1\n", None, False, "not Steiger's"),
        (None, (7, "python3"), False, "process 7 (python3)"),
        (OURS, (7, "python3"), True, "process 7 (python3)"),
        (None, SERVICE, False, "process 10"),
        (None, (0, ""), False, "cannot be seen"),
    ],
)
def test_when_there_can_be_no_mirror(
    text: str | None, owner: tuple[int, str] | None, installed: bool, said: str
) -> None:
    why = mirror_registry.refusal(text, owner, 5000, installed=installed)
    assert said in why
    assert bool(why) is bool(said)
    assert not why or "mirror_enabled: false" in why


HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def row(address: str, state: str = "0A") -> str:
    return f"   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0\n"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (row("0100007F:1388"), ["77"]),
        (row("00000000:1388"), ["77"]),
        (row(f"{'0' * 32}:1388"), ["77"]),
        (row("0000000000000000FFFF00000100007F:1388"), ["77"]),
        (row("0100007F:1389"), []),
        (row("0100007F:1388", "01"), []),
        (row("0500000A:1388"), []),
        (row("00000000000000000000000001000000:1388"), []),
    ],
)
def test_who_has_the_port(line: str, found: list[str]) -> None:
    assert services.listening(5000, [HEAD + line]) == found


PACKAGES = {"engine": "docker.io", "cli": "docker.io", "compose": "docker-compose", "buildx": "docker-buildx"}


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ([], ["docker-buildx", "docker-compose", "docker.io"]),
        (["usr/bin/docker"], ["docker-buildx", "docker-compose", "docker.io"]),
        (["usr/bin/docker", "usr/sbin/dockerd"], ["docker-buildx", "docker-compose"]),
        (
            ["usr/local/bin/docker", "usr/local/bin/dockerd", "usr/local/lib/docker/cli-plugins/docker-compose"],
            ["docker-buildx"],
        ),
        (
            [
                "usr/bin/docker",
                "usr/sbin/dockerd",
                "usr/libexec/docker/cli-plugins/docker-compose",
                "usr/lib/docker/cli-plugins/docker-buildx",
            ],
            [],
        ),
    ],
)
def test_only_what_is_missing_is_installed(tmp_path: Path, files: list[str], missing: list[str]) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch(mode=0o755)
    assert docker_parts.missing_packages(docker_parts.find_parts(tmp_path), PACKAGES) == missing


def listing(*lines: str) -> Callable[[list[str]], tuple[int, str, str]]:
    return lambda _: (0, "".join(f"{line}\n" for line in lines), "")


def test_debian_is_taken_from_where_the_machine_takes_it() -> None:
    run = listing(
        "Packages|Debian Backports|trixie-backports|http://other.example/debian/",
        "Packages|Debian|trixie|http://near.example/debian/",
        "Packages|Debian-Security|trixie-security|http://near.example/security/",
        "Translations|Debian|trixie|http://no.example/",
    )
    assert debian_sources.uris(run) == ("http://near.example/debian", "http://near.example/security")
    assert ("Debian", "trixie") in debian_sources.codenames(run)


def test_other_distributions_have_no_debian() -> None:
    assert debian_sources.uris(listing("Packages|Ubuntu|noble|http://near.example/ubuntu/")) == ("", "")
    assert debian_sources.uris(lambda _: (100, "", "broken")) == ("", "")


def test_a_list_of_mirrors_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# ours\nhttp://first.example/debian/ priority:1\nhttp://second.example/debian\n")
    assert debian_sources.plain(f"mirror+file:{tmp_path}/list") == "http://first.example/debian"
    assert debian_sources.plain("mirror+file:/nowhere") == ""
    assert debian_sources.plain("http://near.example/debian") == "http://near.example/debian"


def test_nothing_else_comes_from_the_other_release() -> None:
    text = apt_release.preferences("trixie", ["a", "b"], only=True)
    assert "Package: a b\nPin: release n=trixie\nPin-Priority: 990\n" in text
    assert "Package: *\nPin: release n=trixie\nPin-Priority: -1\n" in text
    assert "Package: *" not in apt_release.preferences("trixie", ["a"], only=False)
