"""What ./setup could not bring: who waits for it, in one true line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.steiger.conftest import make_lab
from tests.unit.steiger.fakes import FakeEngine, Server, http_answer

from steiger import cli, i18n, machine, waiting
from steiger.catalogue import Lab, load
from steiger.doctor import mirror
from steiger.errors import SteigerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNREAD = {"image": "library/mariadb:latest", "kind": "recipe", "says": "line 2: FLY", "upstream": "", "old": False}
UNBUILT = {
    "image": "library/debian:latest",
    "kind": "build",
    "says": "E: no",
    "upstream": "https://up.example",
    "old": False,
}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that writes down what did not come."""
    folder = tmp_path / "waiting"
    folder.mkdir()
    monkeypatch.setenv("STEIGER_WAITING", str(folder))

    def put(images: Any = None, packages: Any = None) -> None:
        for name, data in (("images", images), ("packages", packages)):
            if data is not None:
                text = data if isinstance(data, str) else json.dumps(data)
                (folder / f"{name}.json").write_text(text, encoding="utf-8")

    return put


@pytest.fixture
def labs(tmp_path: Path) -> list[Lab]:
    """Return four labs: of mariadb and nginx, of mariadb, of a package, of nothing special."""
    made = []
    for name, images, packages in (
        ("rescue", ("mariadb", "nginx"), ()),
        ("compose", ("mariadb",), ()),
        ("vm", (), ("qemu",)),
        ("pier", ("busybox",), ()),
    ):
        lab = load(make_lab(tmp_path / "labs", name))
        made.append(replace(lab, needs=replace(lab.needs, images=images, packages=packages, tools=())))
    return made


def test_nothing_is_said_where_all_came(labs: list[Lab], write: Callable[..., None]) -> None:
    assert waiting.summary(labs, waiting.read()) == []
    write("no JSON", [])
    assert waiting.read() == []


def test_one_line_names_the_labs_the_part_and_the_cause(labs: list[Lab], write: Callable[..., None]) -> None:
    write({"library/mariadb:latest": UNREAD})
    assert waiting.summary(labs, waiting.read()) == [
        (
            "2 of 4 labs are ready; rescue and compose wait for the image mariadb: its recipe cannot be read (line 2: FLY)."
            " Run ./setup again."
        )
    ]
    i18n.use("nl")
    assert waiting.summary(labs, waiting.read()) == [
        (
            "2 van de 4 labs zijn klaar voor gebruik; rescue en compose wachten op de image mariadb: het recept is niet te"
            " lezen (line 2: FLY). Draai ./setup opnieuw."
        )
    ]


def test_the_image_below_is_the_one_that_is_named(labs: list[Lab], write: Callable[..., None]) -> None:
    write({"library/mariadb:latest": UNBUILT, "library/nginx:latest": UNBUILT}, {"qemu": "Unable to locate"})
    assert waiting.summary(labs, waiting.read()) == [
        (
            "1 of 4 labs are ready; rescue and compose wait for the image debian: it does not come from elsewhere"
            " (https://up.example does not answer), and it cannot be built (E: no); vm waits for the package qemu: Unable to locate. Run ./setup again."
        )
    ]


def test_an_older_image_holds_no_lab_up(labs: list[Lab], write: Callable[..., None]) -> None:
    write({"library/mariadb:latest": {**UNREAD, "kind": "build", "old": True}})
    assert [waiting.of(lab, waiting.read()) for lab in labs] == [[]] * 4
    assert waiting.summary(labs, waiting.read()) == [
        "The image mariadb is still the one of before: it cannot be built (line 2: FLY). Run ./setup again."
    ]


def test_what_was_written_down_cannot_draw_on_a_terminal(labs: list[Lab], write: Callable[..., None]) -> None:
    write({"library/mariadb:latest": {**UNREAD, "says": "\x1b[31mred\n" + "x" * 999}})
    line = waiting.summary(labs, waiting.read())[0]
    assert "\x1b" not in line
    assert "\n" not in line
    assert len(line) < 500


@pytest.fixture
def mirrored(web: Server, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Return an engine whose mirror is `web`, which has nginx."""
    engine = FakeEngine()
    web.answers["GET /v2/"] = http_answer({})
    web.answers["HEAD /v2/library/nginx/manifests/latest"] = http_answer()
    info = {**engine.info(), "RegistryConfig": {"Mirrors": [f"http://127.0.0.1:{web.port}/"]}}
    monkeypatch.setattr(engine, "info", lambda: info)
    return engine


def test_a_lab_whose_image_is_nowhere_is_refused(
    labs: list[Lab], write: Callable[..., None], mirrored: FakeEngine
) -> None:
    with pytest.raises(SteigerError) as unknown:
        machine.require(labs[0], mirrored)
    assert str(unknown.value) == "rescue needs the image mariadb, which is not on this machine; run ./setup again"
    write({"library/mariadb:latest": UNREAD})
    with pytest.raises(SteigerError) as told:
        machine.require(labs[0], mirrored)
    assert str(told.value) == (
        "rescue waits for the image mariadb: its recipe cannot be read (line 2: FLY); run ./setup again"
    )


def test_what_is_there_now_counts_and_not_what_was_written_down(
    labs: list[Lab], write: Callable[..., None], mirrored: FakeEngine, web: Server
) -> None:
    write({"library/mariadb:latest": UNREAD})
    mirrored.add("image", "mariadb:latest")
    machine.require(labs[0], mirrored)
    mirrored.pictures.clear()
    web.answers["HEAD /v2/library/mariadb/manifests/latest"] = http_answer()
    machine.require(labs[0], mirrored)


@pytest.mark.parametrize("mirrors", [[], ["http://127.0.0.1:1/"], ["https://mirror.example/"]])
def test_where_no_mirror_can_be_asked_the_engine_finds_out(
    labs: list[Lab], write: Callable[..., None], monkeypatch: pytest.MonkeyPatch, mirrors: list[str]
) -> None:
    write({"library/mariadb:latest": UNREAD})
    engine = FakeEngine()
    monkeypatch.setattr(engine, "info", lambda: {"RegistryConfig": {"Mirrors": mirrors}})
    machine.require(labs[0], engine)


def test_a_package_that_is_not_there_holds_its_lab_up(
    labs: list[Lab], write: Callable[..., None], mirrored: FakeEngine
) -> None:
    machine.require(labs[2], mirrored)
    write(packages={"qemu": "Unable to locate package qemu"})
    with pytest.raises(SteigerError) as told:
        machine.require(labs[2], mirrored)
    assert str(told.value) == "vm waits for the package qemu: Unable to locate package qemu; run ./setup again"
    write(packages={"bash": "gone"})
    machine.require(replace(labs[2], needs=replace(labs[2].needs, packages=("bash",))), mirrored)


def test_the_list_says_which_lab_waits(
    lab: Lab, write: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    image = lab.needs.images[0]
    write({f"library/{image}:latest": {**UNREAD, "image": f"library/{image}:latest"}})
    assert cli.main(["list"]) == 0
    assert f"0 of 1 labs are ready; pier waits for the image {image}" in capsys.readouterr().out
    assert cli.main(["list", "--json"]) == 0
    waits = json.loads(capsys.readouterr().out)[0]["waits"]
    assert waits == [{"kind": "image", "name": image, "why": "its recipe cannot be read (line 2: FLY)"}]


def test_the_doctor_says_why_the_mirror_lacks_an_image(lab: Lab, write: Callable[..., None], web: Server) -> None:
    web.answers["GET /v2/"] = http_answer()
    write({"library/busybox:latest": UNBUILT, "library/other:latest": UNREAD})
    engine = FakeEngine(mirror_is=f"127.0.0.1:{web.port}")
    assert mirror.probe(engine, [lab]).says == (
        f"127.0.0.1:{web.port} lacks busybox; debian: it does not come from elsewhere"
        " (https://up.example does not answer), and it cannot be built (E: no)"
    )
