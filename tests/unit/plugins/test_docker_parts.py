"""The module docker_parts: how the service would start the engine, and whose packages are there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args

import docker_parts

if TYPE_CHECKING:
    from pathlib import Path

INSTALLED = "{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// --containerd=/run/c.sock ; ignore_errors=no ; pid=0 }\n"


@pytest.fixture(autouse=True)
def systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_parts, "has_systemd", lambda: True)


def test_an_installed_service_says_how(tmp_path: Path) -> None:
    assert (
        docker_parts.starter(lambda _: (0, INSTALLED, ""), tmp_path)
        == "/usr/sbin/dockerd -H fd:// --containerd=/run/c.sock"
    )


def test_one_that_is_still_to_be_installed_has_the_packages_command(tmp_path: Path) -> None:
    assert docker_parts.starter(lambda _: (0, "\n", ""), tmp_path) == "dockerd -H fd://"


def test_an_own_drop_in_counts(tmp_path: Path) -> None:
    (tmp_path / "own.conf").write_text("[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --debug\n")
    assert docker_parts.starter(lambda _: (0, "\n", ""), tmp_path) == "/usr/bin/dockerd --debug"


def test_without_systemd_the_file_alone_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_parts, "has_systemd", lambda: False)
    assert docker_parts.starter(lambda _: (0, INSTALLED, ""), tmp_path) == ""


@pytest.mark.parametrize(
    ("state", "is_there"), [("installed", True), ("half-configured", True), ("config-files", False), ("", False)]
)
def test_podmans_docker_is_not_dockers_while_it_is_installed(state: str, is_there: bool) -> None:
    said = docker_parts.taken(
        lambda command: (0, state, "") if command[-1] == "podman-docker" and state else (1, "", "")
    )
    assert ("apt-get remove podman-docker" in said) is is_there


@pytest.mark.parametrize(("state", "missing"), [("installed", "docker-compose-plugin"), ("config-files", "compose")])
def test_dockers_own_packages_count_while_they_are_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str, missing: str
) -> None:
    states = {"docker-ce": state}
    monkeypatch.setattr(
        basic.AnsibleModule,
        "run_command",
        lambda _self, command, **_: (0, states[command[-1]], "") if command[-1] in states else (1, "", ""),
    )
    monkeypatch.setattr(docker_parts, "find_parts", lambda: {"cli"})
    monkeypatch.setattr(docker_parts, "FILE", "/nosuch")
    options = {"packages": {"compose": "compose"}, "packages_of_docker": {"compose": "docker-compose-plugin"}}
    with patch_module_args(options), pytest.raises(SystemExit):
        docker_parts.main()
    assert json.loads(capsys.readouterr().out)["missing"] == [missing]
