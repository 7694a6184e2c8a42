"""Whether an engine answers this user, and if not, the true reason."""

from __future__ import annotations

import grp
import os
import pwd
import socket
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import Server, http_answer

from steiger.doctor import access
from steiger.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[str]:
    """Return a socket on which nobody answers."""
    path = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
        yield str(path)


@pytest.fixture(autouse=True)
def plain(program: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give a machine with an engine installed, and no service manager to ask."""
    program("systemctl", "exit 1")
    program("dockerd", "exit 1")
    monkeypatch.setattr(access, "COMMANDS", str(tmp_path / "bin"))
    monkeypatch.setattr(access, "_DAEMON_JSON", tmp_path / "daemon.json")


def test_an_engine_that_answers(engine_server: Server) -> None:
    engine_server.answers["GET /info"] = http_answer({"ServerVersion": "26", "Driver": "overlay2"})
    seen, info = access.probe(Engine())
    assert (seen.good, seen.says, info["Driver"]) == (True, "26, overlay2", "overlay2")


def test_podman_at_the_socket(engine_server: Server) -> None:
    engine_server.answers["GET /info"] = http_answer({"ServerVersion": "5.4.2", "BuildahVersion": "1.39"})
    seen, _info = access.probe(Engine())
    assert (seen.good, seen.says.partition(" at ")[0]) == (False, "podman answers")
    assert seen.cure.startswith("run: unset DOCKER_HOST;")


def test_a_variable_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///none")
    seen, info = access.probe(Engine())
    assert (seen.good, info) == (False, {})
    assert seen.says == "DOCKER_HOST sends you to /none, and no engine answers you there"


@pytest.mark.parametrize("path", ["/var/run/docker.sock", "/run/docker.sock"])
def test_a_variable_that_names_the_usual_socket_is_not_why(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    monkeypatch.setattr(os, "access", lambda *_words: True)
    monkeypatch.setattr(access, "_listened_to", lambda _path: False)
    engine = Engine(timeout=0.2)
    monkeypatch.setattr(engine, "info", Engine("/none").info)
    assert access.probe(engine)[0].says == "the Docker Engine does not run"


@pytest.mark.parametrize(
    ("settings", "result", "says", "cure"),
    [
        ("", "", "the Docker Engine does not run", "start it: sudo "),
        ("{}", "success", "the Docker Engine does not run", "start it: sudo "),
        ("{}", "exit-code", "the Docker Engine was started and ended by itself (exit-code)", "see why: sudo "),
        (
            '{\n"a": 1,}',
            "exit-code",
            "the Docker Engine does not run, and its settings are broken: {file}, line 2",
            "put",
        ),
        (
            '\ufeff{"debug": true}',
            "exit-code",
            "the Docker Engine was started and ended by itself (exit-code)",
            "see why: ",
        ),
    ],
)
def test_an_engine_that_does_not_run(  # noqa: PLR0913, PLR0917 - a table
    dead: str,
    tmp_path: Path,
    program: Callable[[str, str], None],
    settings: str,
    result: str,
    says: str,
    cure: str,
) -> None:
    (tmp_path / "daemon.json").write_text(settings, encoding="utf-8")
    program("systemctl", f"echo {result}")
    seen, _info = access.probe(Engine(dead))
    assert seen.says == says.format(file=tmp_path / "daemon.json")
    assert seen.cure.startswith(cure)


def test_an_engine_that_is_not_installed(dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "COMMANDS", "/nonexistent")
    seen, _info = access.probe(Engine(dead))
    assert (seen.says, seen.cure) == ("Docker Engine is not installed", "run ./setup again")


@pytest.mark.parametrize(
    ("group", "members", "says", "cure"),
    [
        (
            4242,
            [],
            "you (noor) are not in the group docker",
            "run: sudo usermod -aG docker noor; then log out and in again",
        ),
        (
            4242,
            ["noor"],
            "you are in the group docker, and this terminal was opened before that",
            "run: newgrp docker; or log out and in again",
        ),
        (0, [], "the engine's socket {socket} is root's alone", "restart Docker: sudo "),
    ],
)
def test_who_may_not_ask(
    dead: str, monkeypatch: pytest.MonkeyPatch, group: int, members: list[str], says: str, cure: str
) -> None:
    """Root may ask everything: the answers of the system are given here."""
    monkeypatch.setattr(os, "access", lambda *_words: False)
    monkeypatch.setattr(grp, "getgrgid", lambda _gid: grp.struct_group(("docker", "x", group, members)))
    person = pwd.struct_passwd(("noor", "x", 1000, 1000, "", "/home/noor", "/bin/bash"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: person)
    monkeypatch.setattr(pwd, "getpwnam", lambda _name: person)
    seen, _info = access.probe(Engine(dead))
    assert seen.says == says.format(socket=dead)
    assert seen.cure.startswith(cure)


def test_an_engine_that_hangs(engine_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_server.otherwise = [5.0]
    monkeypatch.delenv("DOCKER_HOST")
    path = engine_server._listening.getsockname()  # noqa: SLF001 - the fake's own
    seen, _info = access.probe(Engine(path, timeout=0.2))
    assert (seen.says, seen.cure[:16]) == ("the Docker Engine does not answer: timed out", "restart Docker: ")


@pytest.mark.parametrize(
    ("options", "mapped"),
    [
        (["name=apparmor", "name=userns"], True),
        (["name=seccomp,profile=builtin", "name=cgroupns", "name=rootless"], False),
        ([], False),
        (None, False),
    ],
)
def test_an_engine_that_maps_users_is_told(options: list[str] | None, mapped: bool) -> None:
    found = access.mapped_users({"SecurityOptions": options})
    assert [probe.good for probe in found] == ([False] if mapped else [])
    assert all("take userns-remap out" in probe.cure for probe in found)
