"""The docker command of the user: which engine it asks, and how to get back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from steiger.doctor import command
from steiger.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = "/run/ours.sock"
DOCKER = """
case "$1" in
--version) echo "Docker version 26.1.5" ;;
info) test -n "{id}" && echo "{id}" || {{ echo "Cannot connect" >&2; exit 1; }} ;;
context) echo "{context}" ;;
esac
"""


def test_the_same_engine(program: Callable[[str, str], None]) -> None:
    program("docker", DOCKER.format(id="one", context="default unix:///x"))
    seen = command.probe(Engine(OURS), {"ID": "one"})
    assert (seen.good, seen.says, seen.cure) == (True, f"asks the same engine as lab: {OURS}", "")


@pytest.mark.parametrize(
    ("variable", "value", "context", "says", "cure"),
    [
        ("DOCKER_HOST", "tcp://a:1", "", "DOCKER_HOST is tcp://a:1", "run: unset DOCKER_HOST;"),
        ("DOCKER_CONTEXT", "far", "far ssh://far", "DOCKER_CONTEXT is far", "run: unset DOCKER_CONTEXT;"),
        (
            "",
            "",
            "rootless unix:///run/u",
            "its context 'rootless' is unix:///run/u",
            "run: docker context use default",
        ),
    ],
)
@pytest.mark.parametrize(
    ("theirs", "ours", "end"),
    [("two", "one", ""), ("", "one", "; no engine answers docker there"), ("two", "", ", where none answers")],
)
def test_another_engine(  # noqa: PLR0913, PLR0917 - two tables
    program: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    context: str,
    says: str,
    cure: str,
    theirs: str,
    ours: str,
    end: str,
) -> None:
    if variable:
        monkeypatch.setenv(variable, value)
    program("docker", DOCKER.format(id=theirs, context=context))
    seen = command.probe(Engine(OURS), {"ID": ours} if ours else {})
    assert (seen.good, seen.says) == (False, f"docker asks another engine: {says}; lab asks unix://{OURS}{end}")
    assert seen.cure.startswith(cure)


def test_without_an_engine_the_command_waits(program: Callable[[str, str], None]) -> None:
    program("docker", DOCKER.format(id="", context="default unix:///x"))
    seen = command.probe(Engine(OURS), {})
    assert (seen.good, seen.says) == (None, "waits for: Docker Engine")


def test_a_variable_that_lab_follows_too_is_no_difference(
    program: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{OURS}")
    program("docker", DOCKER.format(id="", context="default unix:///x"))
    assert command.probe(Engine(), {}).good is None


def test_a_command_of_somebody_elses(program: Callable[[str, str], None]) -> None:
    program("docker", DOCKER.format(id="two", context="default unix:///x"))
    seen = command.probe(Engine(OURS), {"ID": "one"})
    assert seen.says.endswith(f"/docker asks another engine than lab, which asks {OURS}")
    program("docker", "echo broken >&2; exit 1")
    assert command.probe(Engine(OURS), {"ID": "one"}).says == "does not work: broken"


def test_podman_in_the_place_of_docker(program: Callable[[str, str], None]) -> None:
    program("docker", "echo podman version 5.4.2")
    seen = command.probe(Engine(OURS), {"ID": "one"})
    assert seen.good is False
    assert seen.says.endswith("/docker is podman's: what it makes is not in Docker, where lab looks")
    assert seen.cure == "run: sudo apt remove podman-docker; then ./setup again"


def test_no_command_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    seen = command.probe(Engine(OURS), {"ID": "one"})
    assert (seen.good, seen.says, seen.cure) == (False, "there is no command docker", "run ./setup again")


def test_a_command_that_hangs_is_given_up(program: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "SECONDS", 0.2)
    program("docker", 'test "$1" = info && exec sleep 60; exit 1')
    seen = command.probe(Engine(OURS), {"ID": "one"})
    assert (seen.good, seen.says) == (False, "does not work: it does not answer in 0 seconds")


@pytest.mark.parametrize(
    ("script", "there", "good", "says"),
    [
        ("exit 1", False, False, "is not there"),
        ("true", False, False, "is not there"),
        ("echo damaged >&2; exit 1", True, False, "does not work: damaged"),
        ("exec sleep 9", True, False, "does not work: it does not answer in 0 seconds"),
        ("echo $1 v2", True, True, "compose v2"),
    ],
)
def test_a_plugin(
    program: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    there: bool,
    good: bool,
    says: str,
) -> None:
    """One that is slow or damaged is not said to be away."""
    if "sleep" in script:
        monkeypatch.setattr(command, "SECONDS", 0.2)
    monkeypatch.setattr(command, "docker_plugin", lambda _name: there)
    program("docker", script)
    seen = command.plugin("compose")
    assert (seen.name, seen.good, seen.says) == ("docker compose", good, says)
