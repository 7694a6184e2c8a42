"""Tests of the modules incus_golden, incus_mirror and incus_snapshots: what they decide without a server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import incus_api
from ansible.module_utils.incus_api import IncusError, MachineError, trouble

import incus_golden
import incus_mirror
import incus_server
import incus_snapshots

ROOT = Path(__file__).resolve().parents[3]
GOLDEN: dict[str, Any] = {"release": "1", "account": "student", "settings": {"a": 1}}


@pytest.mark.parametrize("other", [{"release": "2"}, {"account": "pupil"}, {"settings": {"a": 2}}])
def test_other_input_is_another_golden_image(other: dict[str, Any]) -> None:
    same = incus_golden.input_hash(GOLDEN, "base")
    assert incus_golden.input_hash({**GOLDEN, "log": "elsewhere"}, "base") == same
    assert incus_golden.input_hash({**GOLDEN, **other}, "base") != same
    assert incus_golden.input_hash(GOLDEN, "another base") != same


def test_the_last_words_are_on_one_line() -> None:
    assert incus_golden.last_words("\n".join(map(str, range(9))) + "\n\n") == "4 | 5 | 6 | 7 | 8"


def test_the_mirror_takes_images_from_nobody() -> None:
    config = yaml.safe_load(incus_mirror.CONFIG.format(port=5000))
    assert config["storage"]["maintenance"]["readonly"] == {"enabled": True}
    assert "delete" not in config["storage"]
    assert config["http"]["addr"] == ":5000"


def test_the_mirrors_card_cannot_pose_as_another() -> None:
    (card,) = incus_mirror.wanted_devices("br0", "10.0.0.2").values()
    assert (card["ipv4.address"], card["security.ipv4_filtering"]) == ("10.0.0.2", "true")


def test_the_address_after_the_bridges_own() -> None:
    assert incus_server.next_address("10.214.3.1/24") == "10.214.3.2"
    assert incus_server.next_address("") == ""


def machine(*snapshots: str) -> dict[str, Any]:
    return {"snapshots": [{"name": f"docker26-jan/{name}"} for name in snapshots]}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, ""),
        ({"name": "Before exam"}, "small letters"),
        ({"name": "../x"}, "small letters"),
        ({"name": "fresh"}, "stays"),
        ({"name": "fresh", "state": "absent"}, "stays"),
        ({"name": "fresh", "state": "restored"}, ""),
        ({"name": "exam", "state": "restored"}, "no snapshot exam of: eva"),
        ({"name": "exam", "state": "restored", "students": ["jan"]}, ""),
        ({"students": ["jan", "kim"]}, "no machine of: kim"),
    ],
)
def test_snapshots_that_make_no_sense_are_refused(asked: dict[str, Any], said: str) -> None:
    machines = {"jan": machine("fresh", "exam"), "eva": machine("fresh")}
    params = {"class_name": "docker26", "students": [], "name": "exam", "state": "taken", **asked}
    why = incus_snapshots.refusal(params, machines)
    assert said in why
    assert bool(why) is bool(said)


def test_a_class_without_machines_has_no_snapshots() -> None:
    params = {"class_name": "docker26", "students": [], "name": "exam", "state": "taken"}
    assert incus_snapshots.refusal(params, {}) == "the class docker26 has no machines"


def test_a_trouble_is_a_kind_and_a_detail() -> None:
    assert trouble(MachineError("server_down", "west")) == {"kind": "server_down", "detail": "west"}
    assert trouble(IncusError("no space left")) == {"kind": "other", "detail": "no space left"}
    assert trouble(OSError("gone")) == {"kind": "other", "detail": "gone"}


def test_who_changes_machines_is_alone_and_the_next_one_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incus_api, "LOCK", tmp_path / "lock")
    with (
        incus_api.alone(),
        pytest.raises(IncusError, match="another run is at work on this server"),
        incus_api.alone(seconds=0),
    ):
        pytest.fail("two at once")
    with incus_api.alone(seconds=0):
        pass


def test_the_role_has_words_for_each_kind_of_trouble_in_both_languages() -> None:
    modules = (ROOT / "plugins/modules").glob("incus_*.py")
    kinds = {kind for module in modules for kind in re.findall(r'MachineError\("(\w+)"', module.read_text())}
    words = yaml.safe_load((ROOT / "roles/classroom/vars/main.yml").read_text())["__classroom_troubles"]
    assert set(words) == {"en", "nl"}
    for language, said in words.items():
        assert set(said) == kinds | {"other", "lab"}, language
        assert [text for text in said.values() if text.count("%s") != 1] == []


@pytest.mark.parametrize(
    ("setup", "ready", "said", "waiting"),
    [
        (0, None, "", ""),
        (2, 3, "8 of 9 labs are ready; compose waits …\n", "8 of 9 labs are ready; compose waits …"),
        (2, 0, "", None),
        (2, 2, "Docker Engine: does not run\n", None),
        (2, 126, "", None),
    ],
)
def test_a_golden_image_without_an_image_is_made_and_a_broken_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setup: int, ready: int | None, said: str, waiting: str | None
) -> None:
    statuses = {"/root/steiger/setup": setup, incus_golden.SETUP_READY: ready}

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        asked = next(word for word in command if word in statuses)
        status = statuses.pop(asked)
        assert status is not None, f"{asked} was not to be asked"
        return subprocess.CompletedProcess(command, status, said.encode() if asked != "/root/steiger/setup" else b"no")

    monkeypatch.setattr("incus_golden.subprocess.run", run)
    params = {"account": "student", "language": "en"}
    if waiting is None:
        with pytest.raises(IncusError, match="setup failed in builder: no"):
            incus_golden.set_up(params, "builder", tmp_path / "log")
    else:
        assert incus_golden.set_up(params, "builder", tmp_path / "log") == waiting


@pytest.mark.parametrize(
    ("files", "lacks"),
    [
        ({}, False),
        ({"images.json": "{}\n"}, False),
        ({"images.json": "{}\n", "packages.json": '{"qemu": "no network"}\n'}, True),
    ],
)
def test_only_what_set_up_could_not_bring_has_a_golden_image_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str], lacks: bool
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    script = incus_golden.WRITTEN_DOWN.replace("/var/lib/steiger/waiting", str(tmp_path))
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=False)
    monkeypatch.setattr("incus_golden.subprocess.run", lambda *_, **__: done)
    assert incus_golden.lacks_parts("builder") is lacks


def test_a_golden_image_that_cannot_be_asked_is_not_taken_for_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = subprocess.CompletedProcess([], 1, b"")
    monkeypatch.setattr("incus_golden.subprocess.run", lambda *_, **__: silent)
    assert incus_golden.lacks_parts("builder")
