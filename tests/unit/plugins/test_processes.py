"""Processes by their program, on this machine's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import processes, services
from ansible.module_utils.processes import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENGINE = "/usr/sbin/dockerd"


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A process of a program that nothing else runs, and that file's path."""
    program = str(tmp_path / "dockerd")
    shutil.copy(shutil.which("sleep") or "sleep", program)
    with subprocess.Popen([program, "60"]) as child:
        while os.readlink(f"/proc/{child.pid}/exe") != program:  # noqa: PTH115 -- as the kernel writes it
            time.sleep(0.01)
        yield program, child
        child.kill()


def test_a_program_is_found_and_also_when_its_file_is_gone(
    sleeper: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    program, child = sleeper
    found = processes.of([program], processes.running())
    assert [(one.pid, one.parent, one.gone, one.elsewhere) for one in found] == [(child.pid, os.getpid(), False, False)]
    assert str(found[0]) == f"{child.pid} (dockerd)"
    assert processes.of([program], processes.running(), gone=True) == []
    (tmp_path / "dockerd").unlink()
    assert [one.pid for one in processes.of([program], processes.running(), gone=True)] == [child.pid]


def test_what_runs_in_a_container_is_not_this_machines() -> None:
    everything = [Process(1, 0, ENGINE), Process(2, 0, ENGINE, elsewhere=True), Process(3, 0, "/usr/local/bin/dockerd")]
    assert [one.pid for one in processes.of([ENGINE], everything)] == [1]


def test_those_that_a_keeper_keeps_are_found_to_the_last() -> None:
    everything = [
        Process(10, 1, "shim"),
        Process(11, 10, "nginx", elsewhere=True),
        Process(12, 11, "sh"),
        Process(13, 1, "sh"),
    ]
    assert processes.with_children([10], everything) == {10, 11, 12}


def test_a_process_that_is_asked_ends(sleeper: tuple[str, subprocess.Popen[bytes]]) -> None:
    _, child = sleeper
    assert processes.end([child.pid], 5) == set()
    assert child.wait(5) == -signal.SIGTERM
    assert processes.end([child.pid], 5) == set()


def test_a_process_that_will_not_is_killed() -> None:
    stubborn = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert processes.end([child.pid], 0.2) == set()
        assert child.wait(5) == -signal.SIGKILL


class Scripts:
    """A machine without systemd, whose init scripts say that all is well."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.calls: list[list[str]] = []

    def __call__(self, command: list[str]) -> tuple[int, str, str]:
        """Run a command."""
        self.calls.append(command)
        return self.status, "", "no pid file" if self.status else ""


@pytest.fixture
def engine(sleeper: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch) -> subprocess.Popen[bytes]:
    """An engine that no init script knows."""
    monkeypatch.setattr(services, "has_systemd", lambda: False)
    monkeypatch.setattr(services, "programs_of", lambda _: {sleeper[0]})
    monkeypatch.setattr(services.gone, "__defaults__", (0.2,))
    return sleeper[1]


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_a_script_that_says_it_stopped_is_not_believed(verb: str, engine: subprocess.Popen[bytes]) -> None:
    run = Scripts()
    said = services.control(run, verb, "docker")
    assert f"process {engine.pid} (dockerd)" in said
    assert run.calls == [["service", "docker", "stop"]]
    assert engine.poll() is None


@pytest.mark.usefixtures("engine")
def test_what_is_stopped_is_stopped_whatever_the_script_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "programs_of", lambda _: set())
    assert services.control(Scripts(1), "stop", "docker") == ""
    run = Scripts()
    assert services.control(run, "restart", "docker") == ""
    assert [call[2] for call in run.calls] == ["stop", "start"]
