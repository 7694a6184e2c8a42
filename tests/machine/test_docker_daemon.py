"""The engine's settings, on machines where somebody was before us."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.machine.roleplay import play

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.conftest import Machine, Machines

FILE = "/etc/docker/daemon.json"
OURS = "http://127.0.0.1:5000"
THEIRS = "https://mirror.example"
BASES = ("debian12", "debian13")


def owned(machine: Machine, text: str) -> None:
    """Make a daemon.json that is the user's, as if Steiger had never been here."""
    machine.ok(f"rm -f /var/lib/steiger/daemon.json {FILE}.2*")
    machine.write(FILE, text, mode="0640")
    machine.ok("systemctl restart docker")


@pytest.mark.parametrize("image", BASES)
def test_an_own_file_is_extended_and_given_back(
    machines: Machines, golden: Callable[[str], Machine], image: str
) -> None:
    machine = machines.clone(golden(f"steiger-{image}"))
    old = f'{{"debug":true,  "registry-mirrors": ["{THEIRS}"]}}\n'
    owned(machine, old)
    machine.ok("docker image inspect keep 2>/dev/null || docker pull -q 127.0.0.1:5000/library/busybox")
    machine.ok("docker run -d --name mine 127.0.0.1:5000/library/busybox sleep 3600")
    started = machine.ok("docker inspect -f '{{.State.StartedAt}} {{.RestartCount}}' mine")
    pid = machine.ok("systemctl show --property MainPID --value docker")

    done = play(machine, "mirror")
    assert (done.status, done.changed) == (0, 1), done.text
    assert json.loads(machine.ok(f"cat {FILE}")) == {"debug": True, "registry-mirrors": [THEIRS, OURS]}
    assert machine.ok(f"cat {FILE}.2*") == old
    assert machine.ok(f"stat -c %a {FILE}").strip() == "640"
    assert OURS in machine.ok("docker info -f '{{.RegistryConfig.Mirrors}}'")
    assert play(machine, "docker", "mirror").changed == 0

    assert play(machine, "mirror", "docker", remove=True).status == 0
    assert machine.ok(f"cat {FILE}") == old
    assert machine.run(f"ls {FILE}.*").returncode != 0
    assert OURS not in machine.ok("docker info -f '{{.RegistryConfig.Mirrors}}'")
    assert machine.ok("docker inspect -f '{{.State.StartedAt}} {{.RestartCount}}' mine") == started
    assert machine.ok("systemctl show --property MainPID --value docker") == pid


@pytest.mark.parametrize("image", BASES)
def test_the_old_file_is_back_when_the_engine_does_not_start(
    machines: Machines, golden: Callable[[str], Machine], image: str
) -> None:
    machine = machines.clone(golden(f"steiger-{image}"))
    before = machine.ok(f"cat {FILE}; ls -A /etc/docker; cat /var/lib/steiger/daemon.json")
    done = play(machine, "docker", docker_daemon={"storage-driver": "nonesuch"})
    assert done.status != 0
    assert "does not run with storage-driver" in done.text
    assert "driver not supported" in done.text
    assert "is back and the engine runs with it" in done.text
    assert machine.ok(f"cat {FILE}; ls -A /etc/docker; cat /var/lib/steiger/daemon.json") == before
    machine.ok("docker info >/dev/null")


def test_a_setting_that_the_engine_does_not_know_changes_nothing(
    machines: Machines, golden: Callable[[str], Machine]
) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    pid = machine.ok("systemctl show --property MainPID --value docker")
    done = play(machine, "docker", docker_daemon={"no-such-setting": 1})
    assert done.status != 0
    assert "nothing was changed" in done.text
    assert "no-such-setting" in done.text
    assert machine.ok("systemctl show --property MainPID --value docker") == pid


def test_what_cannot_be_merged_into_is_refused(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.ok(f"rm -f /var/lib/steiger/daemon.json {FILE}.2*")
    machine.write(FILE, '{"debug": true,}\n')
    done = play(machine, "mirror")
    assert done.status != 0
    assert f"{FILE} cannot be read, line 1, column" in done.text
    assert machine.ok(f"cat {FILE}") == '{"debug": true,}\n'

    machine.ok(f"echo '{{}}' > /root/own.json; ln -sf /root/own.json {FILE}")
    done = play(machine, "mirror")
    assert done.status != 0
    assert f"{FILE} is a link to /root/own.json" in done.text
    assert machine.ok("cat /root/own.json") == "{}\n"
    machine.ok("docker info >/dev/null")


def test_only_the_users_that_were_added_are_taken_out(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.ok("useradd -m new && useradd -m -G docker old")
    users = ["new", "old", "root"]
    assert play(machine, "docker", docker_users=users).changed == 1
    assert play(machine, "docker", docker_users=users).changed == 0
    assert "docker" in machine.ok("id -nG new")
    assert play(machine, "docker", remove=True).status == 0
    assert "docker" not in machine.ok("id -nG new")
    assert "docker" in machine.ok("id -nG old")
    done = play(machine, "docker", docker_users=["nobody-here"])
    assert done.status != 0
    assert "There is no user nobody-here" in done.text


def test_a_stopped_engine_is_started(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.ok("systemctl disable --now -q docker.service docker.socket")
    assert play(machine, "docker").changed == 1
    assert machine.ok("systemctl is-enabled docker").strip() == "enabled"
    machine.ok("docker info >/dev/null")
