"""The inventory of a class, as Ansible itself reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from steiger.classroom import machines
from steiger.classroom.machines import Machine

ROOT = Path(__file__).parents[3]
ANSIBLE = Path(sys.executable).with_name("ansible-inventory")


def inventory(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    return subprocess.run(
        [ANSIBLE, "-i", ".", "--list"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docker26"
    made.mkdir()
    return made


def hosts(folder: Path) -> dict[str, dict[str, Any]]:
    done = inventory(folder)
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout, object_hook=lambda data: data.get("__ansible_unsafe", data))
    variables: dict[str, dict[str, Any]] = listed["_meta"]["hostvars"]
    return {host: variables[host] for host in listed["students"]["hosts"]}


def test_each_student_is_a_host_without_a_word_of_their_own(folder: Path) -> None:
    hostile = "{{ lookup('pipe', 'touch owned') }}"
    cells = hostile + ";{{x}}@example.org;" + hostile
    (folder / "roster.csv").write_text(f"id;name;e-mail;group\nmallory;{cells}\njan;Jan;;\n", encoding="utf-8")
    found = hosts(folder)
    assert list(found) == ["mallory", "jan"]
    assert "lookup" not in json.dumps(found)
    assert "{{" not in json.dumps(found)
    assert not (folder / "owned").exists()


def test_where_a_machine_is_is_known_once_it_was_made(folder: Path) -> None:
    (folder / "roster.csv").write_text("id,name\njan,Jan\nzoe,Zoe\n", encoding="utf-8")
    machines.write(folder, {"jan": Machine("pier", "192.0.2.7", 22001, "ssh-ed25519 AAAA")})
    found = hosts(folder)
    assert (found["jan"]["ansible_host"], found["jan"]["ansible_port"]) == ("192.0.2.7", 22001)
    assert "ansible_host" not in found["zoe"]
    kept = folder / ".class"
    assert (kept / "known_hosts").read_text(encoding="utf-8") == "[192.0.2.7]:22001 ssh-ed25519 AAAA\n"
    assert kept.stat().st_mode & 0o777 == 0o700


def test_other_files_of_the_inventory_are_read_beside_it(folder: Path) -> None:
    (folder / "roster.csv").write_text("id,name\njan,Jan\n", encoding="utf-8")
    (folder / "servers.yml").write_text("servers: {hosts: {pier: {}}}\n", encoding="utf-8")
    done = json.loads(inventory(folder).stdout)
    assert (done["servers"]["hosts"], done["students"]["hosts"]) == (["pier"], ["jan"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,name\nJan,Jan\n", "line 2: the id Jan must be"),
        ("hello\n", "line 1: there is no column hello."),
    ],
)
def test_a_wrong_roster_stops_ansible(folder: Path, text: str, said: str) -> None:
    (folder / "roster.csv").write_text(text, encoding="utf-8")
    done = inventory(folder)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"jan": {}}',
        '{"jan": {"server": "a", "address": "-oProxyCommand=id", "port": 22, "host_key": "ssh-ed25519 AAAA"}}',
        '{"jan": {"server": "a", "address": "192.0.2.7", "port": 0, "host_key": "ssh-ed25519 AAAA"}}',
        '{"jan": {"server": "a", "address": "192.0.2.7", "port": 22, "host_key": "ssh-ed25519 A\\n* x"}}',
    ],
)
def test_a_damaged_list_of_machines_stops_ansible(folder: Path, text: str) -> None:
    (folder / "roster.csv").write_text("id,name\njan,Jan\n", encoding="utf-8")
    (folder / ".class").mkdir()
    (folder / ".class/machines.json").write_text(text, encoding="utf-8")
    done = inventory(folder)
    assert done.returncode != 0
    assert "machines.json is damaged; remove it and run playbooks/classroom.yml again" in " ".join(done.stderr.split())


def test_two_thousand_students_are_hosts(folder: Path) -> None:
    rows = "".join(f"s{number},Student {number}\n" for number in range(2000))
    (folder / "roster.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
    assert len(hosts(folder)) == 2000
