"""The command line: exit statuses, languages, and one clear line for a wrong call."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.conftest import ROOT, make_lab

from steiger import cli, i18n
from steiger.cli import VERBS, Program, main
from steiger.errors import EngineError, SteigerError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.steiger.fakes import Server

Capture = pytest.CaptureFixture[str]


def _line(capsys: Capture, words: list[str], status: int = 2) -> str:
    """Run the command; it must say one line on standard error, nothing else, and end with this status."""
    assert main(words) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("lab: ")
    return said.err[5:].rstrip("\n")


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_has_a_module_and_help_in_both_languages(verb: str, capsys: Capture) -> None:
    module = importlib.import_module(f"steiger.commands.{verb}")
    assert callable(module.run)
    shown = {}
    for language in i18n.LANGUAGES:
        assert main([verb, "--help", "--lang", language]) == 0
        shown[language] = capsys.readouterr().out
        assert f"lab {verb}" in shown[language]
    assert shown["nl"] != shown["en"]


def test_every_module_is_a_verb_and_completion_knows_them() -> None:
    modules = {path.stem for path in (ROOT / "src/steiger/commands").glob("[a-z]*.py")}
    assert modules == {verb.name for verb in VERBS}
    words = re.search(r'-W "list ([^"]*)"', (ROOT / "share" / "lab.bash").read_text(encoding="utf-8"))
    assert words
    assert {"list", *words[1].split()} == {*modules, "--lang", "--help"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["chekc"], "no verb 'chekc'; did you mean 'check'?"),
        (["strat", "pier"], "no verb 'strat'; did you mean 'start'?"),
        (["--lang", "nl", "chekc"], "ik ken 'chekc' niet; bedoel je 'check'?"),
        (["chekc", "--lang=nl"], "ik ken 'chekc' niet; bedoel je 'check'?"),
        (["xyzzy"], "no verb 'xyzzy'; there is: list, start, guide"),
        (["start", "peir"], "no lab 'peir'; did you mean 'pier'?"),
        (["check", "peir"], "no lab 'peir'; did you mean 'pier'?"),
        (["start", "peir", "--lang", "nl"], "geen lab 'peir'; bedoel je 'pier'?"),
        (["start"], ""),
        (["start", "pier", "quay"], ""),
        (["list", "--jsno"], ""),
        (["--lang", "fr", "list"], ""),
        (["list", "--lang"], ""),
        (["check"], "which lab? see: lab list"),
        (["check", "pier"], "pier is not started yet; run: lab start pier"),
        (["hint", "pier"], "pier is not started yet; run: lab start pier"),
        (["hint", "pier", "nmaed"], "pier has no task 'nmaed'; did you mean 'named'?"),
        (["reset", "pier"], "pier is not started yet; run: lab start pier"),
        (["finish", "pier"], "pier is not started, so there is nothing to finish"),
        (["start", "pier"], "the Docker Engine does not run; start it with: sudo service docker start"),
        (["verify"], "which lab? name it, or say --all"),
        (["verify", "peir", "--here"], "no lab 'peir'; did you mean 'pier'?"),
        (["new", "Pier"], "a lab's id is lower case letters, digits and dashes"),
        (["new", "../x"], "a lab's id is lower case letters, digits and dashes"),
        (["new", "pier"], "/labs/pier is there already"),
    ],
)
@pytest.mark.usefixtures("lab_folder")
def test_a_wrong_call_is_one_line_and_status_2(
    words: list[str], message: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    monkeypatch.setattr("shutil.which", lambda name: name)
    assert message in _line(capsys, words)


@pytest.mark.usefixtures("lab_folder")
def test_a_misspelt_option_names_it(capsys: Capture) -> None:
    assert "--jsno" in _line(capsys, ["list", "--jsno"])


def test_lab_alone_shows_the_verbs_and_is_no_success(capsys: Capture) -> None:
    assert main([]) == 2
    said = capsys.readouterr()
    assert all(verb.name in said.out for verb in VERBS)
    assert said.err == ""


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["list", "--help"]])
def test_help_is_a_success(words: list[str], capsys: Capture) -> None:
    assert main(words) == 0
    assert "lab" in capsys.readouterr().out


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("form", [["--lang", "nl"], ["--lang=nl"]])
@pytest.mark.usefixtures("lab_folder")
def test_the_language_may_stand_anywhere(place: int, form: list[str], capsys: Capture) -> None:
    words = ["list", "--json"]
    assert main([*words[:place], *form, *words[place:]]) == 0
    assert json.loads(capsys.readouterr().out)[0]["title"] == "Een nieuw lab"


@pytest.mark.parametrize(
    ("lang", "title"), [("nl_NL.UTF-8", "Een nieuw lab"), ("en_US.UTF-8", "A new lab"), ("", "A new lab")]
)
@pytest.mark.usefixtures("lab_folder")
def test_the_language_of_the_environment(
    lang: str, title: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", lang)
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["title"] == title


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (SteigerError("one line"), 2, "lab: one line\n"),
        (EngineError("no engine"), 2, "lab: no engine\n"),
        (KeyboardInterrupt(), 130, "lab: interrupted\n"),
        (OSError(28, "No space left on device"), 2, "lab: [Errno 28] No space left on device\n"),
    ],
)
def test_errors_and_their_exit_status(
    error: BaseException, status: int, message: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_run", _raising(error))
    monkeypatch.setattr(cli, "_drop_output", lambda: None)
    assert main(["list"]) == status
    assert capsys.readouterr().err == message


def test_a_fault_of_our_own_is_one_line_and_a_log(capsys: Capture, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(cli, "_run", _raising(ZeroDivisionError("x")))
    log = home / ".local" / "state" / "steiger" / "fault.log"
    assert _line(capsys, ["list"]) == f"this is a fault of its own (ZeroDivisionError); please report it, with {log}"
    assert "ZeroDivisionError: x" in log.read_text(encoding="utf-8")


def _raising(error: BaseException) -> Callable[[list[str], Program], int]:
    def run(_words: list[str], _program: Program) -> int:
        raise error

    return run


@pytest.mark.usefixtures("lab_folder")
def test_list(capsys: Capture) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["lab", "title", "minutes", "tasks", "after", "you"]
    assert lines[1].split() == ["1", "pier", "A", "new", "lab", "15", "1"]
    assert lines[-2:] == ["Done: 0 of 1 labs. What is left takes about 0:15 hours.", "Next: lab start pier"]
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "id": "pier", "title": "A new lab", "summary": "One sentence that says what you will do.", "level": 1,
            "minutes": 15, "tasks": 1, "points": 1, "requires": [], "phase": "", "done": False,
            "waits": [],
        }
    ]  # fmt: skip


def _path(tmp_path: Path, **requires: list[str]) -> None:
    """Make labs in this order, each with what it builds on."""
    for place, (name, earlier) in enumerate(requires.items()):
        text = (folder := make_lab(tmp_path / "labs", name)) / "lab.yml"
        source = text.read_text(encoding="utf-8").replace("requires: []", f"requires: [{', '.join(earlier)}]")
        text.write_text(source.replace("order: 900", f"order: {place + 1}"), encoding="utf-8")
        assert folder.is_dir()


@pytest.mark.parametrize(
    ("done", "begun", "following"),
    [
        ([], [], "quay"),
        (["quay"], [], "pier"),
        (["pier"], [], "quay"),
        (["quay", "pier"], [], "lock"),
        (["quay"], ["buoy"], "buoy"),
        ([], ["lock"], "lock"),
        (["quay", "pier", "lock"], [], "buoy"),
    ],
)
def test_list_is_a_path_with_a_next_step(
    done: list[str], begun: list[str], following: str, capsys: Capture, tmp_path: Path
) -> None:
    from steiger import progress  # noqa: PLC0415

    _path(tmp_path, quay=[], pier=["quay"], lock=["pier"], buoy=[])
    for name in done:
        progress.write(name, progress.Progress(done="2026-01-02T03:04:05"))
    for name in begun:
        progress.write(name, progress.Progress("started"))
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[1:5]] == ["quay", "pier", "lock", "buoy"]
    assert [line.split()[1] for line in lines[1:5] if line.endswith("done")] == sorted(done, key="quay pier lock".find)
    left = 15 * (4 - len(done))
    assert lines[-2] == f"Done: {len(done)} of 4 labs. What is left takes about {left // 60}:{left % 60:02} hours."
    assert lines[-1] == f"Next: lab start {following}"


def test_list_when_all_is_done(capsys: Capture, tmp_path: Path) -> None:
    from steiger import progress  # noqa: PLC0415

    _path(tmp_path, quay=[])
    progress.write("quay", progress.Progress(done="2026-01-02T03:04:05"))
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "All 1 labs are done."


@pytest.mark.parametrize(("done", "warned"), [([], "quay, pier"), (["pier"], "quay"), (["quay", "pier"], "")])
def test_start_warns_of_earlier_labs_that_are_not_done_and_goes_on(
    done: list[str], warned: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from steiger import lifecycle, progress  # noqa: PLC0415

    _path(tmp_path, quay=[], pier=[], lock=["quay", "pier"])
    for name in done:
        progress.write(name, progress.Progress(done="2026-01-02T03:04:05"))
    monkeypatch.setattr(lifecycle, "start", lambda _lab: "")
    assert main(["start", "lock"]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [f"This lab builds on {warned}, which you have not done yet. You can go on; it may be harder."]
    assert lines[: len(lines) - 4] == (told if warned else [])


def test_list_of_nothing(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "There are no labs here."
    monkeypatch.setenv("STEIGER_LABS", str(tmp_path / "none"))
    assert _line(capsys, ["list"]) == f"{tmp_path}/none: no folder of labs there"


@pytest.mark.parametrize(
    "words", [["list"], ["status"], ["doctor"], ["start", "pier"], ["check", "pier"], ["guide", "pier"]]
)
def test_a_broken_lab_is_one_line_for_every_verb(words: list[str], lab_folder: Path, capsys: Capture) -> None:
    (lab_folder / "lab.yml").write_text("id: pier\norder: first\n", encoding="utf-8")
    assert re.search(r"/lab\.yml, line \d+: ", _line(capsys, words))


def test_status_before_and_after(capsys: Capture, lab_folder: Path) -> None:
    from steiger import progress  # noqa: PLC0415

    assert lab_folder
    assert main(["status"]) == 0
    assert capsys.readouterr().out == "No lab was started yet. See: lab list\n"
    progress.write(
        "pier",
        progress.Progress("started", passed=["named"], last_check="2026-01-02T03:04:05", done="2026-01-02T03:04:05"),
    )
    assert main(["status"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [
        "pier",
        "A",
        "new",
        "lab",
        "busy",
        "1/1",
        "2026-01-02",
        "03:04",
        "2026-01-02",
    ]
    assert main(["status", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["student"], data["current"], data["labs"]["pier"]["passed"]) == ("noor", "", ["named"])


@pytest.mark.parametrize("verb", ["list", "status"])
def test_damaged_progress_is_one_line(verb: str, capsys: Capture, lab_folder: Path, home: Path) -> None:
    from steiger import progress  # noqa: PLC0415

    assert lab_folder
    progress.write("pier", progress.Progress())
    (home / ".local/state/steiger/labs/pier.json").write_text('{"passed": null}', encoding="utf-8")
    assert "pier.json is damaged; remove it" in _line(capsys, [verb])


@pytest.mark.usefixtures("lab_folder", "engine_server")
@pytest.mark.parametrize(
    ("language", "words"), [("nl", "Zorg dat er een container `box-"), ("en", "Make a container `box-")]
)
def test_the_guide_has_the_students_values(language: str, words: str, capsys: Capture) -> None:
    assert main(["guide", "pier", "--lang", language]) == 0
    out = capsys.readouterr().out
    assert words in out
    assert "<<" not in out
    assert "lab start pier" in out


@pytest.mark.usefixtures("lab_folder", "engine_server")
@pytest.mark.parametrize("words", [["pier", "1"], ["pier", "named"], ["1"], ["named"]])
def test_the_guide_of_one_task(words: list[str], capsys: Capture) -> None:
    from steiger import progress  # noqa: PLC0415

    progress.write("pier", progress.Progress("started"))
    progress.set_current("pier")
    assert main(["guide", *words]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Task 1 · A container with a name\n")
    assert "Make a container `box-" in out
    assert "How to work" not in out


@pytest.mark.usefixtures("engine_server")
def test_the_guide_of_a_task_that_is_not_there(lab_folder: Path, capsys: Capture) -> None:
    assert _line(capsys, ["guide", "pier", "2"]) == "pier has no task 2; it has 1"
    assert _line(capsys, ["guide", "pier", "0"]) == "pier has no task 0; it has 1"
    assert _line(capsys, ["guide", "pier", "nmaed"]) == "pier has no task 'nmaed'; did you mean 'named'?"
    assert _line(capsys, ["hint", "pier", "7"]) == "pier has no task 7; it has 1"
    guide = lab_folder / "guide.en.md"
    guide.write_text("# A\n", encoding="utf-8")
    assert _line(capsys, ["guide", "pier", "1"]) == f"{guide} has no section for the task named"


def test_a_guide_that_is_missing(lab_folder: Path, capsys: Capture, engine_server: Server) -> None:
    assert engine_server
    (lab_folder / "guide.en.md").unlink()
    assert _line(capsys, ["guide", "pier"]) == f"{lab_folder}/guide.en.md: missing"


def test_a_proof_names_all_faults_of_a_folder_and_does_not_begin(lab_folder: Path, capsys: Capture) -> None:
    (lab_folder / "attempts" / "other-name.sh").unlink()
    (lab_folder / "guide.nl.md").unlink()
    assert main(["verify", "pier", "--here"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"✘ {lab_folder}/guide.nl.md: missing",
        "✘ pier: attempts/other-name.sh is missing",
        "lab: 2 faults; nothing was proven",
    ]


def test_a_lab_without_a_solution(lab_folder: Path, capsys: Capture, engine_server: Server) -> None:
    assert engine_server
    for path in lab_folder.glob("solution*"):
        path.unlink()
    assert _line(capsys, ["solve", "pier"]) == f"{lab_folder}/solution.sh: missing"


@pytest.mark.usefixtures("engine_server")
def test_the_lab_of_the_folder_one_stands_in(
    tmp_path: Path, home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from steiger import progress  # noqa: PLC0415

    for lab_id in ("pier", "quay"):
        make_lab(tmp_path / "labs", lab_id)
    progress.set_current("quay")
    (home / "labs" / "pier" / "sub").mkdir(parents=True)
    (home / "labs" / "no-lab").mkdir()
    for folder, lab_id in (
        (home, "quay"),
        (home / "labs/pier/sub", "pier"),
        (home / "labs/no-lab", "quay"),
        (tmp_path, "quay"),
    ):
        monkeypatch.chdir(folder)
        assert _line(capsys, ["check"]) == f"{lab_id} is not started yet; run: lab start {lab_id}"


def test_a_folder_that_is_gone_is_no_trouble(
    tmp_path: Path, lab_folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab_folder
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert _line(capsys, ["check"]) == "which lab? see: lab list"
    os.chdir(tmp_path)


def test_a_new_lab_is_whole(tmp_path: Path, capsys: Capture) -> None:
    from steiger.lint import problems  # noqa: PLC0415

    assert main(["new", "quay-2"]) == 0
    assert "lab verify quay-2" in capsys.readouterr().out
    assert problems(tmp_path / "labs" / "quay-2") == []
    assert [path.name for path in (tmp_path / "labs").iterdir()] == ["quay-2"]


def test_a_new_lab_that_cannot_be_written(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STEIGER_LABS", str(tmp_path / "file"))
    assert _line(capsys, ["new", "quay"]) == f"cannot write {tmp_path}/file/quay: Not a directory"


def _command(words: list[str], **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-B", "-m", "steiger", *words],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **options.pop("env", {})},  # type: ignore[dict-item]
        **options,
    )


@pytest.mark.usefixtures("lab_folder")
def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with _command(["list"], stdout=writing) as process:
        os.close(writing)
        assert process.communicate()[1] == ""
    assert process.returncode == 0


@pytest.mark.usefixtures("lab_folder")
def test_a_disk_that_is_full_is_one_line() -> None:
    with open("/dev/full", "w") as full, _command(["list"], stdout=full) as process:  # noqa: PTH123
        assert process.communicate()[1] == "lab: [Errno 28] No space left on device\n"
    assert process.returncode == 2


@pytest.mark.usefixtures("lab_folder")
def test_a_terminal_without_our_marks_gets_question_marks(home: Path) -> None:
    assert home
    with _command(["--lang", "nl", "chekc", "é"], stdout=subprocess.PIPE, env={"PYTHONIOENCODING": "ascii"}) as process:
        assert process.communicate()[1] == "lab: ik ken 'chekc' niet; bedoel je 'check'?\n"
    with _command(
        ["doctor"], stdout=subprocess.PIPE, env={"PYTHONIOENCODING": "ascii", "DOCKER_HOST": "unix:///none"}
    ) as process:
        out, errors = process.communicate()
    assert errors == ""
    assert " ? Docker Engine: DOCKER_HOST sends you to /none" in out


@pytest.mark.usefixtures("lab_folder")
def test_list_imports_nothing_slow() -> None:
    """`lab list` answers in under 0.2 s: rich, jsonschema, testinfra and Ansible are for those who need them."""
    code = (
        "import sys; from steiger.cli import main; assert main(['list']) == 0;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "yaml" in loaded
    assert (
        loaded & {"rich", "jsonschema", "testinfra", "pytest", "ansible", "jinja2", "subprocess", "http", "asyncio"}
        == set()
    )


def test_every_option_of_a_verb_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[argparse.Namespace] = []

    def remember(args: argparse.Namespace) -> int:
        seen.append(args)
        return 0

    for verb in VERBS:
        module = importlib.import_module(f"steiger.commands.{verb.name}")
        monkeypatch.setattr(module, "run", remember)
        words = [verb.name]
        for argument in verb.arguments:
            name = argument.names[0]
            words += [name] if argument.action else [name, "x"] if name.startswith("--") else ["x"]
        assert main(words) == 0
        for argument in verb.arguments:
            assert getattr(seen[-1], argument.names[0].lstrip("-").replace("-", "_")) in ("x", ["x"], True)
