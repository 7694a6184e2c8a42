"""Tests of the module lab_users: which labs it takes to be begun, and when progress is forgotten."""

from __future__ import annotations

import grp
import json
import os
import pwd
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args

import lab_users
from lab_users import started

if TYPE_CHECKING:
    from collections.abc import Callable


def progress(home: Path) -> str:
    """Return what the script prints of a home."""
    command = ["sh", "-c", lab_users.PROGRESS, "sh", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


def labs_of(home: Path, **texts: str) -> Path:
    """Fill the folder of progress in a home, and return it."""
    folder = home / ".local/state/steiger/labs"
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def test_only_labs_with_a_phase_are_begun(tmp_path: Path) -> None:
    begun, starting, none = (json.dumps({"phase": phase}) for phase in ("started", "starting", ""))
    labs_of(tmp_path, images=begun, containers=starting, volumes=none, broken="{", list="[]", deep="[" * 100000)
    assert started(progress(tmp_path)) == ["containers", "images"]


def test_a_user_who_began_nothing_has_no_labs(tmp_path: Path) -> None:
    assert started(progress(tmp_path)) == []


def test_what_has_no_end_and_what_is_no_lab_is_not_read(tmp_path: Path) -> None:
    begun = json.dumps({"phase": "started"})
    folder = labs_of(
        tmp_path, **{"images": begun, "--help": begun, "a b": begun, "a\nb": begun, "huge": begun + " " * 2000000}
    )
    os.mkfifo(folder / "pipe.json")
    (folder / "zero.json").symlink_to("/dev/zero")
    (folder / "away.json").symlink_to("/nosuch")
    assert started(progress(tmp_path)) == ["huge", "images"]


def test_accounts_that_are_not_listed_count_when_they_may_use_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "group.json").write_text('{"users": ["anna", "far", "gone"]}', encoding="utf-8")
    known = {
        name: pwd.struct_passwd((name, "x", 1, 1, "", f"/home/{name}", "/bin/sh")) for name in ("anna", "far", "wide")
    }
    monkeypatch.setattr(pwd, "getpwall", lambda: [known["anna"]])
    monkeypatch.setattr(pwd, "getpwnam", known.__getitem__)
    monkeypatch.setattr(grp, "getgrnam", lambda name: grp.struct_group((name, "x", 2, ["wide"])))
    found = lab_users.accounts("docker", tmp_path / "group.json")
    assert [user.pw_name for user in found] == ["anna", "far", "wide"]


@pytest.fixture
def finish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[list[str], list[str]]]:
    """Return a function that finishes with a `lab` of that status; it returns what is unfinished, and what was called."""
    state = labs_of(tmp_path, images=json.dumps({"phase": "started"}))
    user = pwd.struct_passwd(("anna", "x", os.getuid(), os.getgid(), "", str(tmp_path), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [user])

    def call(status: int, *, engine: bool = True, read: int = 0, **options: Any) -> tuple[list[str], list[str]]:
        called: list[str] = []

        def run_command(_module: object, command: list[str], **_options: Any) -> tuple[int, str, str]:
            assert command[:6] == ["timeout", "--kill-after=5", command[2], "runuser", "-u", "anna"]
            if lab_users.PROGRESS in command:
                return read, progress(tmp_path), ""
            if "test" in command:
                return 0, "", ""
            called.append("finish" if "finish" in command else "forget")
            return (status, "", "the engine is not right") if "finish" in command else (0, "", "")

        monkeypatch.setattr(basic.AnsibleModule, "run_command", run_command)
        monkeypatch.setattr(lab_users, "start_engine", lambda _: engine)
        with (
            patch_module_args({"command": str(state), "record": str(tmp_path / "none"), **options}),
            pytest.raises(SystemExit),
        ):
            lab_users.main()
        return json.loads(capsys.readouterr().out)["unfinished"], called

    return call


def test_progress_stays_while_a_lab_is_not_finished(finish: Callable[..., tuple[list[str], list[str]]]) -> None:
    unfinished = "anna, images: the engine is not right"
    assert finish(2) == ([unfinished], ["finish"])
    assert finish(2, forget=True) == ([unfinished], ["finish", "forget"])
    assert finish(0) == ([], ["finish", "forget"])


def test_without_an_engine_there_is_nothing_to_finish(finish: Callable[..., tuple[list[str], list[str]]]) -> None:
    assert finish(2, engine=False) == ([], ["forget"])


def test_progress_stays_when_it_cannot_be_read(finish: Callable[..., tuple[list[str], list[str]]]) -> None:
    assert finish(0, read=124) == (["anna: which labs were begun cannot be read: status 124"], [])


def test_a_home_that_is_closed_for_root_is_looked_into_as_its_user(
    finish: Callable[..., tuple[list[str], list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    assert finish(0) == ([], ["finish", "forget"])
