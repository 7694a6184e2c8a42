"""A machine with a student and two small labs on it, for tests of the `lab` command as a student meets it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

    from tests.machine.conftest import Machine

LABS = "/srv/labs"
HOME = "/home/student"
WORK = f"{HOME}/labs"
SLOW = "/tmp/slow"  # noqa: S108 - a mark in the throw-away machine
TEMPLATE = Path(__file__).parents[2] / "src" / "steiger" / "template"

QUAY_SETUP = f"""\
- name: Put a container in the start state
  ansible.builtin.shell: |
    set -eu
    docker container inspect {{{{ box }}}}-first > /dev/null 2>&1 || docker run -d --name {{{{ box }}}}-first busybox sleep 1000
    if test -e {SLOW}; then touch {SLOW}.begun; sleep $(cat {SLOW}); fi
    docker container inspect {{{{ box }}}}-second > /dev/null 2>&1 || docker run -d --name {{{{ box }}}}-second busybox sleep 1000
  changed_when: true
"""

QUAY_CHECKS = '''\
"""Checks that look at whatever a student's container says."""

from steiger.bench import Bench


def named(bench: Bench) -> None:
    """A container answers, in its own words."""
    name = bench.values["box"]
    box = bench.engine.container(name)
    if box is None:
        bench.fail("absent", name=name, seen=bench.engine.container_names())
    reply = bench.http(bench.values["port"])
    ran = bench.engine.run_in(name, ["cat", "/endless"])
    if reply is None or ran is None or ran.status:
        bench.fail("stopped", name=name, status=[bench.engine.logs(name), bench.read("notes.txt"), box["Config"]["Env"]])
'''


@dataclass(frozen=True)
class Harbour:
    """A student's machine: `pier` is the template's lab; `quay` has a port, a start state and curious checks."""

    machine: Machine

    def sh(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell as the student, in English, with our two labs as the catalogue."""
        settings = f"export STEIGER_LABS={LABS} LANG=C.UTF-8; "
        return self.machine.run(settings + line, user="student", timeout=120)

    def ok(self, line: str) -> str:
        """Run a line of shell as the student; fail the test when its status is not 0."""
        done = self.sh(line)
        assert done.returncode == 0, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def refused(self, line: str) -> str:
        """Run a command that must say one line on standard error, nothing else, and end with status 2."""
        done = self.sh(line)
        assert done.returncode == 2, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.stdout == ""
        assert done.stderr.startswith("lab: ")
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr[5:].rstrip("\n")

    def values(self, lab_id: str) -> dict[str, str]:
        """Return the student's values of a lab."""
        lines = self.ok(f"lab solve {lab_id} --show").splitlines()
        pairs = (line.removeprefix("LAB_").partition("=") for line in lines if line.startswith("LAB_"))
        return {name.lower(): value for name, _, value in pairs}

    def engine(self) -> dict[str, list[str]]:
        """Return the names of everything that the engine has."""
        asks = {
            "containers": "docker ps -a --format {{.Names}}",
            "volumes": "docker volume ls -q",
            "networks": "docker network ls --format {{.Name}}",
            "images": "docker images -a --format {{.Repository}}:{{.Tag}}",
        }
        return {kind: sorted(self.machine.ok(ask).split()) for kind, ask in asks.items()}

    def state(self) -> dict[str, Any]:
        """Return all that a command of a student's may change: engine, files and progress."""
        files = self.machine.ok(
            f"cd {HOME} && find . -type f ! -name lock ! -name '.bash*' -exec sha256sum {{}} + | sort"
        )
        return {**self.engine(), "files": files.splitlines()}

    def outcome(self, lab_id: str) -> dict[str, Any]:
        """Return the JSON of `lab check`."""
        data: dict[str, Any] = json.loads(self.sh(f"lab check {lab_id} --json").stdout)
        return data


def furnish(machine: Machine) -> Harbour:
    """Give a machine on which ./setup has run a student and the two labs."""
    machine.ok(
        "id student >/dev/null 2>&1 || useradd --create-home --shell /bin/bash student; usermod -aG docker student"
    )
    machine.ok("id outsider >/dev/null 2>&1 || useradd --create-home --shell /bin/bash outsider")
    machine.ok(
        f"mkdir -p {LABS}; for lab in pier quay; do STEIGER_LABS={LABS} lab new $lab; done; chmod -R a+rX {LABS}"
    )
    definition = (TEMPLATE / "lab.yml").read_text(encoding="utf-8").replace("TEMPLATE-ID", "quay")
    definition = definition.replace("tools: [docker]", "tools: [docker]\n  ports: [port]")
    definition = definition.replace("values:", "values:\n  port: {kind: port}")
    definition = definition.replace(
        "owns:", 'owns:\n  volumes: ["<<box>>*"]\n  networks: ["<<box>>*"]\n  images: ["<<box>>*"]'
    )
    machine.write(f"{LABS}/quay/lab.yml", definition)
    machine.write(f"{LABS}/quay/setup.yml", QUAY_SETUP)
    machine.write(f"{LABS}/quay/checks.py", QUAY_CHECKS)
    return Harbour(machine)


def tidy(machine: Machine) -> None:
    """Take away what a test left, the engine running again."""
    machine.ok(
        "systemctl start docker.socket docker; umount -q /mnt/small; pkill -u student; pkill -u outsider;"
        f"rm -rf {SLOW} {SLOW}.begun {HOME}/labs {HOME}/.local /home/outsider/labs /home/outsider/.local;"
        "docker ps -aq | xargs -r docker rm -fv >/dev/null; docker volume ls -q | xargs -r docker volume rm >/dev/null;"
        "docker network prune -f >/dev/null; docker images -aq | xargs -r docker rmi -f >/dev/null; true"
    )
