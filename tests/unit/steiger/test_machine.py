"""Probes of the machine: each has one clear answer, whatever programs say."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import FakeEngine

from steiger import machine
from steiger.errors import EngineError, SteigerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from steiger.catalogue import Lab


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
