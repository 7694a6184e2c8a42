"""Tests of the module incus_server: what it decides without a server."""

from __future__ import annotations

import ipaddress
import json

import pytest

from incus_server import bridges_of, free_address, missing_devices, networks_in_use, networks_of_docker

ADDRESSES = json.dumps([{"ifname": "eth0", "addr_info": [{"local": "10.214.0.17", "prefixlen": 24}]}, {}])
ROUTES = json.dumps([{"dst": "default"}, {"dst": "192.0.2.0/24"}, {"dst": "10.214.1.5"}, {"dst": "broadcast x"}])
ROOT_DISK = {"type": "disk", "path": "/", "pool": "steiger"}
CARD = {"type": "nic", "name": "eth0", "network": "steigerbr0"}


def test_addresses_and_routes_are_networks_in_use() -> None:
    found = {str(network) for network in networks_in_use(ADDRESSES, ROUTES)}
    assert found == {"10.214.0.0/24", "192.0.2.0/24", "10.214.1.5/32"}


@pytest.mark.parametrize("text", ["", "[]"])
def test_no_output_means_nothing_in_use(text: str) -> None:
    assert networks_in_use(text, text) == []


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ([], "10.214.0.1/24"),
        (["10.214.0.0/24", "10.214.1.5/32"], "10.214.2.1/24"),
        (["10.214.0.0/16"], "10.215.0.1/24"),
        (["10.0.0.0/8"], None),
    ],
)
def test_the_first_free_network_is_taken(used: list[str], expected: str | None) -> None:
    assert free_address([ipaddress.IPv4Network(network) for network in used]) == expected


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        ({}, {"root", "eth0"}),
        ({"root": ROOT_DISK}, {"eth0"}),
        ({"disk": {**ROOT_DISK, "pool": "other"}, "lan": {**CARD, "network": "own"}}, set()),
        ({"data": {"type": "disk", "path": "/data"}}, {"root", "eth0"}),
    ],
)
def test_only_missing_devices_are_added(present: dict[str, dict[str, str]], missing: set[str]) -> None:
    assert set(missing_devices(present, "steiger", "steigerbr0")) == missing


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", []),
        ("{", []),
        ("[]", []),
        ('{"default-address-pools": [{"size": 24}]}', []),
        ('{"bip": "10.214.0.1/16", "fixed-cidr": "no"}', ["10.214.0.0/16"]),
        ('{"default-address-pools": [{"base": "10.214.0.0/15", "size": 24}], "bip": ""}', ["10.214.0.0/15"]),
        ('\ufeff{"bip": "10.214.0.1/16"}', ["10.214.0.0/16"]),
    ],
)
def test_what_docker_may_take_later_is_not_free(settings: str, expected: list[str]) -> None:
    found = networks_of_docker(settings)
    assert [str(network) for network in found] == expected
    assert free_address(found) == {(): "10.214.0.1/24", ("10.214.0.0/16",): "10.215.0.1/24"}.get(
        tuple(expected), "10.216.0.1/24"
    )


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ({"root": ROOT_DISK, "eth0": CARD}, ["steigerbr0"]),
        (
            {"eth0": {**CARD, "network": "incusbr0"}, "lan": {"type": "nic", "parent": "br0"}},
            ["steigerbr0", "incusbr0"],
        ),
    ],
)
def test_the_bridges_that_machines_are_on(devices: dict[str, dict[str, str]], expected: list[str]) -> None:
    assert bridges_of(devices, "steigerbr0") == expected
