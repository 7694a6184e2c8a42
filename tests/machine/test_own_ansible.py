"""playbooks/student.yml with an Ansible of one's own, as the README shows it: on this machine, and on others over SSH."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.conftest import Machine, Machines

CHECKOUT = "/root/steiger"
INVENTORY = """\
all:
  hosts:
    desk-1:
      ansible_host: 127.0.0.1
      ansible_user: root
      ansible_ssh_private_key_file: /root/key
      ansible_ssh_common_args: -o StrictHostKeyChecking=accept-new
      docker_users: [student]
"""


@pytest.fixture
def machine(machines: Machines, golden: Callable[..., Machine]) -> Machine:
    """Return a machine on which ./setup has run, with Debian's own Ansible and nothing of ours to call it."""
    made = machines.clone(golden())
    made.ok(
        "apt-get -q=2 update && DEBIAN_FRONTEND=noninteractive apt-get -q=2 install -y --no-install-recommends"
        " ansible-core openssh-client",
        timeout=900,
    )
    # Something to put right, so that the playbook is seen to do its work.
    made.ok("rm /usr/local/bin/lab && systemctl stop docker-registry")
    return made


def changes(machine: Machine, command: str) -> int:
    """Run the playbook and return how much it changed."""
    said = machine.ok(f"cd {CHECKOUT} && {command}", timeout=900)
    found = re.search(r"changed=(\d+)\s+unreachable=0\s+failed=0", said)
    assert found, said
    return int(found[1])


def test_the_playbook_makes_a_lab_machine_here_and_over_ssh(machine: Machine) -> None:
    here = "ansible-playbook playbooks/student.yml"
    assert changes(machine, here) > 0
    assert "volumes" in machine.ok("lab list", user="student")
    machine.ok("systemctl is-active docker-registry")

    machine.ok(
        "ssh-keygen -q -t ed25519 -N '' -f /root/key && install -d -m 700 /root/.ssh"
        " && cat /root/key.pub >> /root/.ssh/authorized_keys"
    )
    machine.write("/root/desks.yml", INVENTORY)
    machine.ok("rm /usr/local/bin/lab && gpasswd --delete student docker")
    there = "ansible-playbook -i /root/desks.yml playbooks/student.yml"
    assert changes(machine, there) > 0
    assert "volumes" in machine.ok("lab list", user="student")
    machine.ok("docker info", user="student")
    assert changes(machine, there) == 0
    assert "Nothing had to be changed" in machine.ok(f"cd {CHECKOUT} && ./setup")
