"""Progress: whole files or none, one command at a time, and one line when a file is damaged."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.conftest import ROOT

from steiger import progress
from steiger.errors import SteigerError
from steiger.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys
from steiger import progress
with progress.only_one("start pier"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state(home: Path) -> Path:
    """Return the folder of the state."""
    return home / ".local" / "state" / "steiger"


def test_no_progress_is_a_new_one() -> None:
    assert progress.read("pier") == Progress()


def test_what_is_written_is_read_again(state: Path) -> None:
    known = Progress("started", "2026-01-01", {"images": ["é"]}, ["a 1"], ["named"], 3, "x", "y", solved_for_you=True)
    progress.write("pier", known)
    assert progress.read("pier") == known
    assert progress.read("quay") == Progress()
    assert [path.name for path in (state / "labs").iterdir()] == ["pier.json"]


def test_only_the_student_may_look_into_the_state(state: Path) -> None:
    progress.write("pier", Progress())
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_xdg_state_home_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    progress.write("pier", Progress())
    assert (tmp_path / "xdg" / "steiger" / "labs" / "pier.json").is_file()


DAMAGED = [
    b"", b"{", b"[]", b"3", b"null", b'"x"', b'{"nope": 1}', b"\xff\xfe", b'{"phase": 1}', b'{"passed": null}',
    b'{"passed": [1]}', b'{"before": []}', b'{"before": {"images": null}}', b'{"checks": "many"}', b'{"done": null}',
    b'{"solved_for_you": "no"}',
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_one_line_that_says_what_to_do(state: Path, content: bytes) -> None:
    progress.write("pier", Progress())
    path = state / "labs" / "pier.json"
    path.write_bytes(content)
    with pytest.raises(SteigerError) as caught:
        progress.read("pier")
    assert str(caught.value) == f"{path} is damaged; remove it and start the lab again"
    assert path.read_bytes() == content


def test_a_write_that_fails_leaves_the_old_file(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress.write("pier", Progress(checks=1))

    def full(path: Path, *_args: object, **_kwargs: object) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(SteigerError, match=r"^cannot write .*/pier.json: No space left on device$"):
        progress.write("pier", Progress(checks=2))
    monkeypatch.undo()
    monkeypatch.setenv("HOME", str(state.parents[2]))
    assert progress.read("pier").checks == 1
    assert [path.name for path in (state / "labs").iterdir()] == ["pier.json"]


def test_readers_never_see_half_a_file() -> None:
    """One writes small and large in turn, another reads all the time."""
    progress.write("pier", Progress())
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            progress.write("pier", Progress(passed=["task"] * 5000))
            progress.write("pier", Progress())

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        assert {len(progress.read("pier").passed) for _ in range(200)} <= {0, 5000}
    finally:
        stop.set()
        writer.join()


def test_a_state_folder_that_cannot_be_made(home: Path) -> None:
    (home / ".local").write_text("in the way", encoding="utf-8")
    for act in (lambda: progress.write("pier", Progress()), lambda: progress.set_current("pier"), progress.seed):
        with pytest.raises(SteigerError, match=r"^cannot make .*/steiger.*: Not a directory$"):
            act()
    with (
        pytest.raises(SteigerError, match=r"^cannot make .*/steiger: Not a directory$"),
        progress.only_one("start pier"),
    ):
        pytest.fail("the lock was held")
    assert progress.current() == ""


def test_the_current_lab() -> None:
    assert progress.current() == ""
    progress.set_current("pier")
    assert progress.current() == "pier"


def test_the_seed_is_random_and_kept() -> None:
    seed = progress.seed()
    assert re.fullmatch("[0-9a-f]{32}", seed)
    assert progress.seed() == seed


def test_another_home_has_another_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = progress.seed()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    assert progress.seed() != seed


def test_a_class_gives_the_seed_and_the_name(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "seed").write_text("of the class\n", encoding="utf-8")
    (tmp_path / "etc" / "student").write_text("s1234\n", encoding="utf-8")
    assert progress.seed() == "of the class"
    assert progress.student() == "s1234"


@pytest.mark.parametrize("spoil", ["empty", "folder", "binary"])
def test_a_seed_that_cannot_be_read_is_one_line(tmp_path: Path, spoil: str) -> None:
    """A random seed instead would make every answer of this student wrong."""
    path = tmp_path / "etc" / "seed"
    path.parent.mkdir()
    if spoil == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff" if spoil == "binary" else b"\n")
    with pytest.raises(SteigerError, match=r"^cannot read .*/etc/seed"):
        progress.seed()


def test_two_that_need_a_seed_at_once_get_the_same(state: Path) -> None:
    barrier = threading.Barrier(8)
    seeds: list[str] = []

    def ask() -> None:
        barrier.wait()
        seeds.append(progress.seed())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seeds) == 8
    assert set(seeds) == {progress.seed()}
    assert [path.name for path in state.iterdir()] == ["seed"]


def test_who_the_student_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert progress.student() == "noor"
    monkeypatch.delenv("USER")
    monkeypatch.setenv("LOGNAME", "sami")
    assert progress.student() == "sami"
    monkeypatch.delenv("LOGNAME")
    assert progress.student() == str(os.getuid())


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """Return another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_command_is_told_who_is_at_work(holder: subprocess.Popen[str]) -> None:
    with pytest.raises(SteigerError) as caught, progress.only_one("reset pier"):
        pytest.fail("two commands at once")
    assert str(caught.value) == f"another command is at work (lab start pier, pid {holder.pid}); wait until it is done"


def test_the_lock_of_a_killed_command_is_free(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with progress.only_one("reset pier"):
        pass


def test_what_a_killed_command_left_at_work_holds_the_lock_until_it_ends() -> None:
    """A start state is made by a process of its own, which a signal to `lab` does not reach."""
    with progress.only_one("start pier"):
        working = subprocess.Popen(["sleep", "60"], close_fds=False)
    with pytest.raises(SteigerError, match="another command is at work"), progress.only_one("start pier"):
        pytest.fail("two commands at once")
    working.kill()
    working.wait()
    with progress.only_one("start pier"):
        pass


def test_the_lock_is_free_after_an_error() -> None:
    with pytest.raises(KeyError), progress.only_one("start pier"):
        raise KeyError
    with progress.only_one("start pier"):
        pass


def test_a_lock_file_that_is_no_file(state: Path) -> None:
    (state / "lock").mkdir(parents=True)
    with pytest.raises(SteigerError, match=r"^cannot write .*/lock: Is a directory$"), progress.only_one("start pier"):
        pytest.fail("the lock was held")


def test_public_progress_tells_nothing_of_the_engine() -> None:
    public = progress.public(Progress(before={"images": ["secret"]}))
    assert "before" not in public
    assert json.dumps(public)
