"""Ansible module: the registry mirror of a class, as an Incus instance."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import time
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.incus_api import (
    IncusError,
    alone,
    call,
    classes,
    create,
    delete,
    find,
    instance,
    instances,
    is_here,
    member,
    push,
    reached,
)
from ansible.module_utils.registry_api import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENTATION = r"""
module: incus_mirror
short_description: Run the registry mirror of a class as an Incus instance
description:
  - Makes an instance from the golden image in which the registry alone runs. It serves the machines on the bridge and takes images from nobody.
  - It is called C(steiger-mirror); in a cluster the name of the server follows.
  - When the golden image is another one, the instance is made again.
options:
  image:
    description: Alias of the golden image; required when O(state=present).
    type: str
  address:
    description: Address on the bridge; empty for the one after the bridge's own.
    type: str
    default: ""
  bridge:
    description: The network that the machines are on.
    type: str
    default: steigerbr0
  port:
    description: TCP port.
    type: int
    default: 5000
  state:
    description: Whether the mirror is to be there; with V(absent) all of them go, but stay while a class has machines.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Run the registry mirror of the class
  incus_mirror:
    image: steiger-golden
    address: 10.214.0.2
"""

RETURN = r"""
url:
  description: Where the mirror is.
  type: str
  returned: when state is present
  sample: http://10.214.0.2:5000
"""

NAME = "steiger-mirror"
IMAGE_KEY = "user.steiger.mirror-of"
START_S = 60
POLL_S = 0.3
CONFIG = """\
# The registry mirror of a class. The module incus_mirror wrote this file.
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  cache: {{blobdescriptor: inmemory}}
  filesystem: {{rootdirectory: /var/lib/docker-registry}}
  maintenance: {{readonly: {{enabled: true}}}}
http:
  addr: :{port}
  headers: {{X-Content-Type-Options: [nosniff]}}
"""
# Nobody works here.
MASKED = ("docker.service", "docker.socket", "containerd.service", "ssh.service", "ssh.socket")


def after_bridge(bridge: str) -> str:
    """Return the address after the bridge's own; no student's machine gets one of the first.

    Raises:
        IncusError: there is no such bridge.
    """
    return str(ipaddress.IPv4Interface(call("GET", f"/1.0/networks/{bridge}")["config"]["ipv4.address"]).ip + 1)


def wanted_config(fingerprint: str) -> dict[str, str]:
    """Return the options of the instance."""
    return {IMAGE_KEY: fingerprint, "security.guestapi": "false", "boot.autostart": "true", "limits.memory": "512MiB"}


def wanted_devices(bridge: str, address: str) -> dict[str, dict[str, str]]:
    """Return the instance's own devices: a card with a fixed address, which cannot pose as another."""
    card = {"type": "nic", "name": "eth0", "network": bridge, "ipv4.address": address}
    return {"eth0": {**card, "security.mac_filtering": "true", "security.ipv4_filtering": "true"}}


def make(params: Mapping[str, Any], name: str, fingerprint: str) -> None:
    """Make the instance, stopped.

    Raises:
        IncusError: Incus refuses.
    """
    create(
        member(),
        {
            "name": name,
            "type": "container",
            "source": {"type": "image", "fingerprint": fingerprint},
            "config": {key: value for key, value in wanted_config(fingerprint).items() if key != IMAGE_KEY},
            "devices": wanted_devices(params["bridge"], params["address"]),
        },
    )
    push(name, "/etc/docker/registry/config.yml", CONFIG.format(port=params["port"]))
    for unit in MASKED:
        push(name, f"/etc/systemd/system/{unit}", "")  # an empty unit is a masked one
    # Last, so that a run that was cut off begins again.
    call("PATCH", instance(name), {"config": {IMAGE_KEY: fingerprint}})


def wait(address: str, port: int) -> None:
    """Wait until the registry answers.

    Raises:
        IncusError: it does not.
    """
    registry = Registry(f"http://{address}:{port}", timeout=2)
    deadline = time.monotonic() + START_S
    while not registry.answers():
        if time.monotonic() > deadline:
            raise IncusError(f"no registry answers on {address} port {port} after {START_S} s")
        time.sleep(POLL_S)


def ensure(params: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    """Have the mirror run, or find out whether it does, and return the module's result.

    Raises:
        IncusError: something is in the way.
    """
    alias = find(f"/1.0/images/aliases/{params['image']}") if reached() else None
    if alias is None:
        if check:
            return {"changed": True}
        raise IncusError(f"there is no image {params['image']}")
    params = {**params, "address": params["address"] or after_bridge(params["bridge"])}
    result = {"changed": True, "url": f"http://{params['address']}:{params['port']}"}
    server = member()
    name = "-".join(filter(None, (NAME, server)))
    # A server that was alone before it was in a cluster has one under another name, at the same address.
    former = [each for each, where in mirrors().items() if where == (server or "none") and each != name]
    box = find(instance(name))
    config, cards = wanted_config(alias["target"]), wanted_devices(params["bridge"], params["address"])
    same = box is not None and config.items() <= box["config"].items() and cards.items() <= box["devices"].items()
    result["changed"] = bool(former) or not same or box["status"] != "Running"
    if check:
        return result
    for each in former:
        delete(each)
    if not same:
        delete(name)
        make(params, name, alias["target"])
    if not same or box["status"] != "Running":
        call("PUT", instance(name, "state"), {"action": "start"})
    wait(params["address"], params["port"])
    return result


def mirrors() -> dict[str, str]:
    """Return the server of each instance that is such a mirror, on all servers of a cluster.

    Raises:
        IncusError: nothing answers.
    """
    return {box["name"]: box["location"] for box in instances()[0] if IMAGE_KEY in box["config"]}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "image": {"type": "str"},
            "address": {"type": "str", "default": ""},
            "bridge": {"type": "str", "default": "steigerbr0"},
            "port": {"type": "int", "default": 5000},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["image"])],
        supports_check_mode=True,
    )
    try:
        with contextlib.nullcontext() if module.check_mode else alone():
            if module.params["state"] == "present":
                module.exit_json(**ensure(module.params, check=module.check_mode))
            gone = list(mirrors()) if is_here() and not classes() else []
            for name in [] if module.check_mode else gone:
                delete(name)
            module.exit_json(changed=bool(gone))
    except (IncusError, OSError, http.client.HTTPException) as error:
        module.fail_json(msg=f"The class's registry mirror: {error}")


if __name__ == "__main__":
    main()
