"""Incus' own rules in nftables: which of them somebody took away, as `flush ruleset` does, and how they come back."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from ansible.module_utils.incus_api import call, find, instance, instances, member

if TYPE_CHECKING:
    from collections.abc import Mapping

FILTERS = ("security.mac_filtering", "security.ipv4_filtering", "security.ipv6_filtering")
# It tells for how long a lease of IPv6 is good; any change of a network makes Incus write the rules again.
HARMLESS = "ipv6.dhcp.expiry"
USUAL = "1h"


def chains(listed: str) -> set[str]:
    """Return the chains in the output of `nft --json list chains`, each as family, table and name."""
    parts = [part["chain"] for part in json.loads(listed)["nftables"] if "chain" in part]
    return {f"{chain['family']} {chain['table']} {chain['name']}" for chain in parts}


def chain_of_network(name: str, config: Mapping[str, str]) -> str:
    """Return a chain that Incus has for a bridge; "" when the bridge is to have none."""
    if config.get("ipv4.firewall") != "false" and config.get("ipv4.address") not in (None, "none"):
        return f"inet incus fwd.{name}"
    return f"inet incus pstrt.{name}" if config.get("ipv4.nat") == "true" else ""


def devices_without_rules(box: Mapping[str, Any], there: set[str]) -> list[str]:
    """Return the names of an instance's own devices that have lost their rules."""
    lost = []
    for name, device in box["devices"].items():
        if device["type"] == "proxy" and device.get("nat") == "true":
            chain = f"inet incus prert.{box['name']}.{name}"
        elif device["type"] == "nic" and any(device.get(key) == "true" for key in FILTERS):
            chain = f"bridge incus in.{box['name']}.{name}"
        else:
            continue
        if chain not in there:
            lost.append(name)
    return lost


def without(devices: Mapping[str, Mapping[str, str]], lost: list[str]) -> dict[str, dict[str, str]]:
    """Return devices such that going back from them makes Incus write the rules of those that lost theirs.

    A card stays, for what is connected over it.
    """
    left = {name: dict(device) for name, device in devices.items()}
    for name in lost:
        if left[name]["type"] == "proxy":
            del left[name]
        else:
            left[name] = {key: value for key, value in left[name].items() if key not in FILTERS}
    return left


def lost_rules(bridges: list[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the bridges, and the running instances with their devices, whose rules are gone.

    Raises:
        IncusError: nothing answers.
    """
    if call("GET", "/1.0")["environment"].get("firewall") != "nftables":
        return [], []
    done = subprocess.run(["nft", "--json", "list", "chains"], capture_output=True, text=True, check=False)
    if done.returncode:
        return [], []
    there = chains(done.stdout)
    networks = [network for name in bridges if (network := find(f"/1.0/networks/{name}")) and network["managed"]]
    wanted = {network["name"]: chain_of_network(network["name"], network["config"]) for network in networks}
    here = (member() or "none", "Running")
    boxes = [box for box in instances()[0] if (box["location"], box["status"]) == here]
    lost = [(box["name"], names) for box in boxes if (names := devices_without_rules(box, there))]
    return [name for name, chain in wanted.items() if chain and chain not in there], lost


def write_again(bridges: list[str], boxes: list[tuple[str, list[str]]]) -> None:
    """Have Incus write the rules again while everything goes on.

    Raises:
        IncusError: Incus refuses.
    """
    for name in bridges:
        path = f"/1.0/networks/{name}"
        before = call("GET", path)["config"].get(HARMLESS, "")
        for value in ("2h" if before == USUAL else USUAL, before):
            call("PATCH", path, {"config": {HARMLESS: value}})
    for name, lost in boxes:
        box = call("GET", instance(name))
        kept = {key: box[key] for key in ("architecture", "config", "description", "ephemeral", "profiles", "stateful")}
        try:
            call("PUT", instance(name), {**kept, "devices": without(box["devices"], lost)})
        finally:
            call("PUT", instance(name), {**kept, "devices": box["devices"]})
