"""Ansible module: an Incus instance that answers over SSH, or none."""

from __future__ import annotations

import json
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.incus import find, instance_path, run
from ansible.module_utils.ssh import answers

DOCUMENTATION = r"""
module: incus_instance
short_description: Make or remove an Incus instance that answers over SSH
description:
  - Launches an image or copies another instance, lets a key in as root, and waits until SSH answers.
options:
  name:
    description: Name of the instance.
    type: str
    required: true
  image:
    description: Alias of the image to launch; needed to make an instance.
    type: str
    default: ""
  config:
    description: Instance options for a new instance, such as C(security.nesting).
    type: dict
    default: {}
  files:
    description: Programs that a new instance is to have before it starts, by absolute path.
    type: dict
    default: {}
  authorized_key:
    description: Public key that may log in as root; none when empty.
    type: str
    default: ""
  state:
    description: V(started) makes and starts the instance, V(absent) stops and deletes it.
    type: str
    choices: [started, absent]
    default: started
  timeout:
    description: Seconds to wait for an address and for SSH.
    type: int
    default: 60
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Launch a machine to try things on
  incus_instance:
    name: steiger-default
    image: steiger-debian13
    config: {security.nesting: "true"}
    authorized_key: "{{ lookup('file', 'key.pub') }}"
"""

RETURN = r"""
address:
  description: The instance's IPv4 address.
  type: str
  returned: when the instance runs
  sample: 10.214.0.17
"""

SSH_PORT = 22
POLL_S = 0.2


def address_of(state: dict[str, Any]) -> str | None:
    """Return the first global IPv4 address in an instance's state, None while it has none."""
    for card in (state.get("network") or {}).values():
        # Only a card of Incus' own has an end on the host: docker0 has none.
        addresses = card["addresses"] if card.get("host_name") else []
        for address in addresses:
            if address["family"] == "inet" and address["scope"] == "global":
                return str(address["address"])
    return None


def wait_for_ssh(module: AnsibleModule) -> str:
    """Return the instance's address once SSH answers there; fail after the timeout."""
    deadline = time.monotonic() + module.params["timeout"]
    seen = "it has no address"
    while time.monotonic() < deadline:
        _, out, _ = run(module, "query", instance_path(module.params["name"], "state"))
        address = address_of(json.loads(out))
        if address and answers(address, SSH_PORT):
            return address
        seen = f"nothing answers on {address} port {SSH_PORT}" if address else "it has no address"
        time.sleep(POLL_S)
    module.fail_json(msg=f"Instance {module.params['name']} is not reached after {module.params['timeout']} s: {seen}")
    return ""


def start(module: AnsibleModule, present: dict[str, Any] | None) -> None:
    """Make the instance when there is none, start it, and let the key in."""
    name, image = module.params["name"], module.params["image"]
    if present is None:
        if not image:
            module.fail_json(msg=f"There is no instance {name}, and no image is named to make it from")
        options = [f"--config={key}={value}" for key, value in sorted(module.params["config"].items())]
        run(module, "init", "--quiet", image, name, *options)
        for path, text in module.params["files"].items():
            run(module, "file", "push", "--quiet", "--create-dirs", "--mode=0755", "-", f"{name}{path}", data=text)
    if module.params["authorized_key"]:
        key = module.params["authorized_key"].strip() + "\n"
        folder = ["--create-dirs", "--uid=0", "--gid=0", "--mode=0600"]
        run(module, "file", "push", "--quiet", *folder, "-", f"{name}/root/.ssh/authorized_keys", data=key)
    if present is None or present["status"] != "Running":
        run(module, "start", name)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "image": {"type": "str", "default": ""},
            "config": {"type": "dict", "default": {}},
            "files": {"type": "dict", "default": {}},
            "authorized_key": {"type": "str", "default": "", "no_log": False},
            "state": {"type": "str", "choices": ["started", "absent"], "default": "started"},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    name = module.params["name"]
    present = find(module, instance_path(name))
    if module.params["state"] == "absent":
        if present and not module.check_mode:
            run(module, "delete", "--force", name)
        module.exit_json(changed=present is not None)

    running = present is not None and present["status"] == "Running"
    if module.check_mode:
        module.exit_json(changed=not running)
    if not running:
        start(module, present)
    module.exit_json(changed=not running, address=wait_for_ssh(module))


if __name__ == "__main__":
    main()
