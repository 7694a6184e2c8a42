"""The `lab` command as a student meets it, on a real machine: what goes wrong is one line and half nothing."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.machine import terminal
from tests.machine.conftest import Machine, Machines, prefix_for
from tests.machine.harbour import HOME, LABS, SLOW, WORK, Harbour, furnish, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def furnished(worker_id: str, request: pytest.FixtureRequest) -> Iterator[Harbour]:
    """Return one machine for all tests here: a clone of STEIGER_GOLDEN, or of a machine after ./setup."""
    machines = Machines(prefix_for(worker_id, "lab"))
    named = os.environ.get("STEIGER_GOLDEN")
    source = Machine(named) if named else request.getfixturevalue("golden")()
    yield furnish(machines.clone(source))
    machines.delete()


@pytest.fixture
def harbour(furnished: Harbour) -> Iterator[Harbour]:
    """Return the machine as new, for one test."""
    tidy(furnished.machine)
    yield furnished
    tidy(furnished.machine)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lab strat pier", "no verb 'strat'; did you mean 'start'?"),
        ("lab start peir", "no lab 'peir'; did you mean 'pier'?"),
        ("lab --lang nl start peir", "; bedoel je 'pier'?"),
        ("lab check", "which lab? see: lab list"),
        ("lab check pier", "pier is not started yet; run: lab start pier"),
        ("lab reset pier", "pier is not started yet; run: lab start pier"),
        ("lab finish pier", "pier is not started, so there is nothing to finish"),
    ],
)
def test_a_wrong_call_changes_nothing(harbour: Harbour, line: str, message: str) -> None:
    before = harbour.state()
    assert message in harbour.refused(line)
    assert harbour.state() == before


def test_a_broken_lab_is_file_line_and_fault(harbour: Harbour) -> None:
    harbour.machine.ok(
        f"rm -rf /srv/broken; cp -r {LABS} /srv/broken; sed -i 's/^minutes: .*/minutes: many/' /srv/broken/pier/lab.yml"
    )
    line = harbour.machine.ok("grep -n ^minutes /srv/broken/pier/lab.yml").partition(":")[0]
    before = harbour.state()
    message = f"/srv/broken/pier/lab.yml, line {line}: minutes: 'many' is not of type 'integer'"
    for verb in ("start pier", "check pier", "list", "doctor", "verify pier --here"):
        assert harbour.refused(f"STEIGER_LABS=/srv/broken lab {verb}") == message
    assert harbour.state() == before


def test_a_port_that_is_taken_names_the_program(harbour: Harbour) -> None:
    port = harbour.values("quay")["port"]
    harbour.ok(
        f"nohup python3 -m http.server {port} >/dev/null 2>&1 & for i in $(seq 50); do ss -Hltn | grep -q :{port} && break; sleep 0.1; done"
    )
    before = harbour.state()
    message = harbour.refused("lab start quay")
    assert message.startswith(f"port {port}, which quay needs, is taken by python3 (pid ")
    assert message.endswith("); stop that first")
    assert harbour.state() == before
    harbour.ok("pkill -x python3")
    harbour.ok("lab start quay")


def test_the_name_of_a_program_is_harmless(harbour: Harbour) -> None:
    port = harbour.values("quay")["port"]
    harbour.ok(
        f"cp $(readlink -f /usr/bin/python3) $'/tmp/\\e[31mred'; nohup $'/tmp/\\e[31mred' -m http.server {port} >/dev/null 2>&1 &"
        f"for i in $(seq 50); do ss -Hltn | grep -q :{port} && break; sleep 0.1; done"
    )
    assert "\x1b" not in harbour.refused("lab start quay")


def test_started_twice_changes_nothing(harbour: Harbour) -> None:
    harbour.ok("lab start quay")
    before = harbour.state()
    assert "was started before; nothing is changed" in harbour.ok("lab start quay")
    assert harbour.state() == before


def test_two_starts_at_once(harbour: Harbour) -> None:
    harbour.machine.ok(f"echo 3 > {SLOW}")
    done = harbour.sh(
        f"lab start quay & first=$!; until test -e {SLOW}.begun; do sleep 0.1; done; lab start quay; echo second $?; wait $first; echo first $?"
    )
    assert "second 2" in done.stdout
    assert "first 0" in done.stdout
    assert done.stderr.startswith("lab: another command is at work (lab start quay, pid ")
    assert done.stderr.endswith("); wait until it is done\n")
    box = harbour.values("quay")["box"]
    assert harbour.engine()["containers"] == [f"{box}-first", f"{box}-second"]


@pytest.mark.parametrize("signal", ["KILL", "INT", "TERM", "HUP"])
def test_a_start_that_is_cut_off_is_finished_by_the_next(harbour: Harbour, signal: str) -> None:
    harbour.machine.ok(f"echo 5 > {SLOW}")
    killed = harbour.sh(
        f"set -m; lab start quay >/dev/null & until test -e {SLOW}.begun; do sleep 0.1; done; pkill -{signal} -f 'lab start quay|steiger start quay'; wait; true"
    )
    assert "Traceback" not in killed.stderr
    harbour.machine.ok(f"rm {SLOW}")
    assert harbour.refused("lab check quay") == "quay is not started yet; run: lab start quay"
    deadline = time.monotonic() + 30
    while (again := harbour.sh("lab start quay")).returncode:
        assert "another command is at work" in again.stderr
        assert time.monotonic() < deadline
        time.sleep(0.5)
    time.sleep(6)
    box = harbour.values("quay")["box"]
    assert harbour.engine()["containers"] == [f"{box}-first", f"{box}-second"]
    harbour.ok("lab finish quay")
    assert harbour.engine()["containers"] == []


def test_without_an_engine_every_verb_says_one_line_and_changes_nothing(harbour: Harbour) -> None:
    harbour.ok("lab start pier")
    harbour.ok(f"echo mine > {WORK}/pier/mine.txt")
    before = harbour.state()
    harbour.machine.ok("systemctl stop docker.socket docker")
    for verb in ("start quay", "check pier", "hint pier", "reset pier", "finish pier", "solve quay"):
        done = harbour.sh(f"lab {verb}")
        assert (verb, done.returncode) == (verb, 2)
        if not verb.startswith("solve"):
            assert done.stderr == "lab: the Docker Engine does not run; start it with: sudo service docker start\n", (
                verb
            )
    assert "✘ Docker Engine" in harbour.sh("lab doctor").stdout
    harbour.ok("lab list")
    harbour.ok("lab guide pier")
    harbour.machine.ok("systemctl start docker.socket docker")
    assert harbour.state() == before


@pytest.mark.parametrize(("setting", "colour"), [("unset PAGER LESS", True), ("export PAGER=more", False)])
def test_a_guide_in_a_terminal(harbour: Harbour, setting: str, colour: bool) -> None:
    """Through less as the machine has it, and through more: every command whole, no codes to be seen."""
    harbour.machine.write("/srv/terminal.py", Path(terminal.__file__).read_text(encoding="utf-8"))
    run = (
        f"{setting}; unset STEIGER_LABS; export TERM=xterm; python3 /srv/terminal.py 80 lab --lang nl guide containers"
    )
    said = harbour.ok(run)
    assert ("\x1b[36m" in said) is colour
    shown = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])", "", said)
    assert "ESC" not in shown
    assert "\x1b" not in shown
    lines = [re.sub(r"^(.*\r|:|--More--)+", "", line.rstrip()) for line in shown.split("\n")]
    guide = harbour.ok("cat /opt/steiger/current/labs/containers/guide.nl.md")
    typed = [line for line in re.findall(r"^\$ .*", guide, re.MULTILINE) if "<<" not in line]
    assert len(typed) > 10
    assert [line for line in typed if line not in lines] == []
    assert [line for line in lines if line.startswith("|")] == []


def test_a_folder_of_the_students_own_is_moved_aside_and_named(harbour: Harbour) -> None:
    harbour.ok(f"mkdir -p {WORK}/pier; echo mine > {WORK}/pier/thesis.txt")
    said = harbour.ok("lab start pier")
    (moved,) = harbour.ok(f"ls -d {WORK}/pier.own-*").split()
    assert moved in said
    assert harbour.ok(f"cat {moved}/thesis.txt") == "mine\n"
    assert harbour.ok(f"ls {WORK}/pier") == "README.txt\n"


def test_reset_and_finish_keep_what_the_student_changed(harbour: Harbour) -> None:
    harbour.ok("lab start pier")
    for verb in ("reset", "finish"):
        harbour.ok(f"echo {verb} > {WORK}/pier/mine.txt")
        said = harbour.ok(f"lab {verb} pier")
        kept = said.partition("is kept in ")[2].split()[0]
        assert harbour.ok(f"cat {kept}/mine.txt") == f"{verb}\n"
    assert harbour.sh(f"test -e {WORK}/pier").returncode == 1


@pytest.mark.parametrize("verb", ["reset", "finish"])
def test_files_that_a_container_made_as_root(harbour: Harbour, verb: str) -> None:
    """A bind mount gives root's files; a database even takes the whole folder."""
    harbour.ok("lab start pier")
    made = "mkdir -p /w/data; echo x > /w/data/x; echo y > /w/y; chmod 700 /w/data; chown -R 999:999 /w; chmod 700 /w"
    harbour.ok(f"docker run --rm -v {WORK}/pier:/w busybox sh -c '{made}'")
    harbour.ok("docker rmi -f busybox")
    assert harbour.sh(f"ls {WORK}/pier").returncode
    kept = harbour.ok(f"lab {verb} pier").partition("is kept in ")[2].split()[0]
    assert harbour.ok(f"cat {kept}/data/x {kept}/y") == "x\ny\n"
    assert harbour.sh(f"find {WORK} ! -user student").stdout == ""
    assert harbour.engine()["images"] == []


def test_the_students_own_things_stay(harbour: Harbour) -> None:
    """Made before or during the lab, with a lab's image before it, near a lab's name during it."""
    machine = harbour.machine
    box = harbour.values("quay")["box"]
    harbour.ok("docker pull -q busybox; docker tag busybox own:1; docker rmi busybox; docker pull -q busybox")
    harbour.ok(
        f"docker run -d --name {box}-old -v {box}-old:/d -v /anonymous busybox sleep 1000; docker network create {box}-oldnet"
    )
    harbour.ok("docker create --name created-before busybox true; docker volume create keep")
    machine.ok("mkdir -p /tmp/own && cd /tmp/own && echo hello > f && tar c f | docker import - other:1")
    before = harbour.engine()
    harbour.ok("lab start quay")
    harbour.ok(
        f"docker create --name my-{box} other:1 true; docker create --name during -v during:/d -v /x other:1 true"
    )
    harbour.ok("docker network create during; docker volume create during2; docker tag other:1 mine:2")
    during = harbour.engine()
    own = {
        kind: [name for name in names if name not in (f"{box}-first", f"{box}-second")]
        for kind, names in during.items()
    }
    harbour.ok(
        f"docker run -d --name {box} -v {box}:/d -v /y busybox sleep 1000; docker network create {box}-net; docker tag busybox {box}:1"
    )
    harbour.ok("docker run -d --name unnamed busybox sleep 1000")
    harbour.ok("lab reset quay")
    assert harbour.engine() == during
    harbour.ok(f"docker run -d --name {box} -v {box}:/d -v /y busybox sleep 1000")
    harbour.ok("lab finish quay")
    assert harbour.engine() == own
    assert {kind: [name for name in names if name in own[kind]] for kind, names in before.items()} == before
    assert machine.ok(f"docker inspect -f '{{{{.State.Running}}}}' {box}-old") == "true\n"


def test_finish_leaves_the_machine_as_it_was(harbour: Harbour) -> None:
    before = harbour.engine()
    harbour.ok(
        "lab start quay; lab solve pier --show; lab start pier; lab solve pier; lab finish pier; lab finish quay"
    )
    assert harbour.engine() == before
    assert harbour.sh(f"ls -A {WORK}").stdout == ""


def test_a_full_disk_is_one_line(harbour: Harbour) -> None:
    harbour.machine.ok(
        "mkdir -p /mnt/small; mount -t tmpfs -o size=64k,mode=777 none /mnt/small; cat /dev/zero > /mnt/small/fill 2>/dev/null; true"
    )
    for line in ("lab start pier", "lab start quay"):
        message = harbour.refused(f"HOME=/mnt/small {line}")
        assert "No space left on device" in message
    assert harbour.engine()["containers"] == []
    harbour.machine.ok("rm /mnt/small/fill")
    harbour.ok("HOME=/mnt/small lab start pier")
    harbour.machine.ok("cat /dev/zero > /mnt/small/fill 2>/dev/null; true")
    assert "No space left on device" in harbour.refused("HOME=/mnt/small lab check pier")


@pytest.mark.parametrize("home", ["/nonexistent", "/root", "/proc", "/etc"])
def test_a_home_that_cannot_be_written_is_one_line(harbour: Harbour, home: str) -> None:
    assert harbour.refused(f"HOME={home} lab start pier").startswith("cannot ")
    harbour.refused(f"HOME={home} lab check pier")


def test_who_may_not_use_docker_is_told_how(harbour: Harbour) -> None:
    done = harbour.machine.run(f"STEIGER_LABS={LABS} LANG=C.UTF-8 lab start pier", user="outsider")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "lab: you may not use the Docker Engine yet; log out and in again (or run: newgrp docker);"
        " when that does not help: lab doctor\n"
    )
    assert harbour.machine.run("test -e /home/outsider/labs").returncode == 1


def test_solve_check_and_the_form_of_the_json(harbour: Harbour) -> None:
    harbour.ok("lab start pier")
    box = harbour.values("pier")["box"]
    assert harbour.sh("lab check").returncode == 1
    assert harbour.outcome("pier") == {
        "lab": "pier",
        "student": "student",
        "passed": 0,
        "total": 1,
        "points": 0,
        "checks": [
            {
                "id": "named",
                "title": "A container with a name",
                "passed": False,
                "points": 0,
                "message": f"There is no container {box}; there is: –.",
                "hint": "A name is given when a container is made. docker ps -a shows the names that are there.",
            }
        ],
    }
    assert "A name is given" in harbour.sh("lab hint").stdout
    harbour.ok("lab solve")
    assert harbour.ok("lab check --lang nl").startswith(" ✔ 1. Een container met een naam")
    assert harbour.outcome("pier")["points"] == 1
    harbour.ok(f"docker stop -t 0 {box}")
    assert harbour.sh("lab check").returncode == 1, "what was solved and then broken fails"
    assert '"named"' not in harbour.ok("lab status --json")


def test_what_a_container_says_cannot_draw_on_the_terminal(harbour: Harbour) -> None:
    harbour.ok("lab start quay")
    box = harbour.values("quay")["box"]
    harbour.ok(
        f"docker run -d --name {box} -e $'EVIL=\\e[2Jenv\\u202e' busybox sh -c \"printf '\\033[2J\\033]0;title\\007wiped\\n'; sleep 1000\""
    )
    harbour.ok(f"printf '\\033[31mnotes {{name}} <<box>>\\n' > {WORK}/quay/notes.txt")
    for line in ("lab check quay", "lab hint quay", "lab check quay --json"):
        done = harbour.sh(line)
        assert done.returncode == 1
        shown = done.stdout + done.stderr
        assert "\x1b" not in shown
        assert "\\u001b" not in shown
        assert "\u202e" not in shown
        assert "\x07" not in shown
    assert "wiped" in harbour.outcome("quay")["checks"][0]["message"]


def test_what_never_answers_takes_seconds_not_minutes(harbour: Harbour) -> None:
    """The port takes connections and says nothing; the command in the container never ends."""
    harbour.ok("lab start quay")
    made = harbour.values("quay")
    harbour.ok(
        f"docker run -d --name {made['box']} -p {made['port']}:80 busybox"
        " sh -c 'mkfifo /endless; while true; do nc -l -p 80 -e sleep 1000; done'"
    )
    begun = time.monotonic()
    assert harbour.sh("lab check quay").returncode == 1
    assert time.monotonic() - begun < 15


def test_a_locale_that_nobody_generated(harbour: Harbour) -> None:
    """Ssh brings the locale of the student's own laptop along; Ansible would refuse it."""
    for setting in ("LC_ALL=nl_NL.UTF-8", "LC_ALL=C", "LC_ALL=de_DE.ISO-8859-1"):
        harbour.ok(f"{setting} lab start quay && {setting} lab finish quay")
    assert "Nu: lab start" in harbour.ok("LC_ALL=nl_NL.UTF-8 lab list")


def test_a_shell_that_stands_in_a_folder_that_finish_took(harbour: Harbour) -> None:
    harbour.ok(
        f"lab start pier; cd {WORK}/pier && lab check; lab finish && lab start quay && lab reset quay && lab finish quay"
    )


def test_a_shell_in_the_folder_goes_on_after_a_reset(harbour: Harbour) -> None:
    assert harbour.ok(f"lab start pier >/dev/null; cd {WORK}/pier; touch x; lab reset >/dev/null; ls") == "README.txt\n"


def test_damaged_progress_says_what_to_do(harbour: Harbour) -> None:
    harbour.ok("lab start pier")
    path = f"{HOME}/.local/state/steiger/labs/pier.json"
    harbour.ok(f"echo '{{' > {path}")
    assert harbour.refused("lab check pier") == f"{path} is damaged; remove it and start the lab again"
    harbour.ok(f"rm {path}; lab start pier")


def test_an_engine_that_stops_answering_is_given_up(harbour: Harbour) -> None:
    harbour.ok("lab start pier")
    harbour.machine.ok("kill -STOP $(pidof dockerd)")
    try:
        begun = time.monotonic()
        assert harbour.refused("lab check pier").startswith("the Docker Engine does not answer")
        assert time.monotonic() - begun < 60
    finally:
        harbour.machine.ok("kill -CONT $(pidof dockerd)")
