"""Ansible module: give an Incus server its pool, its bridge and its default profile."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import shutil
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.daemon_settings import read
from ansible.module_utils.incus import find, query, run

DOCUMENTATION = r"""
module: incus_server
short_description: Give an Incus server its storage pool, bridge and default profile
description:
  - Creates what is missing and leaves alone what is there, whoever made it.
  - C(incus admin init --minimal) fails where it finds no free subnet; this module looks for one itself.
options:
  pool:
    description: Name of the storage pool.
    type: str
    default: steiger
  driver:
    description:
      - Driver of a new pool.
      - On a host whose own file system is C(btrfs) the pool is a subvolume of it, elsewhere a file.
      - When the kernel cannot mount C(btrfs) from a file, a C(dir) pool is made instead, with a warning; copies are then slow.
    type: str
    choices: [btrfs, dir]
    default: btrfs
  size:
    description: Size of the file behind a new C(btrfs) pool; a subvolume has none.
    type: str
    default: 40GiB
  bridge:
    description: Name of the bridge.
    type: str
    default: steigerbr0
  address:
    description:
      - Address of a new bridge with its prefix length.
      - When empty, the first free /24 network from 10.214.0.0 on is taken; what F(/etc/docker/daemon.json) sets apart is not free.
    type: str
    default: ""
  state:
    description:
      - V(absent) deletes the images that Steiger made, and the pool and the bridge when this module made them.
      - While there is any instance nothing is deleted, and RV(kept) names them.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Give the server a pool and a bridge
  incus_server:
    pool: steiger
    size: 40GiB
"""

RETURN = r"""
created:
  description: What was made.
  type: list
  elements: str
  returned: always
  sample: [storage pool steiger, network steigerbr0]
bridges:
  description: The bridges that machines are on, this one and that of the default profile.
  type: list
  elements: str
  returned: when state is present
  sample: [steigerbr0]
address:
  description: The bridge's address with its prefix length.
  type: str
  returned: when the server runs
  sample: 10.214.0.1/24
mirror:
  description: The address after the bridge's own, which is kept free for the class's registry mirror.
  type: str
  returned: always
  sample: 10.214.0.2
in_use:
  description: Whether there are instances, which keep all there is.
  type: bool
  returned: when state is absent
kept:
  description: Why the server stays; nothing when it may go.
  type: list
  elements: str
  returned: when state is absent
driver:
  description: The pool's driver.
  type: str
  returned: when the server runs
  sample: btrfs
"""

FIRST_NETWORK = ipaddress.IPv4Network("10.214.0.0/24")
NETWORKS_TRIED = 2048
DOCKER_SETTINGS = Path("/etc/docker/daemon.json")
HOME = Path("/var/lib/incus")
MADE_KEY = "user.steiger"
MADE = f"{MADE_KEY}=made"
IMAGE_KEY = "steiger.input"


def networks_in_use(addresses: str, routes: str) -> list[ipaddress.IPv4Network]:
    """Return the networks in the output of `ip -json -4 address` and `ip -json -4 route show table all`."""
    found = [
        ipaddress.IPv4Network(f"{info['local']}/{info['prefixlen']}", strict=False)
        for link in json.loads(addresses or "[]")
        for info in link.get("addr_info", [])
        if "local" in info
    ]
    for route in json.loads(routes or "[]"):
        try:
            found.append(ipaddress.IPv4Network(route["dst"], strict=False))
        except (KeyError, ValueError):  # "default" and friends
            continue
    return [network for network in found if network.prefixlen > 0]


def networks_of_docker(settings: str) -> list[ipaddress.IPv4Network]:
    """Return the networks that `daemon.json` sets apart; the engine may need them later, or is not running now."""
    try:
        said = read(settings)
        named = [
            said.get("bip"),
            said.get("fixed-cidr"),
            *(pool["base"] for pool in said.get("default-address-pools") or []),
        ]
    except (ValueError, TypeError, KeyError):  # what is wrong with it is another's affair
        return []
    found = []
    for name in filter(None, named):
        with contextlib.suppress(ValueError):
            found.append(ipaddress.IPv4Network(name, strict=False))
    return found


def free_address(used: list[ipaddress.IPv4Network]) -> str | None:
    """Return the first address of the first /24 that overlaps none of `used`, None when all do."""
    start = int(FIRST_NETWORK.network_address)
    for step in range(NETWORKS_TRIED):
        network = ipaddress.IPv4Network((start + step * FIRST_NETWORK.num_addresses, FIRST_NETWORK.prefixlen))
        if not any(network.overlaps(other) for other in used):
            return f"{network[1]}/{network.prefixlen}"
    return None


def next_address(address: str) -> str:
    """Return the address after that of the bridge, without prefix length; "" when the bridge's is not known yet."""
    return str(ipaddress.IPv4Interface(address).ip + 1) if address else ""


def missing_devices(present: dict[str, Any], pool: str, bridge: str) -> dict[str, dict[str, str]]:
    """Return the devices that the default profile lacks: a root disk and a first network card."""
    wanted = {
        "root": {"type": "disk", "path": "/", "pool": pool},
        "eth0": {"type": "nic", "name": "eth0", "network": bridge},
    }
    has_root = any(device.get("path") == "/" for device in present.values())
    has_card = any(device.get("type") == "nic" for device in present.values())
    return {name: device for name, device in wanted.items() if not {"root": has_root, "eth0": has_card}[name]}


def bridges_of(devices: dict[str, dict[str, str]], bridge: str) -> list[str]:
    """Return the bridge, and those networks of Incus that a machine of these devices is on."""
    return list(dict.fromkeys([bridge, *(device["network"] for device in devices.values() if "network" in device)]))


def create_pool(module: AnsibleModule) -> str:
    """Make the storage pool and return the driver that it got."""
    name, driver = module.params["pool"], module.params["driver"]
    if driver == "btrfs":
        # A file of btrfs on btrfs would copy everything on write twice; a file needs a loop device, which not every host has.
        _, kind, _ = module.run_command(["stat", "--file-system", "--format=%T", str(HOME)])
        place = f"source={HOME}/storage-pools/{name}" if kind.strip() == "btrfs" else f"size={module.params['size']}"
        status, _, err = run(module, "storage", "create", name, "btrfs", place, MADE, check=False)
        if status == 0:
            return "btrfs"
        module.warn(f"No btrfs pool, so a slow one of plain directories: {err.strip()}")
    run(module, "storage", "create", name, "dir", MADE)
    return "dir"


def create_bridge(module: AnsibleModule) -> str:
    """Make the bridge and return its address."""
    address = module.params["address"]
    if not address:
        _, addresses, _ = module.run_command(["ip", "-json", "-4", "address"], check_rc=True)
        _, routes, _ = module.run_command(["ip", "-json", "-4", "route", "show", "table", "all"], check_rc=True)
        docker = DOCKER_SETTINGS.read_text("utf-8", "replace") if DOCKER_SETTINGS.is_file() else ""
        address = free_address(networks_in_use(addresses, routes) + networks_of_docker(docker))
    if not address:
        module.fail_json(msg="No free /24 network from 10.214.0.0 on; name one in incus_bridge_address")
    settings = [f"ipv4.address={address}", "ipv4.nat=true", "ipv6.address=none", MADE]
    run(module, "network", "create", module.params["bridge"], *settings)
    return str(address)


def remove(module: AnsibleModule) -> None:
    """Take away what this module and its fellows made on the server, when nobody uses it."""
    if not shutil.which("incus"):
        module.exit_json(changed=False, in_use=False, kept=[], mirror="")
    run(module, "admin", "waitready", "--timeout", "60")
    instances = query(module, "GET", "/1.0/instances?recursion=1&all-projects=true")
    if instances:
        module.exit_json(changed=False, in_use=True, kept=sorted(box["name"] for box in instances), mirror="")
    images = query(module, "GET", "/1.0/images?recursion=1&all-projects=true")
    ours = [image for image in images if IMAGE_KEY in image["properties"]]
    pools = query(module, "GET", "/1.0/storage-pools?recursion=1")
    bridges = [network for network in query(module, "GET", "/1.0/networks?recursion=1") if network["managed"]]
    made = {thing["name"] for thing in [*pools, *bridges] if thing["config"].get(MADE_KEY)}
    others = [f"image {image['fingerprint'][:12]}" for image in images if image not in ours]
    others += [f"{thing['name']}" for thing in [*pools, *bridges] if thing["name"] not in made]
    if not module.check_mode:
        for image in ours:
            query(module, "DELETE", f"/1.0/images/{image['fingerprint']}")
        profile = query(module, "GET", "/1.0/profiles/default")
        left = {
            name: device
            for name, device in profile["devices"].items()
            if not {device.get("pool"), device.get("network")} & made
        }
        query(module, "PUT", "/1.0/profiles/default", {**profile, "devices": left})
        for thing in bridges:
            if thing["name"] in made:
                query(module, "DELETE", f"/1.0/networks/{thing['name']}")
        for thing in pools:
            if thing["name"] in made:
                query(module, "DELETE", f"/1.0/storage-pools/{thing['name']}")
    module.exit_json(changed=bool(ours or made), in_use=False, kept=others, mirror="")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "pool": {"type": "str", "default": "steiger"},
            "driver": {"type": "str", "choices": ["btrfs", "dir"], "default": "btrfs"},
            "size": {"type": "str", "default": "40GiB"},
            "bridge": {"type": "str", "default": "steigerbr0"},
            "address": {"type": "str", "default": ""},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    if module.params["state"] == "absent":
        remove(module)
    pool_name, bridge_name = module.params["pool"], module.params["bridge"]
    if not shutil.which("incus") and module.check_mode:
        module.exit_json(
            changed=True,
            created=[f"storage pool {pool_name}", f"network {bridge_name}"],
            bridges=[bridge_name],
            mirror=next_address(module.params["address"]),
        )
    run(module, "admin", "waitready", "--timeout", "60")

    pool = find(module, f"/1.0/storage-pools/{pool_name}")
    bridge = find(module, f"/1.0/networks/{bridge_name}")
    profile = query(module, "GET", "/1.0/profiles/default")
    devices = missing_devices(profile["devices"], pool_name, bridge_name)
    created = [] if pool else [f"storage pool {pool_name}"]
    created += [] if bridge else [f"network {bridge_name}"]
    created += [f"device {name} of profile default" for name in devices]

    driver = pool["driver"] if pool else module.params["driver"]
    address = bridge["config"].get("ipv4.address", "") if bridge else module.params["address"]
    if not module.check_mode:
        driver = driver if pool else create_pool(module)
        address = address if bridge else create_bridge(module)
        if devices:
            query(module, "PATCH", "/1.0/profiles/default", {"devices": {**profile["devices"], **devices}})
    module.exit_json(
        changed=bool(created),
        created=created,
        driver=driver,
        bridges=bridges_of({**profile["devices"], **devices}, bridge_name),
        address=address,
        mirror=next_address(address),
    )


if __name__ == "__main__":
    main()
