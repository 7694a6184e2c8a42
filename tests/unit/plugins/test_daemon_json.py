"""The module daemon_json on a machine without an engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.testing import patch_module_args

import daemon_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[..., dict[str, Any]]

MIRROR = {"registry-mirrors": ["http://127.0.0.1:5000"]}


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setattr("shutil.which", lambda _: None)

    def run(**args: Any) -> dict[str, Any]:
        places = {"path": str(tmp_path / "daemon.json"), "record": str(tmp_path / "state/daemon.json")}
        with patch_module_args({**places, **args}), pytest.raises(SystemExit):
            daemon_json.main()
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return run


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("daemon.json.*"))


def test_a_new_file_comes_and_goes(call: Call, tmp_path: Path) -> None:
    assert call(settings=MIRROR)["changed"]
    assert json.loads((tmp_path / "daemon.json").read_text()) == MIRROR
    assert not call(settings=MIRROR)["changed"]
    assert not copies(tmp_path)
    assert call(state="absent")["changed"]
    assert not (tmp_path / "daemon.json").exists()
    assert not list((tmp_path / "state").iterdir())
    assert not call(state="absent")["changed"]


def test_the_old_file_comes_back_to_the_letter(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    old = '{"debug":true , "registry-mirrors": []}'
    file.write_text(old)
    file.chmod(0o600)
    call(settings=MIRROR)
    assert json.loads(file.read_text()) == {"debug": True, **MIRROR}
    assert file.stat().st_mode & 0o777 == 0o600
    assert [copy.read_text() for copy in copies(tmp_path)] == [old]
    call(state="absent")
    assert file.read_text() == old
    assert not copies(tmp_path)


def test_what_a_removal_that_was_cut_off_put_back_is_left_to_the_letter(call: Call, tmp_path: Path) -> None:
    file, record = tmp_path / "daemon.json", tmp_path / "state/daemon.json"
    old = '{"debug":true }'
    file.write_text(old)
    call(settings=MIRROR)
    noted = record.read_text()
    call(state="absent")
    # Killed after the copy was gone, and before the record was.
    record.write_text(noted)
    assert call(state="absent")["changed"]
    assert file.read_text() == old
    assert not record.exists()


def test_what_the_owner_added_since_stays(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    call(settings=MIRROR)
    file.write_text(json.dumps({**MIRROR, "debug": True}))
    call(state="absent")
    assert json.loads(file.read_text()) == {"debug": True}


def test_the_mirror_goes_and_other_settings_stay(call: Call, tmp_path: Path) -> None:
    call(settings={**MIRROR, "log-driver": "local"})
    call(settings=MIRROR, state="absent")
    assert json.loads((tmp_path / "daemon.json").read_text()) == {"log-driver": "local"}
    call(state="absent")
    assert not (tmp_path / "daemon.json").exists()


def test_check_mode_changes_nothing(call: Call, tmp_path: Path) -> None:
    answer = call(settings=MIRROR, _ansible_check_mode=True)
    assert answer["changed"]
    assert "registry-mirrors" in answer["diff"]["after"]
    assert not list(tmp_path.iterdir())


def test_a_link_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("{}")
    (tmp_path / "daemon.json").symlink_to(tmp_path / "real.json")
    answer = call(settings=MIRROR)
    assert answer["failed"]
    assert "is a link to" in answer["msg"]
    assert (tmp_path / "real.json").read_text() == "{}"


@pytest.mark.parametrize("text", ['{"debug": true,}', "[]", "# nothing"])
def test_an_invalid_file_is_refused(call: Call, tmp_path: Path, text: str) -> None:
    (tmp_path / "daemon.json").write_text(text)
    answer = call(settings=MIRROR)
    assert answer["failed"]
    assert "cannot be read" in answer["msg"]
    assert [path.name for path in tmp_path.iterdir()] == ["daemon.json"]
    assert (tmp_path / "daemon.json").read_text() == text


def test_a_file_with_a_byte_order_mark_is_extended_and_comes_back(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    old = b'\xef\xbb\xbf{"debug": true}\r\n'
    file.write_bytes(old)
    assert call(settings=MIRROR)["changed"]
    assert json.loads(file.read_bytes()) == {"debug": True, **MIRROR}
    assert call(state="absent")["changed"]
    assert file.read_bytes() == old


def test_a_file_in_another_encoding_is_refused(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    file.write_bytes("{}".encode("utf-16"))
    assert "save it as UTF-8" in call(settings=MIRROR)["msg"]
    assert file.read_bytes() == "{}".encode("utf-16")
