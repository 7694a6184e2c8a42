"""The copy of a folder that a check builds: whatever is in the folder, it is bounded, and nothing leads out."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from steiger import context
from steiger.context import DOCKERFILE_BYTES, Unfit, prepare
from steiger.errors import SteigerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.fixture
def ferry(tmp_path: Path) -> Path:
    """Return a student's folder `ferry`, with a Dockerfile."""
    made = tmp_path / "work" / "ferry"
    made.mkdir(parents=True)
    (made / "Dockerfile").write_text("FROM scratch\n")
    return made


def copied(ferry: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """Return a copy of the folder."""
    place = ferry.parent.parent / "copy"
    prepare(ferry.parent, ferry.name, files or {}, place)
    return place


def refused(ferry: Path) -> str:
    """Return why there is no copy to build; it took no time."""
    begun = time.monotonic()
    with pytest.raises(Unfit) as caught:
        copied(ferry)
    assert time.monotonic() - begun < 5
    return str(caught.value)


def test_files_folders_and_rights_are_as_they_were(ferry: Path) -> None:
    (ferry / "sub" / "deep").mkdir(parents=True)
    (ferry / "sub" / "deep" / "x").write_bytes(b"\0\xff")
    (ferry / "sub" / "deep").chmod(0o750)
    (ferry / "start.sh").write_text("#!/bin/sh\n")
    (ferry / "start.sh").chmod(0o755)
    (ferry / ".hidden").touch(0o600)
    place = copied(ferry)
    assert sorted(path.name for path in place.rglob("*")) == [".hidden", "Dockerfile", "deep", "start.sh", "sub", "x"]
    assert (place / "sub" / "deep" / "x").read_bytes() == b"\0\xff"
    rights = {name: (place / name).stat().st_mode & 0o777 for name in ("sub/deep", "start.sh", ".hidden")}
    assert rights == {"sub/deep": 0o750, "start.sh": 0o755, ".hidden": 0o600}


def test_links_stay_links(ferry: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (ferry / "out").symlink_to(tmp_path / "secret")
    (ferry / "folder").symlink_to(tmp_path)
    (ferry / "loop").symlink_to("loop")
    place = copied(ferry)
    assert {name: str((place / name).readlink()) for name in ("out", "folder", "loop")} == {
        "out": str(tmp_path / "secret"),
        "folder": str(tmp_path),
        "loop": "loop",
    }


def test_what_is_no_file_or_may_not_be_read_is_left_out(ferry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(ferry / "pipe")
    (ferry / "shut").touch()
    opened = os.open

    def guarded(path: Path, *rest: int) -> int:
        if str(path).endswith("shut"):
            raise PermissionError
        return opened(path, *rest)

    monkeypatch.setattr(os, "open", guarded)
    assert [path.name for path in copied(ferry).iterdir()] == ["Dockerfile"]


def test_a_huge_file_is_too_much(ferry: Path) -> None:
    with (ferry / "big").open("wb") as big:
        big.truncate(10 * 1024**3)
    assert refused(ferry) == "the folder holds more than 10000 files or 64 MB: too much to send"


def test_many_files_are_too_much(ferry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CONTEXT_FILES", 20)
    for number in range(30):
        (ferry / f"{number}").mkdir()
    assert refused(ferry).startswith("the folder holds more than 20 files")


def test_many_files_together_are_too_much(ferry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CONTEXT_BYTES", 1024**2)
    for number in range(3):
        (ferry / f"{number}").write_bytes(b"x" * 500_000)
    assert refused(ferry).endswith("files or 1 MB: too much to send")


def test_a_file_that_grows_while_it_is_read_is_cut(ferry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CONTEXT_BYTES", 1000)
    (ferry / "log").write_bytes(b"x" * 5000)
    known = os.stat_result((0o100644, *[0] * 9))
    monkeypatch.setattr(os, "fstat", lambda _handle: known)
    assert "too much to send" in refused(ferry)


def test_a_full_disk_is_no_fault_of_the_student(ferry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(ferry), "mkdir", full)
    with pytest.raises(SteigerError, match="could not be copied: No space left on device"):
        copied(ferry)


KINDS: dict[str, Callable[[Path, Path], object]] = {
    "a link that leads out": lambda path, out: path.symlink_to(out),
    "a link to nothing": lambda path, _out: path.symlink_to("nothing"),
    "a link to itself": lambda path, _out: path.symlink_to(path.name),
    "a link to an endless device": lambda path, _out: path.symlink_to("/dev/zero"),
    "a pipe": lambda path, _out: os.mkfifo(path),
    "a folder": lambda path, _out: path.mkdir(),
    "10 MB in one line": lambda path, _out: path.write_text("FROM " + "x" * 10_000_000),
}


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_docker_reads_must_be_an_ordinary_file(ferry: Path, tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / "out").write_text("FROM scratch\n")
    (ferry / name).unlink(missing_ok=True)
    KINDS[kind](ferry / name, tmp_path / "out")
    assert refused(ferry) == f"{name} is no ordinary file of at most {DOCKERFILE_BYTES // 1024} KiB"


def test_a_dockerfile_may_be_a_link_within_the_folder(ferry: Path) -> None:
    (ferry / "Dockerfile").rename(ferry / "Dockerfile.prod")
    (ferry / "Dockerfile").symlink_to("Dockerfile.prod")
    assert (copied(ferry) / "Dockerfile").read_text() == "FROM scratch\n"


def test_without_a_dockerfile_the_names_that_are_there_are_told(ferry: Path) -> None:
    (ferry / "Dockerfile").rename(ferry / "dockerfile")
    (ferry / "\x1b[31mred").touch()
    assert refused(ferry) == "there is no file called Dockerfile; there is: red, dockerfile"


@pytest.mark.parametrize("folder", ["none", "out", "../copy", "round", "file"])
def test_a_folder_must_be_there_and_inside(ferry: Path, tmp_path: Path, folder: str) -> None:
    work = ferry.parent
    (tmp_path / "copy").mkdir()
    (work / "out").symlink_to(tmp_path)
    (work / "round").symlink_to("round")
    (work / "file").touch()
    with pytest.raises(Unfit, match="there is no folder"):
        prepare(work, folder, {}, tmp_path / "place")


def test_files_are_changed_and_added(ferry: Path) -> None:
    (ferry / "start.sh").touch(0o755)
    place = copied(ferry, {"start.sh": "new", "a/b/data": b"\xff", "Dockerfile": "FROM x\n"})
    assert (place / "start.sh").read_text() == "new"
    assert (place / "start.sh").stat().st_mode & 0o777 == 0o755
    assert (place / "a" / "b" / "data").read_bytes() == b"\xff"
    assert (place / "a" / "b" / "data").stat().st_mode & 0o777 == 0o644
    assert (place / "Dockerfile").read_text() == "FROM x\n"
    assert (ferry / "start.sh").read_text() == ""


def test_a_changed_file_never_lands_outside_the_copy(ferry: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (ferry / "folder").symlink_to(outside)
    (ferry / "link").symlink_to(outside / "file")
    (ferry / "was-file").touch()
    (ferry / "was-folder" / "x").mkdir(parents=True)
    place = copied(ferry, {"folder/file": "1", "link": "2", "was-file/in": "3", "was-folder": "4"})
    assert (outside / "file").read_text() == "mine"
    assert [path.name for path in outside.iterdir()] == ["file"]
    contents = [(place / name).read_text() for name in ("folder/file", "link", "was-file/in", "was-folder")]
    assert contents == ["1", "2", "3", "4"]
    assert not (place / "folder").is_symlink()
