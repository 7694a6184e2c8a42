"""Run roles of this checkout on a machine on which ./setup has run."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.machine.conftest import Machine

CHECKOUT = "/root/steiger"
PLAYBOOK = "/root/roleplay.yml"


@dataclass(frozen=True)
class Played:
    """What a play did: its exit status, the number of changes and what it printed."""

    status: int
    changed: int
    text: str


def play(machine: Machine, *roles: str, remove: bool = False, limit: int = 600, **settings: Any) -> Played:
    """Run roles with these variables, or what removes them; `limit` is in seconds."""
    one = "{{name: Play, ansible.builtin.import_role: {{name: {}{}}}}}"
    tasks = ", ".join(one.format(role, ", tasks_from: remove" if remove else "") for role in roles)
    facts = 'gather_subset: ["!all", "!min", distribution, service_mgr]'
    machine.write(PLAYBOOK, f"- {{hosts: localhost, {facts}, tasks: [{tasks}]}}\n")
    command = [
        "/opt/steiger/venv/bin/ansible-playbook",
        "-i",
        "localhost,",
        "-c",
        "local",
        PLAYBOOK,
        "-e",
        json.dumps(settings),
    ]
    done = machine.run(
        f"cd {CHECKOUT} && ANSIBLE_CONFIG={CHECKOUT}/ansible.cfg timeout --signal=KILL {limit} {shlex.join(command)}"
    )
    text = done.stdout + done.stderr
    counted = re.search(r"changed=(\d+)", text)
    return Played(done.returncode, int(counted[1]) if counted else -1, " ".join(text.split()))
