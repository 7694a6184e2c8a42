"""What programs that we start get of the caller's shell."""

from __future__ import annotations

import pytest

from steiger.surroundings import surroundings


@pytest.mark.parametrize(
    "name",
    [
        "ANSIBLE_STRATEGY",
        "ANSIBLE_CONFIG",
        "PYTHONPATH",
        "PYTHONHOME",
        "BASH_ENV",
        "CDPATH",
        "LD_PRELOAD",
        "DOCKER_CONTEXT",
        "DOCKER_TLS_VERIFY",
    ],
)
def test_what_steers_programs_stays_behind(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/nosuch")
    assert name not in surroundings()


def test_the_rest_comes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEIGER_LABS", "/labs")
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.setenv("DOCKER_CONFIG", "/home/anna/docker")
    assert (surroundings()["STEIGER_LABS"], surroundings()["HOME"]) == ("/labs", "/home/anna")
    assert surroundings()["DOCKER_CONFIG"] == "/home/anna/docker"


@pytest.mark.parametrize(
    ("host", "stays"), [("unix:///run/user/1000/docker.sock", True), ("tcp://192.0.2.1:2375", False)]
)
def test_the_engine_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch, host: str, stays: bool) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert surroundings().get("DOCKER_HOST") == (host if stays else None)
