"""The work folder: what counts as a student's work, and what setup made does not."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from steiger import workfolder

CHANGES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "nothing": (lambda _f: None, False),
    "touched": (lambda f: os.utime(f / "a.txt"), False),
    "shipped file removed": (lambda f: (f / "a.txt").unlink(), False),
    "content": (lambda f: (f / "a.txt").write_text("B"), True),
    "content of the same size and time": (lambda f: _same_size(f / "a.txt"), True),
    "new file": (lambda f: (f / "b.txt").touch(), True),
    "hidden file": (lambda f: (f / ".b").touch(), True),
    "new folder": (lambda f: (f / "new").mkdir(), True),
    "file deep down": (lambda f: (f / "sub" / "deep" / "x").touch(), True),
    "content deep down": (lambda f: (f / "sub" / "deep" / "c.txt").write_text("D"), True),
    "file became a folder": (lambda f: _to_folder(f / "a.txt"), True),
    "folder with a cache's name": (lambda f: (f / "__pycache__").mkdir(), True),
}


def _to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _same_size(path: Path) -> None:
    before = path.stat()
    path.write_text("B", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("case", CHANGES)
def test_what_counts_as_changed(tmp_path: Path, case: str) -> None:
    mutate, changed = CHANGES[case]
    shipped = tmp_path / "files"
    (shipped / "sub" / "deep").mkdir(parents=True)
    (shipped / "a.txt").write_text("A", encoding="utf-8")
    (shipped / "sub" / "deep" / "c.txt").write_text("C", encoding="utf-8")
    shutil.copytree(shipped, tmp_path / "work")
    mutate(tmp_path / "work")
    assert workfolder.has_work(tmp_path / "work", workfolder.content(shipped)) is changed


def test_a_lab_that_ships_nothing(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    assert workfolder.has_work(tmp_path / "work", workfolder.content(tmp_path / "files")) is False
    (tmp_path / "work" / "x").touch()
    assert workfolder.has_work(tmp_path / "work", workfolder.content(tmp_path / "files")) is True


def test_a_link_and_its_target_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("A", encoding="utf-8")
    (tmp_path / "b").symlink_to("a")
    before = workfolder.content(tmp_path)
    (tmp_path / "b").unlink()
    (tmp_path / "b").write_text("A", encoding="utf-8")
    assert workfolder.has_work(tmp_path, before) is True


def test_a_big_file_is_told_apart_without_reading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workfolder, "HASHED_BYTES", 2)
    big = tmp_path / "big"
    big.write_text("1234", encoding="utf-8")
    os.utime(big, (1, 1))
    before = workfolder.content(tmp_path)
    assert workfolder.has_work(tmp_path, before) is False
    big.write_text("12345", encoding="utf-8")
    assert workfolder.has_work(tmp_path, before) is True


def test_files_are_told_apart_by_content_kind_and_target(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a").write_text("1", encoding="utf-8")
    (folder / "link").symlink_to("a")
    (folder / "sub").mkdir()
    first = workfolder.content(folder)
    assert [line.split()[0] for line in first] == ["a", "link", "sub"]
    (folder / "a").write_text("2", encoding="utf-8")
    assert workfolder.content(folder)[0] != first[0]
    assert workfolder.content(folder / "none") == []
