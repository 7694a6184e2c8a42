"""The probes together: their order, and what waits when an earlier one failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import FakeEngine, Server, http_answer

from steiger import registry, trial
from steiger.cli import main
from steiger.doctor import diagnosis, host, mirror
from steiger.errors import EngineError
from steiger.trial import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from steiger.catalogue import Lab

UNTRIED = "Nothing was found to be wrong with this machine, but not all could be tried. B: seen."
NAMES = [
    "Machine",
    "Disk",
    "Clock",
    "Kernel",
    "Forwarding",
    "Kernel stores",
    "Docker Engine",
    "Command docker",
    "docker compose",
    "docker buildx",
    "Registry mirror",
    "Published port",
    "Network of containers",
]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask no network, and try no containers."""
    monkeypatch.setattr(host, "_mirrors", list)
    monkeypatch.setattr(trial, "tried", lambda _engine: [Probe(name, True, "tried") for name in trial.names()])


def test_a_good_machine(lab: Lab, web: Server, program: Callable[[str, str], None]) -> None:
    program("docker", 'test "$1" = info && echo one || echo "$1 v2"')
    web.answers["GET /v2/"] = web.answers["HEAD /v2/library/busybox/manifests/latest"] = http_answer()
    engine = FakeEngine(mirror_is=f"127.0.0.1:{web.port}")
    engine.info = lambda: {**FakeEngine.info(engine), "ID": "one"}  # type: ignore[method-assign]
    engine.socket_path = "/run/docker.sock"
    probes = diagnosis.diagnose(engine, [lab])
    assert [probe.name for probe in probes] == NAMES
    found = {probe.name: probe for probe in probes}
    assert [probe for probe in probes if not probe.good and probe.name not in ("Disk", "Forwarding")] == []
    assert found["docker compose"].says == "compose v2"
    assert found["Registry mirror"].says.endswith("has all 1 images of the labs")
    assert found["Kernel"].says.endswith("limits that work: memory")


def test_what_waits_for_an_engine_says_so(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, program: Callable[[str, str], None]
) -> None:
    program("docker", "exit 1")
    monkeypatch.setenv("DOCKER_HOST", "unix:///none")
    engine = FakeEngine()
    engine.socket_path = "/none"

    def down() -> dict[str, object]:
        raise EngineError("down")

    monkeypatch.setattr(engine, "info", down)
    probes = {probe.name: probe for probe in diagnosis.diagnose(engine, [lab])}
    assert probes["Docker Engine"].good is False
    for name in ("Command docker", "Registry mirror", "Published port", "Network of containers"):
        assert (probes[name].good, probes[name].says) == (None, "waits for: Docker Engine")


@pytest.mark.parametrize(
    ("good", "status", "end"),
    [(True, 0, "This machine is fit for the labs."), (False, 2, "Something is wrong"), (None, 2, UNTRIED)],
)
def test_what_is_said_and_the_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], good: bool | None, status: int, end: str
) -> None:
    probes = [Probe("A", True, "fine"), Probe("B", good, "seen", "" if good else "do this")]
    monkeypatch.setattr(diagnosis, "diagnose", lambda _engine, _labs: probes)
    assert main(["doctor"]) == status
    lines = capsys.readouterr().out.splitlines()
    mark = {True: "✔", False: "✘", None: "–"}[good]
    assert lines[:-1] == [" ✔ A: fine", f" {mark} B: seen", *([] if good else ["   → do this"])]
    assert lines[-1].startswith(end)
    assert main(["doctor", "--json"]) == status
    assert json.loads(capsys.readouterr().out)[1] == {
        "name": "B",
        "good": good,
        "says": "seen",
        "cure": "" if good else "do this",
    }


@pytest.mark.parametrize(
    ("answers", "says"),
    [(True, "lacks busybox"), (False, "does not answer, though a program listens there")],
)
def test_a_mirror_that_lacks_something(
    lab: Lab, web: Server, monkeypatch: pytest.MonkeyPatch, answers: bool, says: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    if answers:
        web.answers["GET /v2/"] = http_answer({})
    seen = mirror.probe(FakeEngine(mirror_is=f"127.0.0.1:{web.port}"), [lab])
    assert (seen.good, seen.says) == (False, f"127.0.0.1:{web.port} {says}")
    assert seen.cure.endswith("run ./setup again")


def test_a_mirror_that_does_not_run(lab: Lab) -> None:
    seen = mirror.probe(FakeEngine(), [lab])
    assert (seen.good, seen.says) == (False, "the registry does not run: nothing listens on 127.0.0.1:1")
    assert "docker-registry" in seen.cure


def test_a_mirror_before_ours_that_lets_wait_is_named(lab: Lab, web: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    web.answers["GET /v2/"] = web.answers["HEAD /v2/library/busybox/manifests/latest"] = http_answer()
    engine = FakeEngine(mirror_is=f"127.0.0.1:{web.port}")
    both = {"Mirrors": ["https://mirror.example/", f"http://127.0.0.1:{web.port}/"]}
    engine.info = lambda: {"RegistryConfig": both}  # type: ignore[method-assign]
    monkeypatch.setattr(registry, "is_deaf", lambda url: url == "https://mirror.example/")
    probe = mirror.probe(engine, [lab])
    assert not probe.good
    assert "first asks https://mirror.example/, which does not answer" in probe.says
    monkeypatch.setattr(registry, "is_deaf", lambda _url: False)
    assert mirror.probe(engine, [lab]).good
