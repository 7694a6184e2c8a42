"""Reading compose files through Compose: whatever is in them, it ends, and nothing goes on behind it."""

from __future__ import annotations

import dataclasses
import os
import time
from typing import TYPE_CHECKING

import pytest

from steiger import bounded, compose, paths
from steiger.bench import Bench
from steiger.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Plugin = Callable[[str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a work folder with a compose file."""
    made = tmp_path / "work"
    made.mkdir()
    (made / "compose.yaml").write_text("services: {}\n")
    return made


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """Return what puts a shell script in the place of Compose."""
    monkeypatch.setattr(paths, "PLUGIN_FOLDERS", (tmp_path / "none", tmp_path / "plugins"))
    monkeypatch.setattr(compose, "LIMITS", dataclasses.replace(compose.LIMITS, seconds=0.5))

    def put(script: str) -> None:
        program = tmp_path / "plugins/docker-compose"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return put


def test_what_compose_says_is_data(folder: Path, plugin: Plugin) -> None:
    plugin('echo "{\\"name\\": \\"quay\\", \\"words\\": \\"$*\\"}"')
    (folder / "dev.env").touch()
    read = Bench({}, folder).compose_config("compose.yaml", env_files=["dev.env"])
    assert read.config == {
        "name": "quay",
        "words": f"--file {folder}/compose.yaml --env-file {folder}/dev.env config --format json",
    }
    assert read.trouble == ""


def test_the_student_s_environment_does_not_reach_it(
    folder: Path, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "other.yaml")
    plugin('echo "{\\"file\\": \\"$COMPOSE_FILE\\", \\"git\\": \\"$COMPOSE_EXPERIMENTAL_GIT_REMOTE\\"}"')
    assert compose.read(folder, ["compose.yaml"]).config == {"file": "", "git": "false"}


def test_a_refusal_gives_compose_s_words(folder: Path, plugin: Plugin) -> None:
    plugin(f'echo \'time="1" level=warning msg="old"\' >&2; echo "{folder}/compose.yaml: no such key" >&2; exit 15')
    assert compose.read(folder, ["compose.yaml"]) == compose.Composed(None, "refused", "compose.yaml: no such key")


HEAVY = {
    "takes for ever": "trap '' TERM; while :; do :; done",
    "waits for ever": "sleep 60",
    "says too much": "exec head -c 5000000 /dev/zero",
    "says no end of errors": "exec cat /dev/zero >&2",
    "ran out of memory": "echo 'fatal error: out of memory' >&2; exit 2",
    "kills itself": "kill -9 $$",
}


@pytest.mark.parametrize("script", HEAVY.values(), ids=HEAVY)
def test_what_is_too_heavy_is_stopped(folder: Path, plugin: Plugin, script: str) -> None:
    plugin(script)
    begun = time.monotonic()
    assert compose.read(folder, ["compose.yaml"]).trouble == "heavy"
    assert time.monotonic() - begun < 3


def test_memory_is_bounded(folder: Path) -> None:
    python = ["/usr/bin/env", "python3", "-c", "bytearray(200 * 2**20)"]
    ended = bounded.run(python, folder, dict(os.environ), bounded.Limits(10, 100 * 2**20, 100_000))
    assert ended.status == 1
    assert b"MemoryError" in ended.errors


def test_nothing_goes_on_behind_it(folder: Path, plugin: Plugin) -> None:
    plugin("sleep 60 & echo $! > child; wait")
    compose.read(folder, ["compose.yaml"])
    child = int((folder / "child").read_text())
    deadline = time.monotonic() + 2
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(child)


def test_a_child_that_holds_the_pipe_does_not_hold_the_check(folder: Path, plugin: Plugin) -> None:
    plugin("echo '{}'; sleep 60 &")
    begun = time.monotonic()
    assert compose.read(folder, ["compose.yaml"]).trouble == "heavy"
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("answer", ["no json", "", "[1]", "'\\0'"])
def test_a_strange_answer_is_no_configuration(folder: Path, plugin: Plugin, answer: str) -> None:
    plugin(f"printf '%b' '{answer}'")
    assert not compose.read(folder, ["compose.yaml"]).config


def test_a_large_file_is_not_read_at_all(folder: Path, plugin: Plugin) -> None:
    plugin("touch asked; echo '{}'")
    (folder / "line.yaml").write_text("x" * 10_000_000)
    assert compose.read(folder, ["compose.yaml", "line.yaml"]) == compose.Composed(None, "large", "line.yaml")
    assert not (folder / "asked").exists()


def test_only_real_files_of_the_folder_are_read(folder: Path, plugin: Plugin) -> None:
    plugin("echo '{}'")
    (folder / "out.yaml").symlink_to("/etc/passwd")
    (folder / "round.yaml").symlink_to("round.yaml")
    os.mkfifo(folder / "pipe.yaml")
    for name in ("none.yaml", "out.yaml", "round.yaml", "pipe.yaml", "/etc/passwd", "../work", "a\0b", "-", ""):
        assert compose.read(folder, [name]).trouble == "missing", name
    assert compose.read(folder, [str(folder / "compose.yaml")]).config == {}


@pytest.mark.usefixtures("plugin")
def test_without_compose_one_line_says_so(folder: Path) -> None:
    with pytest.raises(EngineError, match="not installed"):
        compose.read(folder, ["compose.yaml"])


def alive(process: int) -> bool:
    """Tell whether a process is more than a zombie that waits for its parent."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as stat:  # noqa: PTH123 -- no path of ours
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
