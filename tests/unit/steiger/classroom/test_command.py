"""Tests of the command `classroom`: what it does before a playbook runs, and what it says of one."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from steiger import cli, runner
from steiger.bounded import Ended
from steiger.classroom import calls, machines, remote
from steiger.classroom.cli import CLASSROOM, VERBS
from steiger.classroom.machines import Machine
from steiger.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKm5tXm6EhNgJjXBJc0Y0bH9iiQn4a9wBMGJvWlnB1Qz"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a class of two, of whom one has a machine."""
    monkeypatch.setenv("STEIGER_CLASSES", str(tmp_path))
    monkeypatch.setenv("STEIGER_LABS", str(ROOT / "labs"))
    monkeypatch.setenv("LANGUAGE", "en")
    folder = tmp_path / "docker26"
    folder.mkdir()
    (folder / "roster.csv").write_text("id,name,group\njan,Jan {{ 1 }},A\neva,Eva,B\n", encoding="utf-8")
    machines.write(folder, {"jan": Machine("none", "192.0.2.10", 22001, HOST_KEY)})
    return folder


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Mapping[str, Any]]]:
    """Have no playbook run; return the list of those that would."""
    seen: list[tuple[str, Mapping[str, Any]]] = []

    def play(playbook: Path, _inventory: Path, variables: Mapping[str, Any], _log: Path, **_more: Any) -> runner.Played:
        seen.append((playbook.stem, variables))
        return runner.Played(("said",), 1)

    monkeypatch.setattr(runner, "play", play)
    return seen


def run(*words: str) -> int:
    return cli.main([*words], CLASSROOM)


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_has_a_module_and_tells_about_itself(verb: str, capsys: Capture) -> None:
    assert callable(importlib.import_module(f"steiger.classroom.commands.{verb}").run)
    assert run(verb, "--help") == 0
    assert verb in capsys.readouterr().out


def test_the_list_shows_names_as_they_are_and_who_has_no_machine(place: Path, capsys: Capture) -> None:
    assert place.is_dir()
    assert run("list", "docker26") == 0
    said = capsys.readouterr().out
    assert "Jan {{ 1 }}" in said
    assert "ssh -p 22001 student@192.0.2.10" in said
    assert "no machine yet" in said


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "docker62"], "there is no class docker62; did you mean 'docker26'?"),
        (["list", "other"], "there is no class other; there is: docker26"),
        (["shell", "docker26", "jam"], "there is no student jam on the roster; did you mean 'jan'?"),
        (["shell", "docker26", "eva"], "eva has no machine yet: ./classroom make docker26"),
        (["reset", "docker26", "jan"], "name the lab: ./classroom reset docker26 jan LAB"),
        (["reset", "docker26", "jan", "volume"], "no lab 'volume'; did you mean 'volumes'?"),
        (["grade", "docker26", "volume"], "no lab 'volume'; did you mean 'volumes'?"),
        (["grade", "docker26", "--watch", "soon"], "--watch takes a number of seconds, 5 or more"),
        (["restore", "docker26", "fresh"], "name the students, or say --all"),
        (["restore", "docker26", "fresh", "jan", "--all"], "name the students, or say --all"),
        (["restore", "docker26", "fresh", "kim"], "there is no student kim on the roster"),
        (["remove", "docker26"], "Say so with --yes."),
        (["mkae", "docker26"], "no verb 'mkae'; did you mean 'make'?"),
        (["new", "docker26"], "is there already"),
        (["new", "../x y"], "small letters and digits"),
    ],
)
def test_a_wrong_call_gets_one_line_and_starts_nothing(
    words: list[str], said: str, played: list[tuple[str, Mapping[str, Any]]], capsys: Capture
) -> None:
    assert run(*words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("classroom: ")
    assert said in line
    assert played == []


def test_the_first_class_is_made_with_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("STEIGER_CLASSES", str(tmp_path))
    assert run("make", "docker26") == 2
    assert "there is no class docker26; make it with: ./classroom new docker26" in capsys.readouterr().err


def test_a_broken_roster_is_named_with_its_line(place: Path, capsys: Capture) -> None:
    (place / "roster.csv").write_text("id,name\n9x,Y\n", encoding="utf-8")
    assert run("make", "docker26") == 2
    assert "roster.csv: line 2: the id 9x must be" in capsys.readouterr().err


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("words", "playbook", "variables"),
    [
        (["make", "docker26"], "classroom", {"classroom_others": "keep"}),
        (["make", "docker26", "--remove-others"], "classroom", {"classroom_others": "remove"}),
        (["replace", "docker26", "jan"], "machines", {"classroom_replace": ["jan"]}),
        (
            ["grade", "docker26", "volumes"],
            "grade",
            {"grade_labs": ["volumes"], "grade_language": "en", "grade_refresh": 0},
        ),
        (
            ["restore", "docker26", "fresh", "jan"],
            "snapshots",
            {"classroom_snapshot": "fresh", "classroom_snapshot_state": "restored", "classroom_snapshot_of": ["jan"]},
        ),
        (
            ["snapshot", "docker26", "exam", "--drop"],
            "snapshots",
            {"classroom_snapshot": "exam", "classroom_snapshot_state": "absent", "classroom_snapshot_of": []},
        ),
    ],
)
def test_a_verb_runs_its_playbook(
    words: list[str],
    playbook: str,
    variables: Mapping[str, Any],
    played: list[tuple[str, Mapping[str, Any]]],
    capsys: Capture,
) -> None:
    assert run(*words) == 0
    assert played == [(playbook, {"base_language": "en", **variables})]
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("place")
def test_the_roles_speak_the_language_of_the_command(played: list[tuple[str, Mapping[str, Any]]]) -> None:
    assert run("--lang", "nl", "replace", "docker26", "jan") == 0
    assert [variables["base_language"] for _, variables in played] == ["nl"]


@pytest.mark.usefixtures("place")
def test_watching_grades_again_until_it_is_interrupted(
    played: list[tuple[str, Mapping[str, Any]]], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def sleep(seconds: float) -> None:
        assert 0 < seconds <= 20
        if len(played) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    assert run("grade", "docker26", "--watch", "20") == 130
    assert [variables["grade_refresh"] for _, variables in played] == [20, 20, 20]
    assert capsys.readouterr().err == "classroom: interrupted\n"


@pytest.mark.usefixtures("place")
def test_removal_of_the_server_follows_that_of_the_class(played: list[tuple[str, Mapping[str, Any]]]) -> None:
    assert run("remove", "docker26", "--yes", "--server") == 0
    assert [name for name, _ in played] == ["remove_class", "remove_server"]


def test_a_new_class_is_the_example_and_can_be_made(place: Path, capsys: Capture) -> None:
    assert run("new", "linux27") == 0
    assert "Then: ./classroom make linux27" in capsys.readouterr().out
    assert run("list", "linux27") == 0
    assert (place.parent / "linux27" / "hosts.yml").is_file()


def test_what_a_failed_playbook_said_is_shown_before_its_reason(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def play(*_words: Any, **_more: Any) -> runner.Played:
        raise runner.PlayError("bo: its server west is down", ["jan  ssh"])

    monkeypatch.setattr(runner, "play", play)
    assert run("make", place.name) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("jan  ssh\n", "classroom: bo: its server west is down\n")


def test_every_playbook_has_its_number_of_steps() -> None:
    counted = {
        path.stem: path.read_text("utf-8").count("- role: ") + path.read_text("utf-8").count("import_role:")
        for path in (ROOT / "playbooks").glob("*.yml")
    }
    counted["classroom"] = counted["image"] + counted["machines"]
    assert {name: counted[name] for name in calls.STEPS} == calls.STEPS


def test_a_real_playbook_that_fails_gives_its_reason_and_its_log(tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
        "    - ansible.builtin.debug: {msg: this far}\n    - ansible.builtin.fail: {msg: no further}\n",
        encoding="utf-8",
    )
    program = (
        "import sys\nfrom pathlib import Path\nfrom steiger import runner\n"
        "try:\n    runner.play(Path(sys.argv[1]), Path('localhost,'), {}, Path(sys.argv[2]), steps=1)\n"
        "except runner.PlayError as error:\n    print(list(error.said), error)\n"
    )
    words = [sys.executable, "-c", program, str(playbook), str(tmp_path / "log")]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("['this far'] no further (all of it: "), done.stdout + done.stderr
    assert "no further" in (tmp_path / "log").read_text("utf-8")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("ended", "status", "said"),
    [
        (Ended(0, b"done\n", b""), 0, "volumes of jan is back at its start\n"),
        (Ended(2, b"", b"one\nlab: \x1b[31mno disk\n"), 2, "classroom: volumes of jan is not reset: lab: no disk\n"),
        (Ended(1, b"", b""), 2, "classroom: volumes of jan is not reset: \N{EN DASH}\n"),
        (Ended(None, b"half", b""), 2, "classroom: the machine of jan was not done within 300 s\n"),
        (Ended(None, b"x" * (remote.ANSWER_BYTES + 1), b""), 2, "answered with more than 1 MB\n"),
    ],
)
def test_a_reset_ends_in_one_line_whatever_the_machine_answers(
    ended: Ended, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(
        remote, "run", lambda words, _seconds: ended if words[-1].endswith("'lab reset volumes'") else None
    )
    assert run("reset", "docker26", "jan", "volumes") == status
    shown = capsys.readouterr()
    assert (shown.out + shown.err).endswith(said)
    assert len((shown.out + shown.err).splitlines()) == 1
