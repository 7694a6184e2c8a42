"""The registry mirror, on machines where things are in its way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.machine.roleplay import play

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.conftest import Machine, Machines

CONFIG = "/etc/docker/registry/config.yml"
DATA = "/var/lib/docker-registry"
EMPTY = f"systemctl stop docker-registry; rm -rf {DATA}/*; systemctl start docker-registry; sleep 1"
ENGINE = "docker images -aq --no-trunc | sort; docker ps -aq; docker buildx du 2>/dev/null | tail -1"
UPSTREAM = "http://127.0.0.1:5055"


def digest(machine: Machine, name: str, registry: str = "http://127.0.0.1:5000") -> str:
    """Return the digest of an image in a registry, "" when it is not there."""
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    line = f"curl -sI -H 'Accept: {kind}' {registry}/v2/{name.replace(':', '/manifests/')} | tr -d '\\r'"
    found = [row.split()[1] for row in machine.ok(line).splitlines() if row.lower().startswith("docker-content-digest")]
    return found[0] if found else ""


def test_a_port_that_is_taken_is_named(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    before = machine.ok(f"cat {CONFIG} /etc/docker/daemon.json")
    machine.ok("systemctl stop docker-registry; systemd-run -q --unit=taker python3 -m http.server 5000; sleep 1")
    pid = machine.ok("systemctl show -P MainPID taker").strip()
    done = play(machine, "mirror")
    assert done.status != 0
    assert f"Port 5000 of 127.0.0.1 is taken by process {pid} (python3)" in done.text
    assert "mirror_port" in done.text
    assert machine.ok(f"cat {CONFIG} /etc/docker/daemon.json") == before

    assert play(machine, "mirror", mirror_port=5001).status == 0
    assert "http://127.0.0.1:5001" in machine.ok("docker info -f '{{.RegistryConfig.Mirrors}}'")
    machine.ok("docker pull -q hello-world")


def test_a_registry_of_somebody_else_is_refused(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.ok(f"sed -i 1d {CONFIG}")
    before = machine.ok(f"cat {CONFIG}")
    done = play(machine, "mirror")
    assert done.status != 0
    assert "not Steiger's" in done.text
    assert "mirror_enabled: false" in done.text
    assert machine.ok(f"cat {CONFIG}") == before
    off = play(machine, "mirror", mirror_enabled=False)
    assert (off.status, off.changed) == (0, 0)
    play(machine, "mirror", remove=True)
    assert digest(machine, "library/nginx:latest")


def test_images_come_from_upstream_or_else_from_recipes(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.write(
        "/root/up.yml",
        "version: 0.1\nstorage: {filesystem: {rootdirectory: /root/up}}\nhttp: {addr: 127.0.0.1:5055}\n",
    )
    machine.ok("systemd-run -q --unit=up docker-registry serve /root/up.yml; sleep 1")
    machine.ok(
        "docker pull -q busybox && docker tag busybox 127.0.0.1:5055/library/busybox"
        " && echo FROM busybox | DOCKER_BUILDKIT=0 docker build -q --label from=up -t 127.0.0.1:5055/library/busybox -"
        " && docker push -q 127.0.0.1:5055/library/busybox"
    )
    machine.ok(EMPTY)
    wanted = ["busybox", "hello-world"]
    before = machine.ok(ENGINE)
    done = play(machine, "mirror", mirror_upstream=UPSTREAM, mirror_images=wanted)
    assert done.status == 0, done.text
    assert "library/hello-world:latest did not come from upstream" in done.text
    theirs = digest(machine, "library/busybox:latest", UPSTREAM)
    assert theirs
    assert digest(machine, "library/busybox:latest") == theirs
    assert digest(machine, "library/hello-world:latest")
    assert machine.ok(ENGINE) == before
    assert play(machine, "mirror", mirror_upstream=UPSTREAM, mirror_images=wanted).changed == 0
    none = play(machine, "mirror", mirror_upstream="http://127.0.0.1:1", mirror_images=[*wanted, "steiger/none"])
    assert none.status == 0, none.text
    assert "steiger/none:latest did not come" in none.text
    assert json.loads(machine.ok("cat /var/lib/steiger/waiting/images.json"))["steiger/none:latest"]["kind"] == "none"


def test_a_run_that_is_killed_is_finished_by_the_next(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.ok(EMPTY)
    assert play(machine, "mirror", mirror_upstream="", limit=8).status != 0
    again = play(machine, "mirror", mirror_upstream="")
    assert again.status == 0, again.text
    assert machine.run("test -e /var/lib/steiger/mirror").returncode != 0
    assert digest(machine, "steiger/ferry:latest") == digest(machine, "steiger/ferry:2.0") != ""
    assert "Hello" in machine.ok("docker run --rm hello-world")


def test_a_full_disk_is_told_at_once(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.ok(EMPTY)
    machine.ok("mkdir -p /var/lib/steiger/mirror && mount -t tmpfs -o size=20m none /var/lib/steiger/mirror")
    done = play(machine, "mirror", mirror_upstream="")
    assert done.status != 0
    assert "make room and run this again" in done.text


def test_with_no_network_the_next_run_changes_nothing(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    machine.cut_network()
    done = play(machine, "docker", "mirror")
    assert (done.status, done.changed) == (0, 0), done.text
    machine.ok("docker pull -q nginx && docker pull -q steiger/ferry:1.0")


def test_removal_stops_the_registry_and_empties_it(machines: Machines, golden: Callable[[str], Machine]) -> None:
    machine = machines.clone(golden("steiger-debian13"))
    assert play(machine, "mirror", "docker", remove=True).status == 0
    assert machine.run("systemctl is-active -q docker-registry").returncode != 0
    assert machine.ok(f"ls -A {DATA}") == ""
    # The golden machine had this before ./setup.
    assert machine.ok("cat /etc/docker/daemon.json") == '{"storage-driver": "overlay2"}\n'
    assert machine.run("test -e /var/lib/steiger/daemon.json").returncode != 0
    again = play(machine, "mirror", "docker", remove=True)
    assert again.status == 0
    assert play(machine, "docker", "mirror").status == 0
    machine.ok("docker pull -q hello-world")
