"""Processes of the machine: which are found, and which are ended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import FakeEngine

from steiger import belongings, processes
from steiger.bench import Bench
from steiger.catalogue import Lab, Owns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a process and waits until it is what it will be."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*argv: str, program: str | None = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(argv, executable=program, stdin=subprocess.DEVNULL)
        begun.append(process)
        deadline = time.monotonic() + 5
        while (now := processes.one(process.pid)) is None or now.argv != argv:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process

    yield run
    for process in begun:
        process.kill()
        process.wait()


def test_a_process_is_as_it_was_started(start: Start) -> None:
    begun = start("sleep", "71.25")
    process = processes.one(begun.pid)
    assert process is not None
    assert process.line == "sleep 71.25"
    assert process.owner == os.getuid()
    assert process.parent == os.getpid()
    assert process.program == os.path.realpath(shutil.which("sleep") or "")
    assert begun.pid in [each.pid for each in processes.every()]


def test_memory_is_in_bytes() -> None:
    this = processes.one(os.getpid())
    assert this is not None
    assert 10_000_000 < this.memory < 2_000_000_000


def test_the_line_names_the_program_without_its_folder(start: Start) -> None:
    begun = start(str(shutil.which("sleep")), "71.5")
    assert Bench({}, None).process(begun.pid).line == "sleep 71.5"  # type: ignore[arg-type, union-attr]


def test_a_name_that_is_put_on_is_not_the_program(start: Start) -> None:
    begun = start("qemu-system-x86_64", "71.75", program=shutil.which("sleep"))
    process = processes.one(begun.pid)
    assert process is not None
    assert process.line == "qemu-system-x86_64 71.75"
    assert process.program.endswith("sleep")


@pytest.mark.parametrize("pid", [-1, 0, 2**22 + 1, 10**12])
def test_no_process_of_that_number(pid: int) -> None:
    assert processes.one(pid) is None


def test_the_dead_are_no_processes() -> None:
    begun = subprocess.Popen(["true"])
    os.waitid(os.P_PID, begun.pid, os.WEXITED | os.WNOWAIT)
    assert processes.one(begun.pid) is None
    begun.wait()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_who_listens_on_a_port(family: socket.AddressFamily) -> None:
    with socket.socket(family) as listening:
        try:
            listening.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        port = listening.getsockname()[1]
        assert processes.listener(port) is None
        listening.listen()
        found = Bench({}, None).listener(str(port))  # type: ignore[arg-type]
        assert found is not None
        assert found.pid == os.getpid()
    assert processes.listener(port) is None


def test_only_whole_lines_match(start: Start) -> None:
    begun = start("sleep", "71.25")
    for pattern, found in {
        "sleep 71.*": True,
        "sleep": False,
        "* 71.25": True,
        "71.25": False,
        "SLEEP*": False,
    }.items():
        assert (begun.pid in [process.pid for process in processes.mine([pattern])]) is found, pattern
    assert [process.pid for process in processes.holding(["71.25"])] == [begun.pid]


def test_neither_this_process_nor_those_that_it_runs_in_are_found() -> None:
    above = {os.getpid(), os.getppid()}
    assert above.isdisjoint(process.pid for process in processes.mine(["*"]))


def test_another_users_process_is_not_mine(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    start("sleep", "71.25")
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    assert processes.mine(["sleep 71.25"]) == []


def test_a_process_is_asked_to_end_and_it_alone(start: Start) -> None:
    gone, stays = start("sleep", "71.25"), start("sleep", "72.25")
    processes.end(processes.mine(["sleep 71.25"]))
    assert gone.wait(1) == -signal.SIGTERM
    assert stays.poll() is None


def test_a_process_that_does_not_listen_is_killed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    deaf = start(sys.executable, "-c", "import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(73.25)")
    time.sleep(0.3)
    processes.end(processes.holding(["73.25"]))
    assert deaf.wait(1) == -signal.SIGKILL


def test_a_number_that_is_anothers_by_now_is_left_alone(start: Start) -> None:
    begun = start("sleep", "71.25")
    known = processes.one(begun.pid)
    assert known is not None
    processes.end([replace(known, argv=("sleep", "99"))])
    assert begun.poll() is None


def test_ending_what_has_gone_is_no_error(start: Start) -> None:
    begun = start("sleep", "71.25")
    known = processes.mine(["sleep 71.25"])
    begun.kill()
    begun.wait()
    processes.end(known)


def test_a_labs_processes_end_with_it(lab: Lab, start: Start, tmp_path: Path) -> None:
    copied = tmp_path / "sleep-for-harbour"
    shutil.copy(str(shutil.which("sleep")), copied)
    ours = start(str(copied), "71.25")
    others = [start("sleep", "71.25"), start(str(copied), "72.25")]
    owner = replace(lab, owns=Owns(processes=("sleep-for-*<<rope>>",)))
    belongings.clean_up(owner, {"rope": "71.25", "registry": ""}, FakeEngine(), belongings.snapshot(FakeEngine()))
    assert ours.wait(1) == -signal.SIGTERM
    assert [each.poll() for each in others] == [None, None]


def test_the_age_of_a_process_is_counted_on_the_machines_own_clock() -> None:
    begun = time.monotonic()
    with subprocess.Popen(["sleep", "60"]) as sleeping:
        try:
            time.sleep(0.3)
            process = processes.one(sleeping.pid)
            assert process
            # The kernel counts starts in hundredths.
            assert 0.2 <= process.age <= time.monotonic() - begun + 0.02
        finally:
            sleeping.kill()
