"""What the builder of images gives to a recipe's commands, whatever machine it works on."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import build_site, image_build
from ansible.module_utils.image_layers import snapshot

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("known", "rest"),
    [
        ("", []),
        ("127.0.0.1 localhost\n127.0.1.1 pier.example.org pier\n", ["127.0.1.1 pier.example.org"]),
        ("10.0.0.9 localhost # odd\n", []),
        ("10.0.0.5 debian.school.example proxy # here alone\n", ["10.0.0.5 debian.school.example proxy"]),
        ("::1 ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\n\n#\nlonely\n", ["ff02::1 ip6-allnodes"]),
    ],
)
def test_localhost_and_the_own_name_need_no_name_service(known: str, rest: list[str]) -> None:
    first, second, *others = image_build.names("pier", known).splitlines()
    assert first.split() == ["127.0.0.1", "localhost", "build", "pier"]
    assert second.split()[:2] == ["::1", "localhost"]
    assert others == rest


def test_what_resolves_names_is_in_no_layer_and_leads_nowhere_else(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "etc").mkdir(parents=True)
    outside.write_text("mine", encoding="utf-8")
    (root / "etc/resolv.conf").symlink_to(outside)
    (root / "etc/hosts").symlink_to("nowhere")
    image_build.give_names(root)
    assert outside.read_text(encoding="utf-8") == "mine"
    assert f" {socket.gethostname()}\n" in (root / "etc/hosts").read_text(encoding="utf-8")
    assert (root / "etc/hostname").read_text(encoding="utf-8") == "build\n"
    assert snapshot(root).keys() == {"etc"}
    before = snapshot(root)
    image_build.give_names(root)
    assert snapshot(root) == before, "a step that changes nothing must make no layer"


def test_a_file_that_cannot_be_read_is_like_none(tmp_path: Path) -> None:
    assert image_build.text_of(tmp_path / "none") == ""
    (tmp_path / "loop").symlink_to("loop")
    assert image_build.text_of(tmp_path / "loop") == ""


def test_what_a_command_makes_does_not_hang_on_the_umask_here(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        image_build.run([sys.executable, "-c", f"open({str(tmp_path / 'made')!r}, 'w')"], dict(os.environ))
    finally:
        os.umask(before)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("told", "environment", "found"),
    [
        ({}, {}, {}),
        ({"http": "http://apt:1\n"}, {"http_proxy": "http://env:1"}, {"http_proxy": "http://apt:1"}),
        (
            {"http": "", "https": ""},
            {"HTTP_PROXY": "http://env:1", "no_proxy": "localhost", "https_proxy": "http://env:2"},
            {"http_proxy": "http://env:1", "https_proxy": "http://env:2", "no_proxy": "localhost"},
        ),
    ],
)
def test_a_proxy_may_be_told_to_apt_or_to_everybody(
    told: dict[str, str], environment: dict[str, str], found: dict[str, str]
) -> None:
    assert build_site.proxies(told, environment) == found


def test_programs_of_the_machine_are_not_named_in_the_tree() -> None:
    settings = (
        'Acquire::http::Proxy "http://a:1";\nAcquire::http::Proxy-Auto-Detect "/usr/bin/auto-apt-proxy";\n'
        'Acquire::http::ProxyAutoDetect "/usr/bin/auto-apt-proxy";\n'
    )
    assert build_site.portable(settings) == 'Acquire::http::Proxy "http://a:1";\n'


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("a\nE: no such  package\nb\n", "E: no such package"),
        ("working\nFATAL ERROR: no localhost\n--force does\nsee https://example.org\n\n", "FATAL ERROR: no localhost"),
        ("one\ntwo\nthree\nfour\n", "two / three / four"),
        ("", ""),
    ],
)
def test_the_cause_is_what_a_command_calls_an_error(said: str, cause: str) -> None:
    assert image_build.complaint(said) == cause
