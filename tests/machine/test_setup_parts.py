"""./setup where a part cannot be had: the labs that need it wait, the others are ready, and one line says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.conftest import Machine, Machines

CHECKOUT = "/root/steiger"
SETUP = f"cd {CHECKOUT} && ./setup"
RECIPE = f"{CHECKOUT}/roles/mirror/files/images/mariadb/latest/Dockerfile"
HELD = "/var/lib/docker-registry/docker/registry/v2/repositories/library/mariadb"
LOSE = f"systemctl stop docker-registry; rm -r {HELD}; systemctl start docker-registry; sleep 1"
# The machine finds Debian's mirrors in /etc/hosts alone, and localhost nowhere.
DEAF = r"""
for host in $(apt-get indextargets --format '$(REPO_URI)' | cut -d/ -f3 | cut -d: -f1 | sort -u); do
  getent ahostsv4 "$host" | awk -v name="$host" 'NR == 1 {print $1, name}'
done > /root/hosts
cp /root/hosts /etc/hosts; rm /etc/resolv.conf; echo 'nameserver 127.0.0.9' > /etc/resolv.conf
sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf
! getent hosts localhost
"""
WAITS = (
    "compose waits for the image mariadb: it does not come from elsewhere (http://127.0.0.1:1 does not answer),"
    " and its recipe cannot be read (Dockerfile is no text in UTF-8, at byte 5)"
)


def test_an_image_that_cannot_be_had_costs_the_labs_that_need_it(
    machines: Machines, golden: Callable[..., Machine]
) -> None:
    machine = machines.clone(golden())
    machine.write(f"{CHECKOUT}/inventories/local/group_vars/all.yml", "mirror_upstream: http://127.0.0.1:1\n")
    machine.ok(DEAF)
    machine.ok(LOSE)
    machine.ok(rf"cp {RECIPE} /root/kept && printf 'FROM \377\n' > {RECIPE}")
    done = machine.run(SETUP)
    assert done.returncode == 2
    assert "Ready" not in done.stdout
    assert done.stderr.splitlines() == [f"8 of 9 labs are ready; {WAITS}. Run ./setup again."]
    assert f"{WAITS}." in machine.ok("lab list")
    refused = machine.run("lab start compose")
    assert (refused.returncode, refused.stderr) == (2, f"lab: {WAITS}; run ./setup again\n")
    machine.ok("lab start volumes && lab finish volumes")

    # Mended, but with a `docker` that asks another engine: that is seen before "Ready" is said.
    machine.ok(f"cp /root/kept {RECIPE}; docker context create other --docker host=unix:///run/nowhere.sock")
    machine.ok("docker context use other")
    elsewhere = machine.run(SETUP)
    assert elsewhere.returncode == 2
    assert "Ready" not in elsewhere.stdout
    assert "other" in elsewhere.stderr
    assert [line.startswith("Everything that was said") for line in elsewhere.stderr.splitlines()] == [False, True]
    machine.ok("docker context use default")

    before = machine.ok("docker ps -aq; docker images -aq; docker network ls -q; docker volume ls -q")
    assert "Nothing had to be changed" in machine.ok(SETUP)
    assert machine.ok("docker ps -aq; docker images -aq; docker network ls -q; docker volume ls -q") == before
    assert "mariadb" not in machine.ok("lab list")
    machine.ok("lab start compose && docker run --rm mariadb mariadb --version && lab finish compose")
