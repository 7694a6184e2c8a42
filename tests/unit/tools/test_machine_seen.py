"""Tests of tools/machine_seen.py: with real ports, files and a web server."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from tools import machine_seen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_port_that_listens_is_open_and_one_that_does_not_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert machine_seen.reach("127.0.0.1", port) == "open"
    assert machine_seen.reach("127.0.0.1", port) == "refused"


def test_a_port_that_is_silent_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        # The queue is full after this one, so the kernel drops the next.
        with socket.create_connection(("127.0.0.1", port)):
            monkeypatch.setattr(machine_seen, "has_route", lambda: True)
            assert machine_seen.reach("127.0.0.1", port, patience=0.2) == "no_answer"


@pytest.mark.parametrize(("route", "says"), [(True, {"no_names", "no_such_name"}), (False, {"no_route"})])
def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch, route: bool, says: set[str]) -> None:
    monkeypatch.setattr(machine_seen, "has_route", lambda: route)
    monkeypatch.setattr(machine_seen, "NAMES_S", 0.5)
    assert machine_seen.reach("nosuch.invalid", 80) in says


@pytest.mark.parametrize(
    ("four", "six", "has"),
    [
        ("eth0\t00000000\t0100000A\t0003\n", "", True),
        ("eth0\t0000000A\t00000000\t0001\n", "", False),
        ("", f"{'0' * 32} 00 {'0' * 32} 00 {'f' * 32} ffffffff 00000001 00000000 00200200       lo\n", False),
        ("", f"{'0' * 32} 00 {'0' * 32} 00 {'f' * 32} 00000400 00000001 00000000 00000003     eth0\n", True),
    ],
)
def test_a_machine_without_a_default_route_has_no_way_out(tmp_path: Path, four: str, six: str, has: bool) -> None:
    (tmp_path / "route").write_text(f"Iface\tDestination\tGateway\tFlags\n{four}")
    (tmp_path / "ipv6_route").write_text(six)
    assert machine_seen.has_route(tmp_path) == has
    assert not machine_seen.has_route(tmp_path / "nosuch")


@pytest.fixture
def late_server() -> Iterator[str]:
    """Give the address of a web server whose clock is an hour late."""

    class Late(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def date_time_string(self, _timestamp: float | None = None) -> str:
            return formatdate(time.time() - 3600, usegmt=True)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Late)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/debian"
    server.shutdown()
    server.server_close()


def test_a_server_tells_what_time_it_is(late_server: str) -> None:
    ahead = machine_seen.ahead(late_server)
    assert ahead is not None
    assert 3590 < ahead < 3610
    assert machine_seen.ahead("http://127.0.0.1:9/debian") is None
    assert machine_seen.ahead("cdrom:[x]") is None


SOURCES = """\
Types: deb
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main

Types: deb
URIs: http://mirror.example/debian
Suites: bogus
Components: main
"""


def test_the_line_of_a_source_is_found(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://other.example/debian trixie main\n"
        "deb cdrom:[Debian 13]/ trixie main\n"
        "deb http://other.example/debian-security/ trixie-security main\n"
        "deb http://other.example/debian/ trixie main\n"
    )
    deb822 = tmp_path / "sources.list.d" / "debian.sources"
    deb822.write_text(SOURCES)
    (tmp_path / "sources.list.d" / "old.list.save").write_text("deb http://saved.example/ x main\n")

    def found(url: str, suite: str = "") -> tuple[str, int] | None:
        place = machine_seen.source(url, suite, tmp_path)
        return (place[0].name, place[1]) if place else None

    assert found("cdrom://[Debian 13]") == ("sources.list", 2)
    assert found("http://other.example/debian/dists/trixie/InRelease") == ("sources.list", 4)
    assert found("http://other.example/debian-security", "trixie-security") == ("sources.list", 3)
    assert found("http://mirror.example/debian", "bogus") == ("debian.sources", 7)
    assert found("http://mirror.example/debian", "trixie-updates") == ("debian.sources", 2)
    assert found("http://mirror.example/debian/pool/main/l/less.deb") == ("debian.sources", 2)
    assert found("http://saved.example/") is None
    assert found("http://mirror.example/deb") is None


def test_the_distributions_own_sources_are_known_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text(
        "deb http://mirror.school.example/pub/debian trixie main\n"
        "deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian trixie stable\n"
        "deb [signed-by=/etc/apt/keyrings/wine.key] https://dl.wine.example/wine-builds/debian/ trixie main\n"
        "deb https://dl.example.com/linux trixie main\n",
        encoding="utf-8",
    )
    (folder / "a.sources").write_text(
        "Types: deb\nURIs: http://cache:3142/deb.debian.org/debian\nSuites: trixie\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
        encoding="utf-8",
    )
    told = {
        "http://mirror.school.example/pub/debian/dists/trixie/InRelease": True,
        "http://cache:3142/deb.debian.org/debian": True,
        "http://deb.debian.org/debian": True,  # in a list of mirrors
        "http://archive.ubuntu.com/ubuntu/": True,
        "cdrom:": True,
        "https://download.docker.com/linux/debian": False,
        "https://dl.wine.example/wine-builds/debian/dists/trixie/InRelease": False,
        "https://dl.example.com/linux": False,
        "https://notdebian.org/x": False,
    }
    assert {url: machine_seen.own(url, tmp_path) for url in told} == told


def test_the_only_source_can_have_what_the_labs_need(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(
        "# deb http://b/x trixie main\ndeb http://a/x trixie main\n", encoding="utf-8"
    )
    assert machine_seen.own("http://a/x/dists/trixie/InRelease", tmp_path)
    assert not machine_seen.own("http://b/x", tmp_path)


def test_the_file_that_forbids_a_package_is_found(tmp_path: Path) -> None:
    (tmp_path / "preferences.d").mkdir()
    (tmp_path / "preferences").write_text("Package: *\nPin: release a=x\nPin-Priority: -1\n")
    (tmp_path / "preferences.d" / "no").write_text(
        "Package: docker.io\nPin: version *\nPin-Priority: 500\n\nPackage: runc containerd\nPin: version *\nPin-Priority: -10\n"
    )
    assert machine_seen.pinned("containerd", tmp_path) == tmp_path / "preferences.d" / "no"
    assert machine_seen.pinned("docker.io", tmp_path) is None
    assert machine_seen.pinned("run", tmp_path) is None


def test_the_file_that_has_apt_run_a_command_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "apt.conf.d"
    folder.mkdir()
    (folder / "10off").write_text('APT::Get::AllowUnauthenticated "false";\n', encoding="utf-8")
    (folder / "20note").write_text('// APT::Update::Post-Invoke {"false";};\n', encoding="utf-8")
    (folder / "30old.bak").write_text('APT::Update::Post-Invoke {"false";};\n', encoding="utf-8")
    (folder / "40mine").write_text('APT { Update { post-invoke {"false"; "say \\"no\\"";}; }; };\n', encoding="utf-8")
    for command in ("false", 'say "no"'):
        assert machine_seen.hook("APT::Update::Post-Invoke", command, tmp_path) == folder / "40mine"
    assert machine_seen.hook("APT::Update::Post-Invoke", "true", tmp_path) is None
    assert machine_seen.hook("DPkg::Pre-Install-Pkgs", "false", tmp_path) is None


def test_proxies_are_known_without_their_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://anna:geheim@proxy.example:3128")
    monkeypatch.setenv("HTTPS_PROXY", "other.example:80")
    assert {"proxy.example", "other.example"} <= machine_seen.proxy_hosts()
