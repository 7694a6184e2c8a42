"""`lab status --export`: what it writes, what it leaves alone, and one line when it cannot."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.steiger.conftest import make_lab
from tests.unit.steiger.fakes import FakeEngine

from steiger import lifecycle, progress
from steiger.classroom import reported
from steiger.cli import main
from steiger.commands import status
from steiger.progress import Progress

if TYPE_CHECKING:
    from steiger.catalogue import Lab

Capture = pytest.CaptureFixture[str]
STARTED = "2026-11-22T09:00:00+00:00"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Return the engine that the command meets."""
    made = FakeEngine()
    monkeypatch.setattr(status, "Engine", lambda: made)
    return made


@pytest.fixture
def begun(lab: Lab, engine: FakeEngine) -> Lab:
    """Return `pier`, started, with nothing done yet."""
    assert engine
    progress.write(lab.id, Progress("started", STARTED, {"images": ["mine"]}))
    return lab


def export(*words: str, status: int = 0) -> None:
    assert main(["status", "--export", *words]) == status


def refused(capsys: Capture, *words: str) -> str:
    """Return the one line with which an export is refused; nothing is written."""
    before = sorted(Path().rglob("*"))
    export(*words, status=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert sorted(Path().rglob("*")) == before
    return said.err.removeprefix("lab: ").rstrip("\n")


def content(path: str = "steiger-noor.json") -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return data


def test_what_is_found_now_is_in_the_file(begun: Lab, engine: FakeEngine, home: Path, capsys: Capture) -> None:
    known = progress.read(begun.id)
    known.passed = ["named"]
    progress.write(begun.id, known)
    export()
    box = lifecycle.lab_values(begun, engine)["box"]
    data = content()
    assert list(data) == ["steiger", "student", "time", "labs", "checksum"]
    assert (data["steiger"], data["student"]) == (1, "noor")
    assert datetime.fromisoformat(data["time"]).utcoffset() == timedelta(0)
    (found,) = data["labs"].values()
    # What was right at the last check counts for nothing.
    assert found["tasks"] == {"named": {"finding": "absent", "seen": {"name": box, "seen": "–"}}}
    assert found["values"] == {"box": box}
    assert found["machine"] == {"registry": "127.0.0.1:1", "folder": str(home / "labs/pier")}
    assert found["progress"]["started"] == STARTED
    assert "before" not in found["progress"]
    assert progress.read(begun.id) == known
    settings = home.parent / "etc/student"
    assert capsys.readouterr().out == (
        "Wrote steiger-noor.json: what noor has right now, pier 0/1.\n"
        "noor is your account here. Does the class know you by another id? "
        f"Write that in {settings} and export again.\n"
        "Hand in the file as it is.\n"
    )


def test_what_is_right_is_right_and_the_newer_file_replaces_the_older(begun: Lab, engine: FakeEngine) -> None:
    export()
    engine.add("container", lifecycle.lab_values(begun, engine)["box"])
    engine.boxes[0]["State"] = {"Running": True, "Status": "running"}
    export()
    assert content()["labs"]["pier"]["tasks"]["named"] == {"finding": "", "seen": {}}
    assert {path.name for path in Path().iterdir()} == {".local", "steiger-noor.json"}


@pytest.mark.usefixtures("begun")
def test_the_checksum_is_over_the_canonical_rest() -> None:
    export()
    data = content()
    assert re.fullmatch("sha256:[0-9a-f]{64}", data["checksum"])
    assert data["checksum"] == reported.checksum(data)
    assert reported.checksum(dict(reversed(data.items()))) == data["checksum"]
    assert reported.checksum({**data, "student": "sami"}) != data["checksum"]
    # What `printf '{"a":null,"b":["é",1]}' | sha256sum` says.
    known = "419ff44f480459a5cdd6aeb75a186f36f6233aabfe4b00e778651f4001e9a9bd"
    assert reported.checksum({"b": ["é", 1], "a": None, "checksum": "x"}) == f"sha256:{known}"


@pytest.mark.usefixtures("begun")
def test_a_class_says_who_it_is(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/student").write_text("s1234\n", encoding="utf-8")
    export()
    assert content("steiger-s1234.json")["student"] == "s1234"
    assert "your account" not in capsys.readouterr().out


@pytest.mark.usefixtures("begun")
def test_a_file_or_a_folder_may_be_named(home: Path) -> None:
    (home / "out").mkdir()
    export("out")
    export("out/mine.json")
    assert sorted(path.name for path in (home / "out").iterdir()) == ["mine.json", "steiger-noor.json"]
    assert not (home / "steiger-noor.json").exists()


@pytest.mark.usefixtures("begun")
def test_an_account_is_no_path(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("USER", "../../an\x1b[31mna é")
    export()
    assert content("steiger-..-..-anna--.json")["student"] == "../../anna é"
    assert [path.name for path in home.parent.glob("*.json")] == []


def test_labs_that_are_not_started_are_left_out(tmp_path: Path, begun: Lab, capsys: Capture) -> None:
    for name in ("quay", "lock"):
        make_lab(tmp_path / "labs", name)
    progress.write("quay", Progress(done=STARTED))
    export()
    assert list(content()["labs"]) == [begun.id]
    assert "Not in it, for it was taken away: quay\n" in capsys.readouterr().out


@pytest.mark.parametrize("fault", ["broken", "starting"])
def test_a_lab_that_cannot_be_checked_spoils_no_other(tmp_path: Path, begun: Lab, fault: str, capsys: Capture) -> None:
    quay = make_lab(tmp_path / "labs", "quay")
    progress.write("quay", Progress("starting" if fault == "starting" else "started", STARTED))
    if fault == "broken":
        (quay / "checks.py").write_text("def named(bench):\n    return 1 / 0\n", encoding="utf-8")
    export(status=1)
    why = {"broken": "the check 'named' itself is broken", "starting": "quay is not started yet"}[fault]
    labs = content()["labs"]
    assert why in labs["quay"]["error"]
    assert "tasks" not in labs["quay"]
    assert labs[begun.id]["tasks"]
    out = capsys.readouterr().out
    assert "pier 0/1, quay –." in out
    assert f"quay could not be checked: {labs['quay']['error']}" in out


# What is refused


@pytest.mark.usefixtures("engine", "lab")
def test_nothing_begun_is_nothing_to_hand_in(capsys: Capture) -> None:
    assert refused(capsys) == "no lab is started, so there is nothing to hand in; see: lab list"


@pytest.mark.usefixtures("begun")
def test_a_folder_that_does_not_exist(capsys: Capture) -> None:
    assert refused(capsys, "none/mine.json") == "there is no folder none"


@pytest.mark.usefixtures("begun")
def test_json_is_another_question(capsys: Capture) -> None:
    assert refused(capsys, "--json") == "say --json or --export, not both"


def test_without_an_engine(lab: Lab, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    progress.write(lab.id, Progress("started", STARTED))
    assert refused(capsys).startswith("the Docker Engine does not run")


OF_NOOR = '{"steiger": 1, "student": "noor"}'
IN_THE_WAY = {
    "text": "my notes",
    "json": '{"student": "noor"}',
    "list": "[]",
    "of another": '{"steiger": 1, "student": "sami"}',
    "deep": "[" * 100_000,
    "large": OF_NOOR + " " * reported.FILE_BYTES,
    "empty": "",
}


@pytest.mark.parametrize("text", IN_THE_WAY.values(), ids=IN_THE_WAY)
@pytest.mark.parametrize("words", [(), ("steiger-noor.json",), (".",)])
@pytest.mark.usefixtures("begun")
def test_what_is_no_result_file_of_the_student_stays(home: Path, text: str, words: list[str], capsys: Capture) -> None:
    path = home / "steiger-noor.json"
    path.write_text(text, encoding="utf-8")
    assert refused(capsys, *words) == (
        "steiger-noor.json is there and no result file of noor; name another: lab status --export FILE"
    )
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "binary"])
@pytest.mark.usefixtures("begun")
def test_what_is_no_plain_file_stays(home: Path, kind: str, capsys: Capture) -> None:
    path, mine = home / "steiger-noor.json", home / "notes.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    else:
        path.symlink_to(mine)
    if kind == "link":
        mine.write_text(OF_NOOR, encoding="utf-8")
    assert "is there and no result file of noor" in refused(capsys)
    assert path.is_symlink() == (kind in ("link", "dangling"))
    assert mine.exists() == (kind == "link")


@pytest.mark.usefixtures("begun")
def test_a_disk_that_is_full_leaves_nothing_half(home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home / "steiger-noor.json"
    path.write_text(OF_NOOR, encoding="utf-8")

    def full(fresh: Path, *_args: object, **_kwargs: object) -> int:
        fresh.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    # The seed is there already: only the result has to be written.
    monkeypatch.setattr(progress, "seed", lambda: "seed")
    assert refused(capsys) == "cannot write steiger-noor.json: No space left on device"
    assert path.read_text(encoding="utf-8") == OF_NOOR


@pytest.mark.usefixtures("begun")
def test_in_dutch(capsys: Capture) -> None:
    export("--lang", "nl")
    assert "Lever het bestand in zoals het is." in capsys.readouterr().out
    assert main(["status", "--help", "--lang", "nl"]) == 0
    assert "--export [FILE]" in capsys.readouterr().out
