"""Ansible module: Incus servers as one cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.incus import query, run

DOCUMENTATION = r"""
module: incus_cluster
short_description: Make Incus servers members of one cluster
description:
  - One server becomes a cluster with the pool and the bridge that it has; then it hands out a token for each other server, which joins with it.
  - A server that is in a cluster stays as it is.
  - A cluster keeps answering while most of three members answer. Of two, the first must.
options:
  state:
    description:
      - V(looked) only tells whether the server is in a cluster.
      - V(enabled) makes it the first member of one.
      - V(invited) hands out a token for the server of this name.
      - V(joined) has this server join with a token.
    type: str
    choices: [looked, enabled, invited, joined]
    required: true
  name:
    description: Name of the server in the cluster.
    type: str
    default: ""
  address:
    description: Address under which the other servers reach this one.
    type: str
    default: ""
  pool:
    description: Name of the storage pool.
    type: str
    default: steiger
  token:
    description: The token to join with.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Make a cluster
  incus_cluster:
    state: enabled
    name: east
    address: 192.0.2.10
"""

RETURN = r"""
member:
  description: Whether the server is in a cluster.
  type: bool
  returned: always
token:
  description: The token for the server that is invited; it holds a secret.
  type: str
  returned: when O(state=invited)
"""

PORT = 8443
HOME = Path("/var/lib/incus")


def preseed(params: dict[str, Any], source: str) -> str:
    """Return what `incus admin init --preseed` reads to join; JSON is YAML, too."""
    pool = {"entity": "storage-pool", "name": params["pool"], "key": "source", "value": source}
    joining = {
        "enabled": True,
        "server_name": params["name"],
        "server_address": f"{params['address']}:{PORT}",
        "cluster_token": params["token"],
        "member_config": [pool],
    }
    return json.dumps({"cluster": joining})


def invite(module: AnsibleModule, name: str) -> str:
    """Return a token for a server that is to join; one that was handed out before is void."""
    run(module, "cluster", "revoke-token", name, check=False)
    _, out, _ = run(module, "cluster", "add", name)
    return str(out.strip().splitlines()[-1])


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["looked", "enabled", "invited", "joined"], "required": True},
            "name": {"type": "str", "default": ""},
            "address": {"type": "str", "default": ""},
            "pool": {"type": "str", "default": "steiger"},
            "token": {"type": "str", "default": "", "no_log": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    status, out, _ = module.run_command(["incus", "query", "/1.0"])
    if status and not module.check_mode:
        run(module, "admin", "waitready", "--timeout", "60")
        _, out, _ = run(module, "query", "/1.0")
    member = bool(out.strip()) and json.loads(out)["environment"].get("server_clustered", False)
    state = params["state"]
    if state == "looked":
        module.exit_json(changed=False, member=member)
    if state == "invited":
        module.exit_json(changed=True, member=member, token="" if module.check_mode else invite(module, params["name"]))
    if not member and not module.check_mode:
        if state == "enabled":
            query(module, "PATCH", "/1.0", {"config": {"core.https_address": f"{params['address']}:{PORT}"}})
            query(module, "PUT", "/1.0/cluster", {"server_name": params["name"], "enabled": True})
        else:
            _, kind, _ = module.run_command(["stat", "--file-system", "--format=%T", str(HOME)])
            source = f"{HOME}/storage-pools/{params['pool']}" if kind.strip() == "btrfs" else ""
            run(module, "admin", "init", "--preseed", data=preseed(params, source))
    module.exit_json(changed=not member, member=member or not module.check_mode)


if __name__ == "__main__":
    main()
