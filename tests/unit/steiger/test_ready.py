"""What ./setup looks at last: the first thing that is wrong is its one line, and its exit status tells which kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import FakeEngine, Server, http_answer

from steiger import ready, trial
from steiger.doctor import access, command
from steiger.errors import EngineError
from steiger.trial import Probe

if TYPE_CHECKING:
    from pathlib import Path

    from steiger.catalogue import Lab

FINE = Probe("Fine", True, "yes")
BROKEN = Probe("Published port", False, "nothing answers on 127.0.0.1", "restart the engine")
UNTRIED = Probe("Names", None, "waits for an image")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> dict[str, list[Probe]]:
    """Return what the probes will find; all is well at first."""
    will: dict[str, list[Probe]] = {"access": [FINE], "command": [FINE], "trial": [FINE], "list": [FINE]}
    monkeypatch.setattr(access, "probe", lambda _engine: (will["access"][0], {"ID": lab.id}))
    monkeypatch.setattr(command, "probe", lambda _engine, _info: will["command"][0])
    monkeypatch.setattr(trial, "tried", lambda _engine: will["trial"])
    monkeypatch.setattr(ready, "mirror", lambda *_: FINE)
    monkeypatch.setattr(ready, "lab_list", lambda: will["list"][0])
    return will


def wait(tmp_path: Path, name: str) -> None:
    """Write down that an image did not come."""
    (tmp_path / "waiting").mkdir()
    told = {"image": name, "kind": "none", "says": "", "upstream": "", "old": False}
    (tmp_path / "waiting/images.json").write_text(json.dumps({name: told}), encoding="utf-8")


def test_where_all_is_well_there_is_nothing_to_say(
    found: dict[str, list[Probe]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ready.main([]) == ready.WORKS == 0
    assert capsys.readouterr().out == ""
    assert found


@pytest.mark.parametrize("what", ["access", "command", "trial", "list"])
def test_the_first_that_does_not_work_is_the_line(
    found: dict[str, list[Probe]], capsys: pytest.CaptureFixture[str], tmp_path: Path, what: str
) -> None:
    wait(tmp_path, "library/busybox:latest")
    found[what] = [BROKEN]
    if what != "list":
        found["list"] = [Probe("lab list", False, "later")]
    assert ready.main([]) == ready.BROKEN
    assert capsys.readouterr().out == "Published port: nothing answers on 127.0.0.1; restart the engine\n"


def test_a_lab_that_waits_is_told_and_is_no_fault_of_the_machine(
    found: dict[str, list[Probe]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert found
    wait(tmp_path, "library/busybox:latest")
    assert ready.main(["--lang", "nl"]) == ready.WAITS
    assert capsys.readouterr().out == (
        "0 van de 1 labs zijn klaar voor gebruik; pier wacht op de image busybox: er is geen recept voor."
        " Draai ./setup opnieuw.\n"
    )


def test_what_could_not_be_tried_is_told(found: dict[str, list[Probe]], capsys: pytest.CaptureFixture[str]) -> None:
    found["trial"] = [UNTRIED, Probe("Port", None, "waits for an image")]
    assert ready.main([]) == ready.WAITS
    assert capsys.readouterr().out == (
        "Nothing was found to be wrong with this machine, but not all could be tried. Names, Port: waits for an image.\n"
    )


def test_a_catalogue_that_cannot_be_read_is_told(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (lab.folder / "lab.yml").write_text("id: [", encoding="utf-8")
    monkeypatch.setattr(ready, "looked", lambda *_: [FINE])
    assert ready.main([]) == ready.BROKEN
    assert "lab.yml" in capsys.readouterr().out


def test_a_machine_may_do_without_a_mirror(lab: Lab) -> None:
    assert ready.mirror(FakeEngine(), {}, [lab]) == Probe("Registry mirror", True, "there is none")


def test_the_mirror_gives_an_image(lab: Lab, web: Server, tmp_path: Path) -> None:
    engine = FakeEngine(mirror_is=f"127.0.0.1:{web.port}")
    info = {"RegistryConfig": {"Mirrors": [f"http://127.0.0.1:{web.port}/"]}}
    assert ready.mirror(engine, info, [lab]).says == f"127.0.0.1:{web.port} does not answer"
    web.answers["GET /v2/"] = http_answer({})
    assert ready.mirror(engine, info, [lab]).says == f"127.0.0.1:{web.port} lacks busybox"
    web.answers["HEAD /v2/library/busybox/manifests/latest"] = http_answer()
    assert ready.mirror(engine, info, [lab]).good
    web.answers.pop("HEAD /v2/library/busybox/manifests/latest")
    wait(tmp_path, "library/busybox:latest")
    assert ready.mirror(engine, info, [lab]).good, "what is waited for is told elsewhere"


@pytest.mark.parametrize(
    ("script", "good", "says"), [("exit 0", True, "–"), ("echo oh no >&2; exit 2", False, "oh no"), ("", False, "lab")]
)
def test_lab_list_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, good: bool, says: str) -> None:
    if script:
        (tmp_path / "lab").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / "lab").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    probe = ready.lab_list()
    assert probe.good is good
    assert says in probe.says


def test_an_engine_that_goes_away_meanwhile_is_told(
    found: dict[str, list[Probe]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def down(_engine: object) -> list[Probe]:
        raise EngineError("the Docker Engine does not run")

    assert found
    monkeypatch.setattr(trial, "tried", down)
    assert ready.main([]) == ready.BROKEN
    assert capsys.readouterr().out == "the Docker Engine does not run\n"
