"""Tests of the module lab_users: which labs it takes to be begun, and when progress is forgotten."""

from __future__ import annotations

import json
import os
import pwd
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args

import lab_users
from lab_users import started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_only_labs_with_a_phase_are_begun(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    for name, text in (
        ("images", json.dumps({"phase": "started"})),
        ("containers", json.dumps({"phase": "starting"})),
        ("volumes", json.dumps({"phase": ""})),
        ("broken", "{"),
        ("list", "[]"),
    ):
        (tmp_path / "labs" / f"{name}.json").write_text(text, encoding="utf-8")
    assert started(tmp_path) == ["containers", "images"]


def test_a_user_who_began_nothing_has_no_labs(tmp_path: Path) -> None:
    assert started(tmp_path) == []


@pytest.fixture
def finish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[list[str], list[str]]]:
    """Return a function that finishes with a `lab` of that status; it returns what is unfinished, and what was called."""
    state = tmp_path / ".local/state/steiger/labs"
    state.mkdir(parents=True)
    (state / "images.json").write_text(json.dumps({"phase": "started"}), encoding="utf-8")
    user = pwd.struct_passwd(("anna", "x", os.getuid(), os.getgid(), "", str(tmp_path), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [user])

    def call(status: int, *, engine: bool = True, **options: Any) -> tuple[list[str], list[str]]:
        called: list[str] = []

        def run_command(_module: object, command: list[str], **_options: Any) -> tuple[int, str, str]:
            called.append("finish" if "finish" in command else "forget")
            return (status, "", "the engine is not right") if "finish" in command else (0, "", "")

        monkeypatch.setattr(basic.AnsibleModule, "run_command", run_command)
        monkeypatch.setattr(lab_users, "start_engine", lambda _: engine)
        with patch_module_args({"command": str(state), **options}), pytest.raises(SystemExit):
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
