"""Ansible module: take away what an engine that was stopped left in the kernel."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

from ansible.module_utils import mounts
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.daemon_settings import FILE
from ansible.module_utils.engine_data import data_roots
from ansible.module_utils.engine_network import bridges, leftovers

DOCUMENTATION = r"""
module: engine_traces
short_description: Take away what an engine that was stopped left in the kernel
description:
  - Unmounts what is mounted below its folders (layers, network namespaces), and deletes its bridges and its chains and rules of iptables.
  - Rules that a user put into the chain C(DOCKER-USER) stay.
  - Needs C(iptables), so it comes before the packages go.
options:
  folders:
    description: Folders below which everything is unmounted.
    type: list
    elements: str
    required: true
  data:
    description: The engine's usual folder, in which its own list of its networks is; as with C(engine_remains) it may be elsewhere.
    type: path
    default: /var/lib/docker
  settings:
    description: The engine's settings, which may name another folder.
    type: path
    default: /etc/docker/daemon.json
attributes:
  check_mode: {support: full, description: Tells whether there is anything.}
author: [Steiger]
"""

EXAMPLES = r"""
- name: Take away what the engine left in the kernel
  engine_traces:
    folders: [/var/lib/docker, /run/docker]
"""

RETURN = r"""
traces:
  description: What there was, as "mount /run/docker/netns/default", "bridge docker0" or "iptables, 12 rules".
  type: list
  elements: str
  returned: always
"""


def lists_of_networks(roots: list[Path]) -> bytes:
    """Return what an engine wrote down of its networks, in any of its folders."""
    found = b""
    for root in roots:
        with contextlib.suppress(OSError):
            found += (root / "network/files/local-kv.db").read_bytes()
    return found


def links(module: AnsibleModule) -> dict[str, list[str]]:
    """Return the machine's links with their addresses."""
    status, out, _ = module.run_command(["ip", "-json", "address"])
    found: list[dict[str, Any]] = json.loads(out) if status == 0 and out.strip() else []
    return {
        link["ifname"]: [f"{one['local']}/{one['prefixlen']}" for one in link.get("addr_info", []) if "local" in one]
        for link in found
        if "ifname" in link
    }


def leftover_rules(module: AnsibleModule, names: list[str], subnets: list[str]) -> dict[str, list[list[str]]]:
    """Return the calls that take the engine's rules away, by command; nothing for a command that has none."""
    found = {}
    for command in ("iptables", "ip6tables"):
        if shutil.which(f"{command}-save"):
            # It fails where the kernel has no such tables; then there are no rules.
            found[command] = leftovers(module.run_command([f"{command}-save"])[1], names, subnets)
    return {command: calls for command, calls in found.items() if calls}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "folders": {"type": "list", "elements": "str", "required": True},
            "data": {"type": "path", "default": "/var/lib/docker"},
            "settings": {"type": "path", "default": FILE},
        },
        supports_check_mode=True,
    )
    folders, run = module.params["folders"], module.run_command
    networks = lists_of_networks(data_roots(Path(module.params["data"]), Path(module.params["settings"])))
    present = links(module) if shutil.which("ip") else {}
    names = bridges(list(present), networks)
    subnets = [subnet for name in names for subnet in present[name]]
    rules = leftover_rules(module, names, subnets)
    traces = [f"mount {point}" for point in mounts.mounted_below(folders)] + [f"bridge {name}" for name in names]
    traces += [f"{command}, {len(calls)} rules and chains" for command, calls in rules.items()]
    if module.check_mode:
        module.exit_json(changed=bool(traces), traces=traces)
    left = [f"{point} is still mounted: {why}" for point, why in mounts.unmount(run, folders).items()]
    said = ""
    for command, calls in rules.items():
        for call in calls:
            status, _, err = run([command, "--wait", "10", *call])
            said = " ".join(err.split()) if status else said
    # What went with another rule is gone all the same: what counts is what is there.
    again = leftover_rules(module, names, subnets)
    left += [f"{command} {' '.join(calls[0])}: {said}" for command, calls in again.items()]
    for name in names:
        status, _, err = run(["ip", "link", "delete", name])
        if status and Path("/sys/class/net", name).exists():
            left.append(f"the bridge {name}: {' '.join(err.split())}")
    if left:
        module.fail_json(msg=f"The engine is stopped, and this of it cannot be taken away: {'; '.join(left)}")
    module.exit_json(changed=bool(traces), traces=traces)


if __name__ == "__main__":
    main()
