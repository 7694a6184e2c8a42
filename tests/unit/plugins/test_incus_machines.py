"""Tests of the module incus_machines: what it decides without a server."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import incus_api

import incus_machines
from incus_machines import STUDENT_UID, Ground, Place, devices, differs, digest, identity, options, places

if TYPE_CHECKING:
    from pathlib import Path

GROUND = Ground(("east", "west"), "10.214.0.1/24", 22001)
PARAMS: dict[str, Any] = {
    "class_name": "docker26",
    "cpus": 0,
    "memory": "",
    "disk": "",
    "bridge": "steigerbr0",
    "servers": {"east": "192.0.2.1", "west": "192.0.2.2"},
}
BARE = {"user.steiger.class": "docker26", "security.nesting": "true", "security.guestapi": "false"}
STUDENT = {"id": "jan", "seed": "5eed", "language": "nl", "keys": ["ssh-ed25519 AAAA"]}


def test_students_are_spread_over_the_servers() -> None:
    found = places(["a", "b", "c"], {}, [], GROUND)
    assert found == {
        "a": Place("east", 22001, "10.214.0.10"),
        "b": Place("west", 22001, "10.214.0.10"),
        "c": Place("east", 22002, "10.214.0.11"),
    }


def test_who_has_a_place_keeps_it_and_nobody_gets_one_that_is_taken() -> None:
    mine = Place("west", 22005, "10.214.0.15")
    of_another_class = Place("east", 22001, "10.214.0.10")
    found = places(["a", "b", "c"], {"b": mine}, [mine, of_another_class], GROUND)
    assert found["b"] == mine
    assert found["a"] == Place("east", 22002, "10.214.0.11")
    assert found["c"].server == "west"


def test_a_server_that_was_added_takes_the_new_ones() -> None:
    there = {str(number): Place("east", 22001 + number, f"10.214.0.{10 + number}") for number in range(4)}
    found = places([*there, "x", "y"], there, there.values(), GROUND)
    assert {found["x"].server, found["y"].server} == {"west"}


def test_a_full_network_is_named() -> None:
    small = Ground(("none",), "10.214.0.1/28", 22001)
    with pytest.raises(ValueError, match=r"the network 10\.214\.0\.1/28 has no address left on none"):
        places([str(number) for number in range(6)], {}, [], small)


def test_an_identity_is_files_that_only_their_owner_reads_when_they_are_keys() -> None:
    files = identity(STUDENT, ["ssh-ed25519 BBBB"], "student")
    assert files["/etc/steiger/seed"] == ("5eed\n", 0o644, 0)
    assert files["/root/.ssh/authorized_keys"] == ("ssh-ed25519 BBBB\n", 0o600, 0)
    assert files["/home/student/.ssh/authorized_keys"] == ("ssh-ed25519 AAAA\n", 0o600, STUDENT_UID)
    assert "LANGUAGE=nl\n" in files["/etc/default/locale"][0]


def test_another_key_is_another_identity_and_a_digest_tells_nothing() -> None:
    one, other = (identity({**STUDENT, "keys": keys}, [], "student") for keys in ([], ["ssh-ed25519 AAAA"]))
    assert digest(one) != digest(other)
    assert "5eed" not in digest(one)


def test_machines_see_no_other_machine_and_are_unprivileged() -> None:
    made = devices(PARAMS, Place("west", 22007, "10.214.0.17"), {"type": "disk", "path": "/", "pool": "steiger"})
    assert made["eth0"]["security.port_isolation"] == "true"
    assert made["ssh"]["listen"] == "tcp:192.0.2.2:22007"
    assert made["ssh"]["connect"] == "tcp:10.214.0.17:22"
    assert "size" not in made["root"]
    assert options(PARAMS) == BARE


def test_limits_are_set_when_they_are_named() -> None:
    limited = {**PARAMS, "cpus": 2, "memory": "2GiB", "disk": "10GiB"}
    assert options(limited) == {**BARE, "limits.cpu": "2", "limits.memory": "2GiB"}
    assert devices(limited, Place("east", 1, "10.214.0.10"), {"path": "/"})["root"]["size"] == "10GiB"


@pytest.mark.parametrize(("present", "expected"), [({"a": 1, "b": 2}, False), ({"a": 2}, True), ({}, True)])
def test_only_what_is_wanted_is_compared(present: dict[str, int], expected: bool) -> None:
    assert differs({"a": 1}, present) is expected


def test_a_server_that_takes_no_part_fails_its_own_machines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"user.steiger.port": "22001", "user.steiger.address": "10.214.0.10"}
    boxes = [
        {
            "name": f"docker26-{student}",
            "location": server,
            "status": "Running",
            "config": {**place, "user.steiger.class": "docker26", "user.steiger.student": student},
            "devices": {},
        }
        for student, server in (("jan", "gone"), ("eva", "east"))
    ]
    answers = {
        "/1.0/profiles/default": {"devices": {"root": {"path": "/", "type": "disk", "pool": "steiger"}}},
        "/1.0/networks/steigerbr0": {"config": {"ipv4.address": "10.214.0.1/24"}},
    }
    monkeypatch.setattr(incus_machines, "instances", lambda: (boxes, {}))
    monkeypatch.setattr(incus_machines, "find", lambda _path: None)
    monkeypatch.setattr(incus_machines.Class, "_personalise", lambda *_: "key")
    monkeypatch.setattr(incus_machines.Class, "_wait", lambda *_: None)
    monkeypatch.setattr(incus_machines, "shown", lambda *_: "key")
    patched: list[str] = []
    monkeypatch.setattr(
        incus_machines, "call", lambda method, path, *_: patched.append(path) if method == "PATCH" else answers[path]
    )
    params = {**PARAMS, "students": [STUDENT, {**STUDENT, "id": "eva"}], "replace": [], "root_keys": []}
    params |= {"account": "student", "others": "keep", "image": "golden", "first_port": 22001}
    result = incus_machines.run(params, check=False)
    assert result["failed_machines"] == {"jan": {"kind": "server_down", "detail": "gone"}}
    assert list(result["machines"]) == ["eva"]
    assert patched == ["/1.0/instances/docker26-eva"]


def test_nothing_begins_when_nobody_has_the_id_or_the_server_no_address() -> None:
    params = {**PARAMS, "students": [STUDENT], "replace": ["eva"]}
    with pytest.raises(ValueError, match=r"nothing to replace: eva"):
        incus_machines.run(params, check=True)
    with pytest.raises(ValueError, match="set classroom_address"):
        incus_machines.run({**params, "replace": [], "servers": {"none": ""}}, check=True)


def test_a_new_host_key_is_a_pair() -> None:
    private, public = incus_machines.new_host_key()
    assert public.startswith("ssh-ed25519 AAAA")
    assert incus_machines.public_of(private) == public
    assert incus_machines.public_of("rubbish") == ""


def test_what_shows_no_host_key_shows_none() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert incus_machines.shown("127.0.0.1", closed.getsockname()[1]) == ""


def test_a_server_that_does_not_answer_is_not_taken_for_one_without_machines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(incus_api, "SOCKET", str(tmp_path / "nobody"))
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/incus")
    with pytest.raises(incus_api.IncusError, match=r"start Incus .* nothing was taken away"):
        incus_machines.remove({"class_name": "docker26"}, check=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert not incus_machines.remove({"class_name": "docker26"}, check=False)["changed"]
