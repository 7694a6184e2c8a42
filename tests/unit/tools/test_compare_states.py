"""Tests of tools/compare_states.py."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from tools.compare_states import differences, is_allowed, main

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = {
    "packages": {"sudo": "1.9 ii manual"},
    "files": {"/etc/hosts": "-rw-r--r-- 0:0 aa", "/var/lib/dpkg/status": "-rw-r--r-- 0:0 bb"},
}


def test_the_same_state_has_no_differences() -> None:
    assert differences(BEFORE, BEFORE) == []


@pytest.mark.parametrize(
    ("kind", "after", "said"),
    [
        ("packages", {}, "packages: lost sudo (1.9 ii manual)"),
        ("packages", {"sudo": "1.9 ii"}, "packages: changed sudo (1.9 ii manual => 1.9 ii)"),
        ("packages", {"sudo": "1.9 ii manual", "less": "1 ii"}, "packages: added less (1 ii)"),
        ("users", {"eva": "1000:1000 /home/eva /bin/bash"}, "users: added eva (1000:1000 /home/eva /bin/bash)"),
        ("files", {"/var/lib/dpkg/status": "x"}, "files: lost /etc/hosts (-rw-r--r-- 0:0 aa)"),
    ],
)
def test_what_differs_is_told(kind: str, after: dict[str, str], said: str) -> None:
    assert differences(BEFORE, {**BEFORE, kind: after}) == [said]


def test_what_is_allowed_is_not_told() -> None:
    files = {**BEFORE["files"], "/var/lib/dpkg/status": "other", "/root/.ansible/tmp": "drwx------ 0:0"}
    assert differences(BEFORE, {**BEFORE, "files": files}) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "/root/.ansible-x", "/opt/steiger", "/etc/docker/daemon.json"])
def test_what_matters_is_not_allowed_to_differ(path: str) -> None:
    assert not is_allowed(path)


@pytest.mark.parametrize(("after", "status"), [(BEFORE, 0), ({**BEFORE, "packages": {}}, 1)])
def test_the_exit_status_tells(
    after: dict[str, dict[str, str]], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, state in (("before", BEFORE), ("after", after)):
        (tmp_path / name).write_text(json.dumps(state), "utf-8")
    monkeypatch.setattr(sys, "argv", ["compare", str(tmp_path / "before"), str(tmp_path / "after")])
    assert main() == status


def test_a_wrong_call_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["compare", "one"])
    assert main() == 2
    assert "BEFORE.json" in capsys.readouterr().err
