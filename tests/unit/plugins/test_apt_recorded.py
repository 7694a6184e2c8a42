"""Tests of the module apt_recorded: what it reads from apt, and what it asks apt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.apt_history import recorded
from ansible.module_utils.testing import patch_module_args

import apt_recorded
from apt_recorded import automatic, cause, dependents, removed, states

if TYPE_CHECKING:
    from collections.abc import Callable

HISTORY = """
Start-Date: 2026-11-21  19:54:51
Commandline: apt-get install curl less
Requested-By: student (1000)
Install: libcurl4t64:amd64 (8.14.1-2+deb13u7, automatic), less:amd64 (668-1), curl:amd64 (8.14.1-2+deb13u7)
Upgrade: libc6:amd64 (2.41-1, 2.41-2)
End-Date: 2026-11-21  19:54:53

Start-Date: 2026-11-21  19:56:00
Install: docker.io:amd64 (26.1.5), python3:amd64 (3.13.5-1)
"""


def test_a_history_names_what_was_installed_also_when_it_was_cut_short() -> None:
    assert recorded(HISTORY) == {f"{name}:amd64" for name in ("libcurl4t64", "less", "curl", "docker.io", "python3")}


@pytest.mark.parametrize("word", ["Remove", "Purge"])
def test_what_was_removed_later_is_not_ours_any_more(word: str) -> None:
    assert "less:amd64" not in recorded(f"{HISTORY}\n{word}: less:amd64 (668-1), other:i386 (1)\n")


def test_an_upgrade_is_no_installation() -> None:
    assert "libc6:amd64" not in recorded(HISTORY)


def test_a_simulation_names_what_goes() -> None:
    simulation = "Inst new (1)\nRemv less [668-1]\nPurg curl [8.14]\nPurg libc6:i386 [2.41]\nConf new (1)\n"
    assert removed(simulation, "amd64") == {"less:amd64", "curl:amd64", "libc6:i386"}


def test_states_are_read_as_they_are_written() -> None:
    packages = {"less:amd64", "libc6:i386"}
    assert automatic(states(packages)) == packages


def test_a_package_that_was_asked_for_is_not_automatic() -> None:
    assert automatic("Package: less\nArchitecture: amd64\nAuto-Installed: 0\n") == set()


class Apt:
    """A machine's apt: which of the packages it would remove, and what it was told to purge or mark."""

    def __init__(
        self,
        autoremove: set[str],
        others: set[str] | None = None,
        manual: str = "",
        states: dict[str, str] | None = None,
    ) -> None:
        self.autoremove = autoremove
        self.states = states or dict.fromkeys([*autoremove, "docker.io:amd64", "python3:amd64"], "installed")
        self.needs = ""
        self.fails = ""
        self.others = others or set()
        self.manual = manual
        self.done: list[list[str]] = []

    def run_command(self, args: list[str], **_options: Any) -> tuple[int, str, str]:
        """Answer as dpkg, apt-mark and apt-get would."""
        if args[0] == "dpkg":
            return 0, "amd64\n", ""
        if args[0] == "dpkg-query":
            known = "".join(f"{name} {state}\n" for name, state in self.states.items())
            return 0, self.needs if "Depends" in args[-1] else known, ""
        if args[:2] == ["apt-mark", "showmanual"]:
            return 0, self.manual, ""
        if "--simulate" not in args:
            self.done.append([word for word in args if word in {"purge", "auto"} or (":" in word and "::" not in word)])
            return (
                (100, self.fails, "E: Sub-process /usr/bin/dpkg returned an error code (1)")
                if self.fails
                else (0, "", "")
            )
        if "autoremove" in args:
            file = next(word for word in args if "extended_states=" in word).partition("=")[2]
            names = automatic(Path(file).read_text(encoding="utf-8")) & self.autoremove
        else:
            names = set(args[args.index("purge") + 1 :]) | self.others
        return 0, "".join(f"Purg {name} [1]\n" for name in names), ""


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """Return a function that runs the module on a machine with that apt, and returns its result."""
    (tmp_path / "history.log").write_text(HISTORY, encoding="utf-8")

    def module(apt: Apt, check: bool = False, **options: Any) -> dict[str, Any]:
        paths = {"history": str(tmp_path / "history.log"), "states": str(tmp_path / "extended_states")}
        monkeypatch.setattr(basic.AnsibleModule, "run_command", staticmethod(apt.run_command))
        with patch_module_args({**paths, **options, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            apt_recorded.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return module


def test_what_is_recorded_and_not_needed_is_purged(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt({"less:amd64", "curl:amd64", "libcurl4t64:amd64"})
    result = run(apt)
    assert result["changed"]
    assert apt.done == [["purge", "curl:amd64", "less:amd64", "libcurl4t64:amd64"]]


def test_check_mode_purges_nothing(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt({"less:amd64"})
    assert run(apt, check=True)["packages"] == ["less:amd64"]
    assert apt.done == []


def test_a_look_names_what_goes_and_tries_nothing(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt({"less:amd64"}, others={"mine:amd64"})
    result = run(apt, state="looked")
    assert "less:amd64" in result["gone"]
    assert not result["changed"]
    assert apt.done == []


def test_nothing_is_purged_when_others_would_go_along(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt({"less:amd64"}, others={"mine:amd64"})
    result = run(apt)
    assert result["failed"]
    assert "mine:amd64" in result["msg"]
    assert apt.done == []


def test_python_is_left_for_the_end(run: Callable[..., dict[str, Any]]) -> None:
    result = run(Apt({"less:amd64", "python3:amd64"}))
    assert result["packages"] == ["less:amd64"]
    assert result["rest"] == ["python3:amd64"]


def test_what_is_kept_stays(run: Callable[..., dict[str, Any]]) -> None:
    assert run(Apt({"docker.io:amd64", "less:amd64"}), keep=["docker.io"])["packages"] == ["less:amd64"]


def test_a_mark_of_before_is_set_again(run: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "extended_states").write_text(states({"procps:amd64", "tzdata:amd64"}), encoding="utf-8")
    apt = Apt(set(), manual="procps\nsudo\n")
    assert run(apt)["changed"]
    assert apt.done == [["auto", "procps:amd64"]]


def test_without_a_record_nothing_is_done(run: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "history.log").unlink()
    apt = Apt({"less:amd64"})
    assert not run(apt)["changed"]
    assert apt.done == []


def test_settings_that_a_purge_cut_off_left_are_purged_again(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt(
        set(), states={"docker.io:amd64": "config-files", "less:amd64": "not-installed", "mine:amd64": "config-files"}
    )
    result = run(apt)
    assert apt.done == [["purge", "docker.io:amd64"]]
    assert set(result["gone"]) >= {"docker.io:amd64", "less:amd64"}
    assert result["stays"] == []


def test_settings_of_what_is_kept_stay(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt(set(), states={"docker.io:amd64": "config-files"})
    result = run(apt, keep=["docker.io"])
    assert apt.done == []
    assert result["stays"] == ["docker.io:amd64"]
    assert "docker.io:amd64" not in result["gone"]


def test_what_others_need_stays_and_they_are_named(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt({"less:amd64"})
    apt.needs = "mytool\tlibc6 (>= 2.36), docker.io | docker-ce\npython3\tlibcurl4t64\ndocker.io\tcurl\n"
    result = run(apt)
    assert result["stays"] == ["docker.io:amd64", "python3:amd64"]
    assert result["needed"] == {"docker.io": ["mytool"]}
    assert "docker.io:amd64" not in result["gone"]


def test_a_dependency_is_read_by_its_name_alone() -> None:
    listing = "mytool\tlibc6 (>= 2.36), docker.io (>= 20) | podman, curlew\nother:any\tcurl:any\n"
    names = {"docker.io", "curl", "podman", "libc"}
    assert dependents(listing, names) == {"docker.io": ["mytool"], "podman": ["mytool"], "curl": ["other:any"]}


REFUSED = """Removing docker-registry (2.8.2+ds1-1) ...
No process in pidfile '/var/run/docker-registry.pid' found running; none killed.
dpkg: error processing package docker-registry (--remove):
 installed docker-registry package pre-removal script subprocess returned error exit status 1
dpkg: too many errors, stopping
"""


def test_a_purge_that_fails_names_the_package_and_what_its_script_said(run: Callable[..., dict[str, Any]]) -> None:
    apt = Apt({"less:amd64"})
    apt.fails = REFUSED
    result = run(apt)
    assert result["failed"]
    assert result["msg"].startswith(
        "The package docker-registry cannot be purged: installed docker-registry package pre-rem"
    )
    assert "none killed" in result["msg"]
    assert "\n" not in result["msg"]


def test_without_a_package_at_fault_it_is_apt_that_is_quoted() -> None:
    assert cause("Reading package lists...\n", "W: old\nE: Could not get lock\n") == "E: Could not get lock"
    assert cause("", "") == "apt-get does not say why"
