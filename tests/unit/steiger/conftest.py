"""What the tests of the `lab` command share: a home of their own, a small lab, and fakes."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import settings
from tests.unit.steiger import fakes

from steiger import i18n
from steiger.catalogue import Lab, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A busy machine is no fault, and a run leaves nothing behind.
settings.register_profile("steiger", database=None, deadline=None, derandomize=True)
settings.load_profile("steiger")

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "src" / "steiger" / "template"
SPEAKING = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty home, English, with settings and labs of its own; no test sees the real ones."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in (*SPEAKING, "XDG_STATE_HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "PYTHONUNBUFFERED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USER", "noor")
    monkeypatch.setenv("STEIGER_ETC", str(tmp_path / "etc"))
    monkeypatch.setenv("STEIGER_WAITING", str(tmp_path / "waiting"))
    monkeypatch.setenv("STEIGER_LABS", str(tmp_path / "labs"))
    monkeypatch.chdir(folder)
    (tmp_path / "labs").mkdir()
    i18n.use("en")
    yield folder
    i18n.use("en")


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


@pytest.fixture
def lab_folder(tmp_path: Path) -> Path:
    """Return the folder of a good small lab, `pier`: a copy of the template."""
    return make_lab(tmp_path / "labs", "pier")


@pytest.fixture
def lab(lab_folder: Path) -> Lab:
    """Return the small lab, `pier`."""
    return load(lab_folder)


@pytest.fixture
def change(lab_folder: Path) -> Callable[[Callable[[dict[str, Any]], object]], Path]:
    """Return a function that changes the data of `pier`'s lab.yml and returns the lab's folder."""

    def apply(mutate: Callable[[dict[str, Any]], object]) -> Path:
        path = lab_folder / "lab.yml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        mutate(data)
        path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return lab_folder

    return apply


@pytest.fixture
def engine_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[fakes.Server]:
    """Return a fake Docker Engine on a unix socket; DOCKER_HOST names it."""
    path = tmp_path / "docker.sock"
    server = fakes.unix_server(path)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    yield server
    server.stop()


@pytest.fixture
def web() -> Iterator[fakes.Server]:
    """Return a fake HTTP server on 127.0.0.1."""
    server = fakes.tcp_server()
    yield server
    server.stop()


def make_lab(labs: Path, lab_id: str) -> Path:
    """Make a good small lab from the template and return its folder."""
    folder = labs / lab_id
    shutil.copytree(TEMPLATE, folder)
    path = folder / "lab.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("TEMPLATE-ID", lab_id), encoding="utf-8")
    return folder
