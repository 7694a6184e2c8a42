"""The start of Ansible, with a program of our own in its place."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from steiger import runner
from steiger.errors import SteigerError

if TYPE_CHECKING:
    from collections.abc import Callable

FATAL = 'fatal: [localhost]: FAILED! => {"changed": true, "msg": "non-zero return code", "stderr": "no such\\nimage \\u001b[31m"}'


@pytest.fixture
def ansible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that puts a shell script in Ansible's place; it writes what it saw in a folder."""

    def put(script: str) -> Path:
        seen = tmp_path / "seen"
        seen.mkdir(exist_ok=True)
        fake = tmp_path / "ansible-playbook"
        fake.write_text(
            f'#!/bin/sh\nfor last; do :; done\ncp "$last" {seen}/play\nenv > {seen}/env\npwd > {seen}/pwd\n{script}\n',
            encoding="utf-8",
        )
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(runner, "_ansible_playbook", lambda: str(fake))
        return seen

    return put


def test_the_play_is_our_tasks_and_the_values(ansible: Callable[[str], Path], tmp_path: Path) -> None:
    seen = ansible("true")
    runner.run_tasks(tmp_path / "setup.yml", {"web": "web-1", "lab_folder": "/x"})
    (play,) = json.loads((seen / "play").read_text(encoding="utf-8"))
    assert (play["hosts"], play["gather_facts"]) == ("localhost", False)
    assert play["vars"]["web"] == "web-1"
    assert play["tasks"][0]["ansible.builtin.import_tasks"] == str(tmp_path / "setup.yml")
    assert "become" not in play


def test_ansible_has_its_own_folders_and_a_locale_that_it_takes(
    ansible: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.ISO-8859-1")
    seen = ansible("true")
    runner.run_tasks(tmp_path / "setup.yml", {})
    environment = dict(line.split("=", 1) for line in (seen / "env").read_text(encoding="utf-8").splitlines())
    assert environment["LC_ALL"] == "C.UTF-8"
    for name in ("ANSIBLE_LOCAL_TEMP", "ANSIBLE_REMOTE_TEMP", "ANSIBLE_HOME"):
        assert not Path(environment[name]).parent.exists(), "the folder outlives the run"


def test_a_shell_that_stands_in_a_folder_that_is_gone(
    ansible: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    seen = ansible("true")
    runner.run_tasks(tmp_path / "setup.yml", {})
    assert (seen / "pwd").read_text(encoding="utf-8").startswith("/")
    os.chdir(tmp_path)


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (FATAL, "no such image"),
        ("fatal: [localhost]: FAILED! => {'no json'}", "{'no json'}"),
        ("[ERROR]: Task failed: bad thing", "Task failed: bad thing"),
        ("ERROR! no such file", "ERROR! no such file"),
        ("nothing useful", "ansible-playbook"),
        ("", "ansible-playbook"),
    ],
)
def test_a_failed_task_is_one_line_and_a_log(
    ansible: Callable[[str], Path], tmp_path: Path, home: Path, output: str, why: str
) -> None:
    (tmp_path / "output").write_text(output, encoding="utf-8")
    ansible(f"cat {tmp_path}/output; exit 2")
    log = home / ".local" / "state" / "steiger" / "start.log"
    with pytest.raises(SteigerError) as caught:
        runner.run_tasks(tmp_path / "setup.yml", {})
    assert str(caught.value) == f"the start state could not be made: {why} (all of it: {log})"
    assert log.read_text(encoding="utf-8") == output


def test_output_that_is_no_utf8(ansible: Callable[[str], Path], tmp_path: Path) -> None:
    ansible("printf '\\377\\376'; exit 2")
    with pytest.raises(SteigerError, match="could not be made"):
        runner.run_tasks(tmp_path / "setup.yml", {})


def test_ansible_that_hangs_or_is_not_there(
    ansible: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ansible("exec sleep 30")
    monkeypatch.setattr(runner, "SECONDS", 0.3)
    with pytest.raises(SteigerError, match=r"timed out after 0\.3 seconds"):
        runner.run_tasks(tmp_path / "setup.yml", {})
    monkeypatch.setattr(runner, "_ansible_playbook", lambda: str(tmp_path / "none"))
    with pytest.raises(SteigerError, match="No such file"):
        runner.run_tasks(tmp_path / "setup.yml", {})


def test_a_home_that_cannot_be_written(ansible: Callable[[str], Path], tmp_path: Path, home: Path) -> None:
    ansible("true")
    (home / ".local").write_text("in the way", encoding="utf-8")
    with pytest.raises(SteigerError, match=r"could not be made: .*Not a directory"):
        runner.run_tasks(tmp_path / "setup.yml", {})


def test_what_the_callers_shell_says_to_ansible_counts_for_nothing(
    ansible: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANSIBLE_STRATEGY", "ANSIBLE_VAULT_PASSWORD_FILE", "PYTHONHOME", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, "/nosuch")
    seen = ansible("true")
    runner.run_tasks(tmp_path / "setup.yml", {})
    environment = (seen / "env").read_text(encoding="utf-8")
    assert "/nosuch" not in environment


@pytest.mark.parametrize("there", [True, False])
def test_a_class_opens_its_vault_with_a_file_that_is_there(
    ansible: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    file = tmp_path / "vault-password"
    if there:
        file.touch()
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(file))
    seen = ansible("true")
    playbook = tmp_path / "class.yml"
    playbook.touch()
    runner.play(playbook, tmp_path, {}, tmp_path / "log", steps=1)
    environment = (seen / "env").read_text(encoding="utf-8").splitlines()
    assert (f"ANSIBLE_VAULT_PASSWORD_FILE={file}" in environment) == there


def test_the_reason_of_a_real_failure_is_what_the_command_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real Ansible: its output changes from version to version."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    tasks = tmp_path / "setup.yml"
    tasks.write_text(
        "- name: Fail\n  ansible.builtin.shell: echo out; echo one >&2; echo 'the tower is silent' >&2; exit 1\n"
    )
    with pytest.raises(SteigerError, match=r"^the start state could not be made: one the tower is silent "):
        runner.run_tasks(tasks, {})
