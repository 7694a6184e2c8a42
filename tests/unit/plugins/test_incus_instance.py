"""Tests of the module incus_instance: what it decides without a server."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from ansible.module_utils.ssh import answers

from incus_instance import address_of


def card(host_name: str, *addresses: tuple[str, str, str]) -> dict[str, Any]:
    told = [{"family": family, "address": address, "scope": scope} for family, address, scope in addresses]
    return {"host_name": host_name, "addresses": told}


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        (None, None),
        ({"lo": card("", ("inet", "127.0.0.1", "local"))}, None),
        ({"eth0": card("veth1", ("inet6", "fd00::2", "global"), ("inet", "169.254.3.3", "link"))}, None),
        (
            {
                "docker0": card("", ("inet", "172.17.0.1", "global")),
                "eth0": card("veth1", ("inet6", "fd00::2", "global"), ("inet", "10.214.0.7", "global")),
            },
            "10.214.0.7",
        ),
    ],
)
def test_the_first_global_address_of_a_network_card_counts(cards: dict[str, Any] | None, expected: str | None) -> None:
    assert address_of({"network": cards}) == expected


@pytest.mark.parametrize(("greeting", "expected"), [(b"SSH-2.0-x\r\n", True), (b"220 mail\r\n", False)])
def test_only_an_ssh_server_answers(greeting: bytes, expected: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(greeting)

        thread = threading.Thread(target=greet)
        thread.start()
        assert answers("127.0.0.1", server.getsockname()[1]) is expected
        thread.join()


def test_nobody_answers_on_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not answers("127.0.0.1", port)
