"""A class on two servers, of which one goes down; the tests build on each other."""

from __future__ import annotations

import subprocess

from tests.machine import school

from steiger.classroom import machines

EAST, WEST = "steiger-east", "steiger-west"
STUDENTS = ("ada", "bob", "cem", "dot")


def servers() -> dict[str, str]:
    """Return the server of each student."""
    return {student: machine.server for student, machine in machines.read(school.CLASS).items()}


def troubles() -> dict[str, str]:
    """Grade, and return who could not be, and why."""
    return {student: result["trouble"] for student, result in school.grade().items() if result["trouble"]}


def test_the_server_that_was_added_takes_the_new_students() -> None:
    assert servers() == {"ada": EAST, "bob": EAST, "cem": WEST, "dot": WEST}
    assert school.ssh("ada", "test -e of-the-first-day").status == 0


def test_the_students_on_both_servers_get_in() -> None:
    for student in STUDENTS:
        said = school.ssh(student, "hostname; docker run --rm hello-world")
        assert said.text.startswith(f"{student}\n"), said.text
        assert "Hello from Docker!" in said.text
    assert troubles() == {}


def test_each_server_has_a_mirror_for_its_own_machines() -> None:
    here = {where: next(student for student, server in servers().items() if server == where) for where in (EAST, WEST)}
    for student in here.values():
        said = school.ssh(student, "docker info --format '{{json .RegistryConfig.Mirrors}}'").text
        mirror = said.split('"')[3]
        assert "hello-world" in school.ssh(student, f"curl -sf {mirror}v2/_catalog").text


def test_a_server_that_is_down_is_named_and_the_rest_goes_on() -> None:
    subprocess.run(["incus", "stop", "--force", WEST], check=True, capture_output=True)
    there = sorted(student for student, server in servers().items() if server == WEST)
    assert troubles() == dict.fromkeys(there, "unreached")
    roster = school.CLASS / "roster.csv"
    roster.write_text(f"{roster.read_text('utf-8')}eli,Eli\n", "utf-8")
    said = school.make()
    assert said.status != 0
    for student in there:
        assert f"{student}: its server {WEST} is down" in said.text
    assert servers()["eli"] == EAST
    assert school.ssh("eli", "hostname").text == "eli\n"


def test_the_server_comes_back_with_its_machines() -> None:
    subprocess.run(["incus", "start", WEST], check=True, capture_output=True)
    # The host of an instance mounts this at its start; no real server has it, and it could not be taken away.
    school.server("! mountpoint -q /var/lib/lxcfs || umount -l /var/lib/lxcfs", WEST)
    school.server("incus admin waitready --timeout 60", WEST)
    said = school.make()
    assert said.status == 0, said.text
    assert troubles() == {}
