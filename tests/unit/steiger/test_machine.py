"""Probes of the machine: each has one clear answer, whatever programs say."""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import FakeEngine, Server, http_answer

from steiger import machine
from steiger.errors import EngineError, SteigerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from steiger.catalogue import Lab


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return a function that puts a shell script on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def put(name: str, script: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return put


@pytest.mark.parametrize(
    ("says", "who"),
    [
        (r"LISTEN 0 5 0.0.0.0:80 0.0.0.0:* users:((\"python3\",pid=123,fd=3))", "python3 (pid 123)"),
        (r"LISTEN 0 5 0.0.0.0:80 0.0.0.0:*", "another program"),
        (r"users:((\"a\033[31mb\377\",pid=7,fd=3))", "ab\ufffd (pid 7)"),
        ("", "another program"),
    ],
)
def test_who_holds_a_port(program: Callable[[str, str], None], says: str, who: str) -> None:
    program("ss", f'printf "{says}"')
    assert machine.port_holder(80) == who


def test_who_holds_a_port_where_ss_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert machine.port_holder(80) == "another program"


def test_who_holds_a_port_really() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert str(os.getpid()) in machine.port_holder(taken.getsockname()[1])


def test_the_mirror_without_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()

    def down() -> str:
        raise EngineError("down")

    monkeypatch.setattr(engine, "mirror", down)
    assert machine.mirror_address(engine) == "127.0.0.1:5000"


def _probes(engine: FakeEngine, labs: list[Lab]) -> dict[str, machine.Probe]:
    return {probe.name: probe for probe in machine.diagnose(engine, labs)}


def test_the_doctor_of_a_good_machine(lab: Lab, web: Server, program: Callable[[str, str], None]) -> None:
    program("docker", 'echo "$1 v2"')
    web.answers["GET /v2/_catalog?n=1000"] = http_answer({"repositories": ["library/busybox"]})
    web.answers["GET /v2/library/busybox/tags/list"] = http_answer({"tags": ["latest"]})
    probes = _probes(FakeEngine(mirror_is=f"127.0.0.1:{web.port}"), [lab])
    assert all(probe.good for probe in probes.values() if probe.name != "Disk")
    assert probes["Docker Engine"].says == "26, overlay2"
    assert probes["docker compose"].says == "compose v2"
    assert probes["Registry mirror"].says.endswith("has all 1 images of the labs")
    assert probes["Kernel"].says.endswith("limits that work: memory")


@pytest.mark.parametrize("script", ["exit 1", "true", "echo; exit 0"])
def test_the_doctor_of_a_machine_without_plugins_or_images(
    lab: Lab, program: Callable[[str, str], None], script: str
) -> None:
    program("docker", script)
    probes = _probes(FakeEngine(), [lab])
    assert not probes["Registry mirror"].good
    assert probes["Registry mirror"].says == "127.0.0.1:1 does not answer; run ./setup again"
    assert probes["docker compose"].good is (script != "exit 1")


def test_the_doctor_names_the_images_that_are_missing(lab: Lab, web: Server) -> None:
    web.answers["GET /v2/_catalog?n=1000"] = http_answer({"repositories": ["library/busybox"]})
    web.answers["GET /v2/library/busybox/tags/list"] = http_answer({"tags": ["1.0"]})
    probes = _probes(FakeEngine(mirror_is=f"127.0.0.1:{web.port}"), [lab])
    assert probes["Registry mirror"].says.endswith("lacks busybox; run ./setup again")


def test_the_doctor_stops_where_there_is_no_engine(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()

    def down() -> dict[str, object]:
        raise EngineError("the Docker Engine does not run")

    monkeypatch.setattr(engine, "info", down)
    probes = machine.diagnose(engine, [lab])
    assert (probes[-1].name, probes[-1].good, probes[-1].says) == (
        "Docker Engine",
        False,
        "the Docker Engine does not run",
    )


@pytest.mark.parametrize(
    ("driver", "good"), [("overlay2", True), ("overlayfs", True), ("btrfs", False), ("native", False), (None, False)]
)
def test_which_engines_let_overlayfs_stack_their_layers(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, driver: str | None, good: bool
) -> None:
    """The containerd image store calls it `overlayfs`."""
    engine = FakeEngine()
    monkeypatch.setattr(engine, "info", lambda: {"Driver": driver} if driver else {})
    needy = replace(lab, needs=replace(lab.needs, tools=(), capabilities=("overlay2",)))
    if good:
        machine.require(needy, engine)
        return
    with pytest.raises(SteigerError) as refused:
        machine.require(needy, engine)
    assert str(refused.value) == (
        "pier needs a Docker Engine with the storage driver overlay2 or overlayfs; see: docker info"
    )
