"""Tests of the module group_members, with a gpasswd of our own: who is not taken does not fail the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
# As it is where the group is known to NSS alone, for one of the users.
GPASSWD = """#!/bin/sh
echo "$2" >>{folder}/asked
[ "$2" = nobody ] || exit 0
echo "gpasswd: group 'users' does not exist in /etc/group" >&2
exit 3
"""


def run(folder: Path, *users: str) -> dict[str, Any]:
    """Return what the module answers."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "gpasswd").write_text(GPASSWD.format(folder=folder))
    (programs / "gpasswd").chmod(0o755)
    arguments = {"group": "users", "users": list(users), "record": str(folder / "record.json")}
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible"), "localhost", "-m", "group_members", "-a", json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "LC_ALL": "C.UTF-8",
        },
        cwd=ROOT,
    )
    answer: dict[str, Any] = json.loads(done.stdout[done.stdout.index("=> ") + 3 :])
    return answer


def test_a_user_who_is_not_taken_is_named_and_the_others_are_added(tmp_path: Path) -> None:
    answer = run(tmp_path, "daemon", "nobody", "root")
    assert (tmp_path / "asked").read_text().split() == ["daemon", "nobody"]
    assert (answer["changed"], answer["users"], answer["refused"]) == (True, ["daemon"], ["nobody"])
    assert json.loads((tmp_path / "record.json").read_text()) == {"users": ["daemon"]}


def test_where_nobody_is_taken_nothing_changed_and_nothing_is_remembered(tmp_path: Path) -> None:
    answer = run(tmp_path, "nobody")
    assert (answer["changed"], answer["refused"]) == (False, ["nobody"])
    assert not (tmp_path / "record.json").exists()
