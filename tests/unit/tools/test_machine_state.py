"""Tests of tools/machine_state.py."""

from __future__ import annotations

import os
from pathlib import Path

from tools import machine_state


def test_a_file_is_described_by_mode_owner_and_content(tmp_path: Path) -> None:
    file = tmp_path / "note"
    file.write_text("one", "utf-8")
    file.chmod(0o640)
    first = machine_state.describe(str(file))
    assert first.startswith(f"-rw-r----- {os.getuid()}:{file.stat().st_gid} ")
    file.write_text("two", "utf-8")
    assert machine_state.describe(str(file)) != first


def test_a_link_is_described_by_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert machine_state.describe(str(tmp_path / "link")).endswith(" -> nowhere")


def test_what_went_away_is_no_error(tmp_path: Path) -> None:
    assert machine_state.describe(str(tmp_path / "gone")).startswith("not read: ")


def test_folders_are_walked_but_for_those_left_out(tmp_path: Path) -> None:
    for name in ("kept", "left"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    found = machine_state.files(str(tmp_path), frozenset({str(tmp_path / "left")}))
    assert {str(Path(name).relative_to(tmp_path)) for name in found} == {"kept", "kept/file", "left"}


def test_the_accounts_of_this_machine_are_listed() -> None:
    users, groups = machine_state.accounts()
    assert users["root"].startswith("0:0 ")
    assert groups["root"].startswith("0")


def test_a_command_that_is_not_there_says_nothing() -> None:
    assert machine_state.output("steiger-no-such-command") == ""
