"""A class is graded: machines that answer, those that do not, and what is written of it. `ssh` is simulated."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from steiger import values
from steiger.classroom import grading, machines, remote
from steiger.classroom.machines import Machine
from steiger.errors import SteigerError

if TYPE_CHECKING:
    from pathlib import Path

    from steiger.catalogue import Lab

HOST_KEY = "ssh-ed25519 AAAA"
# Machines 1 and 2 answer: the first is done, the second is not; machine 3 refuses.
SSH = """#!/usr/bin/env python3
import json, sys
asked = json.loads(sys.stdin.buffer.readline())
port = sys.argv[sys.argv.index("-p") + 1]
if port == "22003":
    sys.stderr.write("Connection refused\\n")
    sys.exit(255)
finding = {"22001": "", "22002": "absent"}[port]
found = {"progress": {"phase": "started", "started": "2026-11-22T09:00:00+00:00"},
         "machine": {"registry": "127.0.0.1:5000", "folder": "/home/student/labs/pier"},
         "tasks": {"named": {"finding": finding, "seen": {"seen": asked["seed"][:4]} if finding else {}}}}
print(asked["mark"], json.dumps({"pier": found}))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a class of four, three of whom have a machine."""
    made = tmp_path / "docker26"
    made.mkdir()
    (made / "roster.csv").write_text("id,name\njan,Jan\nzoe,Zoe\npiet,Piet\nnew,New\n", encoding="utf-8")
    where = {
        student: Machine("pier", "192.0.2.7", 22001 + at, HOST_KEY) for at, student in enumerate(("jan", "zoe", "piet"))
    }
    machines.write(made, where)
    (made / ".class/secret").write_text("s3cret\n", encoding="ascii")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(SSH, encoding="utf-8")
    (programs / "ssh").chmod(stat.S_IRWXU)
    monkeypatch.setattr(remote, "COMMANDS", f"{programs}:{os.environ['PATH']}")
    return made


def test_a_class_is_graded_and_who_did_not_answer_is_named(folder: Path, lab: Lab, tmp_path: Path) -> None:
    seen = grading.look(grading.read(folder), [lab], datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
    assert [(row.student.id, row.trouble, row.why) for row in seen.rows] == [
        ("jan", "", ""),
        ("zoe", "", ""),
        ("piet", "unreached", "Connection refused"),
        ("new", "unmade", "there is no machine yet: run playbooks/classroom.yml"),
    ]
    out = tmp_path / "results/2026-11-22"
    written = {path.name for path in grading.write(seen, out, "en")}
    assert {"index.html", "results.csv", "results.xml", "jan.json", "new.json"} <= written
    zoe = json.loads((out / "zoe.json").read_text(encoding="utf-8"))["labs"][0]
    own = values.derive(lab.values, lab.id, values.student_seed("s3cret", "zoe"))
    assert seen.rows[1].values == {lab.id: own}
    assert zoe["checks"][0]["passed"] is False
    assert "s3cret" not in "".join(path.read_text(encoding="utf-8") for path in out.iterdir())


def test_values_come_from_the_secret_of_the_class_and_the_student(folder: Path) -> None:
    group = grading.read(folder)
    seeds = {group.seed(student) for student in group.students}
    assert len(seeds) == 4
    (folder / ".class/secret").write_text("other", encoding="ascii")
    assert not seeds & {grading.read(folder).seed(student) for student in group.students}


def test_a_class_without_a_secret_was_never_made(folder: Path) -> None:
    (folder / ".class/secret").unlink()
    with pytest.raises(SteigerError, match=r"secret is not there: run playbooks/classroom\.yml first"):
        grading.read(folder)


def test_ssh_trusts_no_key_but_the_one_that_was_written_down(folder: Path) -> None:
    words = grading.ssh(folder, Machine("pier", "192.0.2.7", 22001, HOST_KEY))
    assert words[-1] == "root@192.0.2.7"
    assert words[-2] == "--"
    assert f'UserKnownHostsFile="{folder}/.class/known_hosts"' in words
    assert {"StrictHostKeyChecking=yes", "GlobalKnownHostsFile=none", "BatchMode=yes", "IdentitiesOnly=yes"} <= set(
        words
    )
