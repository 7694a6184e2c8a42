"""Tests of what a class keeps, and of the letters to its students."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from steiger import i18n
from steiger.classroom import keeping, letters
from steiger.classroom.machines import Machine
from steiger.classroom.roster import Student
from steiger.errors import SteigerError

if TYPE_CHECKING:
    from pathlib import Path

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKm5tXm6EhNgJjXBJc0Y0bH9iiQn4a9wBMGJvWlnB1Qz"
MACHINE = Machine("none", "192.0.2.10", 22001, HOST_KEY)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_drawn_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    assert keeping.secret(tmp_path) == ""
    drawn = keeping.make_secret(tmp_path)
    assert len(drawn) == 64
    assert keeping.make_secret(tmp_path) == drawn == keeping.secret(tmp_path)
    assert mode(tmp_path / ".class" / "secret") == 0o600
    assert mode(tmp_path / ".class") == 0o700


def test_a_key_is_made_once_and_again_when_it_was_cut_off(tmp_path: Path) -> None:
    public = keeping.make_student_key(tmp_path, "jan") if keeping.make_secret(tmp_path) else ""
    private = keeping.student_key(tmp_path, "jan")
    assert keeping.make_student_key(tmp_path, "jan") == public
    assert private.startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    (tmp_path / ".class" / "keys" / "jan.pub").unlink()
    assert keeping.make_student_key(tmp_path, "jan") != public
    assert keeping.student_key(tmp_path, "eva") == ""


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_damaged_secret_is_not_replaced_by_another(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ".class" / "secret"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(SteigerError, match=r"secret is damaged; put your copy back"):
        keeping.make_secret(tmp_path)
    assert path.read_bytes() == content


def test_a_secret_that_cannot_be_read_is_not_replaced_by_another(tmp_path: Path) -> None:
    path = tmp_path / ".class" / "secret"
    path.mkdir(parents=True)
    with pytest.raises(SteigerError, match=r"secret cannot be read: Is a directory"):
        keeping.make_secret(tmp_path)
    assert path.is_dir()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".class").write_text("in the way")
    with pytest.raises(SteigerError, match="class"):
        keeping.make_secret(tmp_path)


def test_the_fingerprint_is_the_one_that_ssh_shows(tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    file.write_text(HOST_KEY)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True, text=True, check=True).stdout
    assert letters.fingerprint(HOST_KEY) == shown.split()[1]


def test_the_usual_port_is_not_named() -> None:
    assert letters.ssh_line(MACHINE) == "ssh -p 22001 student@192.0.2.10"
    assert letters.ssh_line(Machine("none", "x.example", 22, HOST_KEY), "k") == "ssh -i k student@x.example"


def test_letters_are_written_in_the_language_of_each_with_the_key_that_was_made(tmp_path: Path) -> None:
    keeping.make_secret(tmp_path)
    keeping.make_student_key(tmp_path, "jan")
    students = [
        Student("jan", "Jan {key} {ssh}", language="nl"),
        Student("eva", "Eva", key="ssh-ed25519 AAAA"),
        Student("bo", "Bo"),
    ]
    place = tmp_path / "handout"
    known = {"jan": MACHINE, "eva": MACHINE}
    assert letters.write(tmp_path, place, "docker26", students, known, "en")
    assert not letters.write(tmp_path, place, "docker26", students, known, "en")
    dutch = (place / "jan" / "letter.txt").read_text("utf-8")
    assert dutch.startswith("Hallo Jan {key} {ssh},\n")
    assert "    ssh -i ~/.ssh/steiger-docker26 -p 22001 student@192.0.2.10\n" in dutch
    assert (place / "jan" / "steiger-docker26").read_text("utf-8") == keeping.student_key(tmp_path, "jan")
    english = (place / "eva" / "letter.txt").read_text("utf-8")
    assert english.startswith("Hello Eva,\n")
    assert [path.name for path in (place / "eva").iterdir()] == ["letter.txt"]
    assert not (place / "bo").exists()
    assert {mode(path) for path in place.glob("*/*")} == {0o600}
    assert i18n.language() == "en"
