"""Tests of steiger.classroom.begin: what it makes of what machines answer."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from steiger.bounded import Ended
from steiger.classroom import begin, remote
from steiger.classroom.begin import Begun
from steiger.classroom.machines import Machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MACHINE = Machine("none", "192.0.2.10", 22001, "ssh-ed25519 AAAA")
LABS = ["volumes", "images"]


@pytest.mark.parametrize(
    ("ended", "begun"),
    [
        (Ended(0, b"images\nvolumes\n", b"much\n"), Begun("jan", ("volumes", "images"))),
        (Ended(0, b"", b""), Begun("jan", ())),
        (Ended(1, b"images\n", b"one\nlab: \x1b[31mno port\n"), Begun("jan", ("images",), "lab: no port")),
        (Ended(0, b"nonsense\n" * 9, b""), Begun("jan", ())),
        (Ended(None, b"images\n", b""), Begun("jan", ("images",), "the machine of jan was not done within 245 s")),
    ],
)
def test_what_a_machine_answers_is_data(
    ended: Ended, begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "run", lambda _words, _seconds: ended)
    assert list(begin.start(tmp_path, {"jan": MACHINE}, LABS)) == [begun]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run here what would be sent, with a `runuser` that does what the file `does` says; return the folder of both."""
    runuser = tmp_path / "runuser"
    runuser.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n. {tmp_path}/does\n')
    runuser.chmod(0o755)
    (tmp_path / "does").write_text("")

    def run(words: Sequence[str], _seconds: float) -> Ended:
        command = words[-1].replace("/var/lib/steiger/begun", str(tmp_path / "begun"))
        done = subprocess.run(shlex.split(command), env={"PATH": f"{tmp_path}:/bin"}, capture_output=True, check=False)
        return Ended(done.returncode, done.stdout, done.stderr)

    monkeypatch.setattr(remote, "run", run)
    return tmp_path


def test_the_first_lab_is_started_last_and_each_once(machine: Path) -> None:
    assert list(begin.start(machine, {"jan": MACHINE}, LABS)) == [Begun("jan", ("volumes", "images"))]
    assert list(begin.start(machine, {"jan": MACHINE}, [*LABS, "compose"])) == [Begun("jan", ("compose",))]
    assert (machine / "asked").read_text().splitlines() == [
        f"-l student -c lab start {lab}" for lab in ("images", "volumes", "compose")
    ]


def test_a_lab_that_did_not_start_is_tried_again(machine: Path) -> None:
    (machine / "does").write_text("echo no port >&2; exit 2")
    assert list(begin.start(machine, {"jan": MACHINE}, LABS)) == [Begun("jan", (), "no port")]
    (machine / "does").write_text("")
    assert list(begin.start(machine, {"jan": MACHINE}, LABS)) == [Begun("jan", ("volumes", "images"))]
