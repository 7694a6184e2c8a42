"""Why packets do not arrive: what can be read from rules and settings."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from steiger import firewall

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCKER = """\
-P INPUT ACCEPT
-P FORWARD DROP
-P OUTPUT ACCEPT
-N DOCKER
-N DOCKER-USER
-A FORWARD -j DOCKER-USER
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-USER -j RETURN
"""


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", ""),
        ("-A DOCKER-USER -s 10.0.0.0/8 -j DROP\n", "-A DOCKER-USER -s 10.0.0.0/8 -j DROP"),
        ("-A FORWARD -j DROP\n", ""),
    ],
)
def test_the_rule_that_drops_before_docker_is_asked(more: str, found: str) -> None:
    assert firewall.first_stop(DOCKER + more, ("DOCKER-USER", "FORWARD")) == found


def test_a_rule_in_front_of_dockers_own() -> None:
    rules = DOCKER.replace("-A FORWARD -j DOCKER-USER", "-A FORWARD -j REJECT\n-A FORWARD -j DOCKER-USER")
    assert firewall.first_stop(rules, ("DOCKER-USER", "FORWARD")) == "-A FORWARD -j REJECT"


def test_a_policy_counts_where_docker_has_none() -> None:
    rules = DOCKER.replace("-P INPUT ACCEPT", "-P INPUT DROP")
    assert firewall.first_stop(rules, ("INPUT", "OUTPUT"), policies=True) == "-P INPUT DROP"
    assert firewall.first_stop(DOCKER, ("INPUT", "OUTPUT"), policies=True) == ""


def test_how_a_rule_goes() -> None:
    assert "(sudo iptables -D INPUT -i lo -j DROP)" in firewall.dropped("-A INPUT -i lo -j DROP")[1]
    assert "(sudo iptables -P INPUT ACCEPT)" in firewall.dropped("-P INPUT DROP")[1]


@pytest.mark.parametrize(
    ("backend", "rules", "says"),
    [
        ("iptables", "-P FORWARD ACCEPT\n", "Docker's rules are gone"),
        ("nftables", "-P FORWARD ACCEPT\n", "a container knows another by name and does not reach it"),
        ("", DOCKER, "a container knows another by name and does not reach it"),
        ("", DOCKER + "-A DOCKER-USER -j DROP\n", "the firewall drops what goes to containers: -A DOCKER-USER -j DROP"),
        (None, "", "a container knows another by name and does not reach it"),
    ],
)
def test_what_is_between_containers(
    monkeypatch: pytest.MonkeyPatch,
    program: Callable[[str, str], None],
    backend: str | None,
    rules: str,
    says: str,
) -> None:
    """Only root reads the rules; an engine that keeps them with nftables has none in iptables."""
    monkeypatch.setattr("os.geteuid", lambda: 1000 if backend is None else 0)
    program("iptables", f"printf '%s' '{rules}'")
    program("systemctl", 'test "$3" = nftables')
    seen, cure = firewall.between_containers(backend or "")
    assert seen.startswith(says)
    assert "(nftables is at work here)" in seen + cure


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_published_port_without_a_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str) -> None:
    settings = tmp_path / "daemon.json"
    monkeypatch.setattr(firewall, "_DAEMON_JSON", settings)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert "nothing listens on 127.0.0.1" in firewall.without_proxy(port)[0]
        settings.write_text('{"userland-proxy": false}', encoding=encoding)
        seen, cure = firewall.without_proxy(port)
        assert seen == f'"userland-proxy": false in {settings}: nothing answers on 127.0.0.1'
        assert cure.startswith("take that line out, then restart Docker: ")
        taken.listen()
        assert "does not pass it on" in firewall.without_proxy(port)[0]
