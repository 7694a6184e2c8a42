"""./setup on a whole machine: from a clone to a lab machine, again, killed half-way, looked at and taken away."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.conftest import Machine, Machines

ROOT = Path(__file__).parents[2]
CHECKOUT = "/root/steiger"
SETUP = f"cd {CHECKOUT} && ./setup"
# A user as distributions make them: with sudo, without a password here.
MAKE_USER = (
    "useradd --create-home --shell /bin/bash anna && echo 'anna ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/anna"
    f" && cp -a {CHECKOUT} /home/anna/steiger && chown -R anna: /home/anna"
)
# What the test itself needs on the machine to describe it.
PYTHON = "apt-get -q=2 update && DEBIAN_FRONTEND=noninteractive apt-get -q=2 install -y --no-install-recommends python3"


def state(machine: Machine) -> dict[str, Any]:
    """Return what tools/machine_state.py says of a machine."""
    script = (ROOT / "tools" / "machine_state.py").read_text(encoding="utf-8")
    done = subprocess.run(
        ["incus", "exec", machine.name, "--", "python3", "-"], input=script, capture_output=True, text=True, check=True
    )
    described: dict[str, Any] = json.loads(done.stdout)
    return described


def differences(before: dict[str, Any], after: dict[str, Any], folder: Path) -> str:
    """Return what tools/compare_states.py says of two states; nothing when they are the same."""
    files = [folder / "before.json", folder / "after.json"]
    for file, described in zip(files, (before, after), strict=True):
        file.write_text(json.dumps(described), encoding="utf-8")
    script = ROOT / "tools" / "compare_states.py"
    return subprocess.run([sys.executable, script, *files], capture_output=True, text=True, check=False).stdout.strip()


@pytest.mark.parametrize("image", ["steiger-debian13", "steiger-debian12"])
def test_a_user_gets_from_a_clone_to_a_lab(machines: Machines, image: str) -> None:
    machine = machines.launch(image)
    machine.put_checkout()
    machine.ok(MAKE_USER)
    # The disk of a test machine is btrfs, where Debian 12's engine would not take the driver that it takes on a student's.
    machine.write("/etc/docker/daemon.json", '{"storage-driver": "overlay2"}\n')
    said = machine.ok("cd steiger && ./setup", user="anna", timeout=1800)
    assert "newgrp docker" in said
    assert "like root" in said
    assert "lab list" in said
    assert "volumes" in machine.ok("lab list", user="anna")
    machine.ok("docker info && docker compose version && docker buildx version", user="anna")
    machine.cut_network()
    machine.ok("docker run --rm hello-world", user="anna")
    # Every lab begins, also on an engine that was not restarted since; a build finds its base on the mirror.
    for lab in sorted(path.parent.name for path in ROOT.glob("labs/*/lab.yml")):
        machine.ok(f"lab start {lab}", user="anna")
        assert machine.run(f"lab check {lab}", user="anna").returncode == 1
        machine.ok(f"lab finish {lab}", user="anna")
    assert machine.ok("find ~/steiger -user root", user="anna") == ""


def test_the_second_run_changes_nothing_and_needs_no_network(
    machines: Machines, golden: Callable[..., Machine], tmp_path: Path
) -> None:
    machine = machines.clone(golden())
    machine.cut_network()
    before = state(machine)
    assert "Nothing had to be changed" in machine.ok(SETUP)
    assert differences(before, state(machine), tmp_path) == ""


def test_check_changes_nothing_where_nothing_of_ours_is(machines: Machines, tmp_path: Path) -> None:
    machine = machines.launch()
    machine.ok(PYTHON)
    machine.put_checkout()
    # As a careful administrator has it: too small for what is fetched, and no program runs from it.
    machine.ok("mount -t tmpfs -o size=4m,noexec,mode=1777 tmpfs /tmp")
    before = state(machine)
    said = machine.ok(f"{SETUP} --check")
    assert "docker.io" in said
    assert "Put the labs and the command lab in place" in said
    assert differences(before, state(machine), tmp_path) == ""
    assert machine.ok("ls -A /tmp | grep steiger || true") == ""


def test_check_works_without_python(machines: Machines) -> None:
    machine = machines.launch()
    machine.put_checkout()
    assert machine.run("command -v python3").returncode != 0
    assert "nothing was changed" in machine.ok(f"{SETUP} --check")
    assert machine.run("command -v python3 || ls /opt/steiger /var/lib/steiger").returncode != 0


def test_check_of_a_lab_machine_says_that_all_is_there(
    machines: Machines, golden: Callable[..., Machine], tmp_path: Path
) -> None:
    machine = machines.clone(golden())
    before = state(machine)
    assert "•" not in machine.ok(f"{SETUP} --check")
    assert differences(before, state(machine), tmp_path) == ""


def test_a_clone_may_be_called_anything(machines: Machines, golden: Callable[..., Machine]) -> None:
    machine = machines.clone(golden())
    folder = '/srv/it\'s a "clone": {{ 7 * 7 }} $HOME %s'
    machine.write("/root/move", f'mv {CHECKOUT} "$(cat /root/folder)"\ncd "$(cat /root/folder)" && ./setup\n')
    machine.write("/root/folder", folder)
    assert "Nothing had to be changed" in machine.ok("bash -e /root/move")


def test_a_clone_may_be_anothers_and_read_only(machines: Machines, golden: Callable[..., Machine]) -> None:
    machine = machines.clone(golden())
    machine.ok(
        f"mv {CHECKOUT} /srv/clone && chown -R nobody: /srv/clone && chmod -R a+rwX /srv/clone && chmod a+w /srv/clone"
    )
    machine.ok("mount --bind /srv/clone /srv/clone && mount -o remount,bind,ro /srv/clone")
    assert "Nothing had to be changed" in machine.ok("cd /srv/clone && ./setup")


def test_it_runs_again_in_a_session_whose_docker_group_is_gone(
    machines: Machines, golden: Callable[..., Machine]
) -> None:
    """As after ./setup --remove in the same terminal: `id` then ends with a fault."""
    machine = machines.clone(golden())
    machine.ok(MAKE_USER)
    # What such a shell is set to besides, each of which would stop Ansible, Python or bash.
    steering = (
        "ANSIBLE_STRATEGY=linear_bogus ANSIBLE_CONFIG=/nosuch ANSIBLE_VAULT_PASSWORD_FILE=/nosuch PYTHONHOME=/nosuch"
        " PYTHONPATH=/nosuch CDPATH=/home TMPDIR=/nosuch DOCKER_HOST=tcp://192.0.2.1:1"
    )
    session = f"setpriv --reuid=anna --regid=anna --groups=4242 env HOME=/home/anna USER=anna {steering}"
    assert machine.run(f"{session} id -nG").returncode != 0
    said = machine.ok(f"cd /home/anna/steiger && {session} ./setup")
    assert "newgrp docker" in said


# A sign that a step is under way, at which ./setup and all that it started is killed.
MOMENTS = {
    "apt at the beginning": "ls /var/lib/dpkg/info/python3-apt.list",
    "uv": "ls /opt/steiger/uv.new",
    "the environment": "ls /opt/steiger/venv.new/bin",
    "the engine's packages": "ls /var/lib/dpkg/info/containerd.list",
    "the images": "ls /var/lib/docker-registry/docker",
}


def test_killed_at_any_moment_it_goes_on_where_it_was(machines: Machines) -> None:
    machine = machines.launch()
    machine.put_checkout()
    for moment, sign in MOMENTS.items():
        machine.ok(f"cd {CHECKOUT}; setsid ./setup > /root/said 2>&1 < /dev/null & echo $! > /root/pid", timeout=60)
        killed = machine.run(
            f"until {sign} > /dev/null 2>&1; do kill -0 $(cat /root/pid) || exit 1; sleep 0.05; done;"
            " kill -KILL -- -$(cat /root/pid); sleep 1; pkill -KILL apt-get; pkill -KILL dpkg; sleep 1; true"
        )
        assert killed.returncode == 0, f"{moment}: ./setup ended before it\n{machine.ok('cat /root/said')}"
    said = machine.ok(SETUP, timeout=1800)
    assert "this is a lab machine now" in said
    assert machine.ok("dpkg --audit") == ""
    assert "volumes" in machine.ok("lab list")
    assert "Nothing had to be changed" in machine.ok(SETUP)


def test_python_goes_when_it_came_with_us(machines: Machines, golden: Callable[..., Machine]) -> None:
    machine = machines.clone(golden())
    machine.ok(f"{SETUP} --remove")
    left = (
        "command -v python3 || command -v docker || ls /opt/steiger /var/lib/steiger /var/lib/docker /usr/local/bin/lab"
    )
    assert machine.run(left).stdout == ""
    assert machine.ok(f"{SETUP} --remove") == "There is nothing of Steiger on this machine.\n"


def test_an_engine_with_something_of_the_users_own_stays_until_told(
    machines: Machines, golden: Callable[..., Machine]
) -> None:
    machine = machines.clone(golden())
    machine.ok("docker volume create precious")
    said = machine.ok(f"{SETUP} --remove")
    assert "volume precious" in said
    assert "--engine-data" in said
    assert "precious" in machine.ok("docker volume ls -q")
    machine.ok(f"{SETUP} --remove --engine-data", timeout=1200)
    assert machine.run("command -v docker").returncode != 0
