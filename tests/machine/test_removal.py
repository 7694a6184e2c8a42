"""./setup --remove where it is hard: without systemd, with an engine that no service knows, and killed at any moment."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.machine.conftest import incus
from tests.machine.test_setup_machine import MAKE_USER, PYTHON, SETUP, differences, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.conftest import Machine, Machines

INIT = Path(__file__).parent / "init-plain"
NOTHING = "There is nothing of Steiger on this machine.\n"
# The engine's own services are not asked: as after a start by hand, or an init script that lost its pid file.
BY_HAND = (
    "for program in dockerd docker-registry; do kill $(pidof $program); done;"
    " while pidof dockerd docker-registry; do sleep 0.1; done;"
    " setsid dockerd > /root/dockerd.log 2>&1 < /dev/null &"
    " setsid docker-registry serve /etc/docker/registry/config.yml > /root/registry.log 2>&1 < /dev/null &"
    " for i in $(seq 300); do docker info > /dev/null 2>&1 && exit; sleep 0.1; done; exit 1"
)
TRACES = (
    "pidof dockerd containerd containerd-shim-runc-v2 docker-registry;"
    " grep -E ' /(var/lib/(docker|containerd)|run/(docker|containerd))' /proc/self/mountinfo;"
    " ls -d /run/docker* /run/containerd /sys/class/net/docker0 /sys/class/net/br-*; nft list tables | grep -v inet"
)
LEFT = (
    "command -v python3 docker dockerd; ls -d /opt/steiger /var/lib/steiger /var/log/steiger* /var/lib/docker*"
    " /var/lib/containerd /usr/local/bin/lab /opt/.steiger-setup.*; pidof dockerd containerd docker-registry;"
    " getent group docker; getent passwd docker-registry; dpkg --audit; dpkg-query -W -f='${db:Status-Abbrev} ${Package}\\n' | grep -v ^ii"
)


def without_systemd(machine: Machine) -> Machine:
    """Start a machine again with an init that only reaps."""
    incus("stop", "--force", machine.name)
    machine.write("/usr/local/sbin/init-plain", INIT.read_text(encoding="utf-8"), mode="0755")
    incus("config", "set", machine.name, "raw.lxc=lxc.init.cmd=/usr/local/sbin/init-plain")
    incus("start", machine.name)
    deadline = time.monotonic() + 60
    while machine.run("ip route | grep -q default && grep -q nameserver /etc/resolv.conf").returncode != 0:
        if time.monotonic() > deadline:
            pytest.fail(f"{machine.name} has no network")
        time.sleep(0.3)
    return machine


def test_without_systemd_what_was_made_is_taken_away_also_when_started_by_hand(
    machines: Machines, tmp_path: Path
) -> None:
    machine = without_systemd(machines.launch("steiger-debian12"))
    machine.ok(PYTHON)
    machine.put_checkout()
    machine.ok(MAKE_USER)
    before = state(machine)
    machine.ok("cd steiger && ./setup", user="anna", timeout=1800)
    machine.ok(BY_HAND)
    machine.ok("lab start containers", user="anna")
    said = machine.ok("cd steiger && ./setup --remove", user="anna", timeout=1200)
    assert "Done: what ./setup had made is gone" in said
    assert machine.run(TRACES).stdout == ""
    machine.ok("rm /root/dockerd.log /root/registry.log")
    assert differences(before, state(machine), tmp_path) == ""
    assert machine.ok("cd steiger && ./setup --remove", user="anna") == NOTHING


# A sign that a step of the removal is done, at which ./setup and all that it started is killed.
MOMENTS = {
    "the engine": "! pidof dockerd",
    "its package": "! ls /var/lib/dpkg/info/docker.io.list",
    "the labs": "! ls -d /opt/steiger/current",
    "Python": "! ls /var/lib/dpkg/info/python3.list",
}


def test_a_removal_that_was_killed_at_any_moment_goes_on(machines: Machines, golden: Callable[..., Machine]) -> None:
    machine = machines.clone(golden())
    # What is needed to go on is there: no moment may ask for packages again.
    machine.cut_network()
    for moment, sign in MOMENTS.items():
        machine.ok(
            "cd /root/steiger; setsid ./setup --remove > /root/said 2>&1 < /dev/null & echo $! > /root/pid", timeout=60
        )
        killed = machine.run(
            f"until {sign} > /dev/null 2>&1; do kill -0 $(cat /root/pid) || exit 1; sleep 0.05; done;"
            " kill -KILL -- -$(cat /root/pid); pkill -KILL apt-get; pkill -KILL dpkg; sleep 1; true"
        )
        assert killed.returncode == 0, f"{moment}: ./setup ended before it\n{machine.ok('cat /root/said')}"
        assert "docker.io" in machine.ok("cat /var/lib/steiger/apt/history.log"), moment
    said = machine.ok(f"{SETUP} --remove", timeout=1200)
    assert "Done: what ./setup had made is gone" in said
    assert machine.run(LEFT).stdout == ""
    assert machine.ok(f"{SETUP} --remove") == NOTHING
