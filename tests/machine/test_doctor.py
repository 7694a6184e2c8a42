"""`lab doctor` on a real machine that is broken in one way after another: the true cause, the cure, nothing left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.machine.conftest import Machines, prefix_for
from tests.machine.harbour import Harbour, furnish, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.machine.conftest import Machine

FLUSH = "for table in filter nat; do iptables -t $table -F && iptables -t $table -X; done"
FAR = "unix:///run/far.sock"
ELSEWHERE = "lab asks unix:///var/run/docker.sock; no engine answers docker there"
DROP = "-A DOCKER-USER -j DROP"


@pytest.fixture(scope="module")
def harbour(worker_id: str, golden: Callable[[str], Machine]) -> Iterator[Harbour]:
    """Return one machine for all tests here, on which ./setup has run, without a network card."""
    machines = Machines(prefix_for(worker_id, "doctor"))
    harbour = furnish(machines.clone(golden("steiger-debian13")))
    harbour.machine.cut_network()
    tidy(harbour.machine)
    yield harbour
    machines.delete()


def doctor(harbour: Harbour, setting: str = "") -> list[str]:
    """Return what the doctor says is not right, with the cures, but for the names; and that nothing is left of it."""
    before = harbour.engine() if harbour.machine.run("docker info").returncode == 0 else {}
    done = harbour.sh(f"{setting} lab doctor")
    lines = done.stdout.splitlines()
    wrong = [line.strip() for line in lines[:-1] if not line.startswith(" ✔")]
    assert (done.returncode, done.stderr) == (2 if wrong else 0, "")
    assert lines[-1].startswith("Something is wrong" if wrong else "This machine is fit")
    assert not before or harbour.engine() == before
    return wrong


def test_a_good_machine_without_a_network(harbour: Harbour) -> None:
    assert doctor(harbour) == []


def test_a_command_that_asks_another_engine(harbour: Harbour) -> None:
    harbour.ok(f"docker context create far --docker host={FAR} && docker context use far")
    assert doctor(harbour) == [
        f"✘ Command docker: docker asks another engine: its context 'far' is {FAR}; {ELSEWHERE}",
        "→ run: docker context use default",
    ]
    harbour.ok("docker context use default && docker context rm far")
    wrong = doctor(harbour, "DOCKER_HOST=tcp://127.0.0.1:1")
    assert wrong[0].startswith("✘ Command docker: docker asks another engine: DOCKER_HOST is tcp://127.0.0.1:1; lab ")
    assert wrong[1].startswith("→ run: unset DOCKER_HOST; ")


def test_who_may_not_use_docker(harbour: Harbour) -> None:
    """Somebody outside the group; somebody whose terminal was opened before he came in; and where DOCKER_HOST leads."""
    said = harbour.machine.run("LANG=C.UTF-8 lab doctor", user="outsider").stdout
    assert " ✘ Docker Engine: you (outsider) are not in the group docker\n   → run: sudo usermod -aG " in said
    assert " – Published port: waits for: Docker Engine\n" in said
    early = "setpriv --reuid student --regid student --clear-groups env HOME=/home/student LANG=C.UTF-8 lab doctor"
    said = harbour.machine.run(early).stdout
    assert "this terminal was opened before that\n   → run: newgrp docker;" in said
    wrong = doctor(harbour, f"DOCKER_HOST={FAR}")
    assert wrong[0] == "✘ Docker Engine: DOCKER_HOST sends you to /run/far.sock, and no engine answers you there"


def test_packets_that_are_dropped_or_not_passed_on(harbour: Harbour) -> None:
    """Only root sees which rule drops them; everybody sees that they do not arrive."""
    machine = harbour.machine
    machine.ok(f"iptables {DROP.replace('-A', '-I', 1)}")
    assert doctor(harbour)[0].startswith(
        "✘ Network of containers: a container knows another by name and does not reach"
    )
    said = machine.run("LANG=C.UTF-8 lab doctor").stdout
    assert f" ✘ Network of containers: the firewall drops what goes to containers: {DROP}\n" in said
    cure = f"iptables {DROP.replace('-A', '-D', 1)}"
    assert f"sudo {cure}" in said
    machine.ok(cure)
    machine.ok("sysctl -q -w net.ipv4.ip_forward=0")
    assert doctor(harbour) == [
        "✘ Forwarding: net.ipv4.ip_forward is 0: containers reach nothing outside this machine",
        "→ run: sudo sysctl net.ipv4.ip_forward=1",
    ]
    machine.ok("sysctl -q -w net.ipv4.ip_forward=1")


def test_a_firewall_that_somebody_flushed(harbour: Harbour) -> None:
    # After the others: of a network that it could not make Docker leaves a bridge, and rules for its addresses.
    harbour.machine.ok(FLUSH)
    cure = "→ restart Docker: sudo systemctl restart docker"
    gone = "Docker's rules are gone from the firewall: something emptied it"
    assert doctor(harbour) == [f"✘ Published port: {gone}", cure, f"✘ Network of containers: {gone}", cure]
    harbour.machine.ok(cure.partition("sudo ")[2])
    assert doctor(harbour) == []


def test_a_mirror_that_is_stopped_and_then_an_engine(harbour: Harbour) -> None:
    machine = harbour.machine
    machine.ok("systemctl stop docker-registry")
    wrong = doctor(harbour)
    assert wrong[0] == "✘ Registry mirror: the registry does not run: nothing listens on 127.0.0.1:5000"
    assert [line[:36] for line in wrong[2:]] == [
        "– Published port: waits for an image",
        "– Network of containers: waits for an"[:36],
    ]
    machine.ok("systemctl stop docker.socket docker")
    assert doctor(harbour)[:2] == [
        "✘ Docker Engine: the Docker Engine does not run",
        "→ start it: sudo systemctl start docker",
    ]
    machine.ok("systemctl start docker-registry docker.socket docker")


def test_a_try_that_is_killed_leaves_nothing_for_long(harbour: Harbour) -> None:
    there = "docker ps -q --filter label=nl.steiger.trial"
    harbour.ok(
        f'lab doctor >/dev/null & for i in $(seq 400); do test -n "$({there})" && break; sleep 0.05; done; kill -KILL $!; wait; test -n "$({there})"'
    )
    assert "steiger-trial" in str(harbour.engine())
    assert harbour.sh("lab doctor").returncode == 0
    assert harbour.engine() == {"containers": [], "volumes": [], "networks": ["bridge", "host", "none"], "images": []}
