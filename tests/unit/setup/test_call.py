"""Tests of ./setup: what it makes of its call, before it needs a machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from steiger import surroundings

ROOT = Path(__file__).parents[3]


def call(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ./setup with nothing but PATH and these variables."""
    setting = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run([ROOT / "setup", *args], capture_output=True, text=True, check=False, env=setting, timeout=30)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("--chek", "--check"),
        ("--verbos", "--verbose"),
        ("--halp", "--help"),
        ("--remvoe", "--remove"),
        ("--language", "--lang"),
    ],
)
def test_a_misspelt_option_is_told_what_was_meant(wrong: str, near: str) -> None:
    done = call(wrong)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"Unknown option {wrong}. Did you mean {near}?\n"


@pytest.mark.parametrize("wrong", ["--force", "-x", "check", ""])
def test_an_option_unlike_any_other_is_told_where_to_look(wrong: str) -> None:
    done = call(wrong)
    assert done.returncode == 2
    assert done.stderr == f"Unknown option {wrong}. ./setup --help names them all.\n"


@pytest.mark.parametrize("args", [["--lang", "de"], ["--lang=de"]])
def test_a_language_that_is_not_spoken_is_refused(args: list[str]) -> None:
    done = call(*args)
    assert done.returncode == 2
    assert done.stderr == '--lang knows nl and en, not "de".\n'


def test_a_language_that_is_left_out_is_refused() -> None:
    assert call("--lang").returncode == 2


@pytest.mark.parametrize(
    ("environment", "begins"),
    [
        ({}, "Makes this machine"),
        ({"LANG": "nl_NL.UTF-8"}, "Maakt van deze machine"),
        ({"LANG": "nl_NL.UTF-8", "LC_ALL": "C.UTF-8"}, "Makes this machine"),
        ({"LANGUAGE": "nl", "LANG": "en_GB.UTF-8"}, "Maakt van deze machine"),
    ],
)
def test_the_language_is_that_of_the_system(environment: dict[str, str], begins: str) -> None:
    done = call("--help", **environment)
    assert done.returncode == 0
    assert done.stdout.startswith(begins)


def test_lang_goes_before_the_system() -> None:
    assert call("--help", "--lang", "nl", LANG="en_GB.UTF-8").stdout.startswith("Maakt")


def test_the_list_of_packages_can_be_read_without_a_parser() -> None:
    """The same sed that ./setup uses, so that the list stays in a form that it can read."""
    script = "sed -n '/^base_packages:/,/^[^ ]/s/^ *- *//p' roles/base/defaults/main.yml"
    names = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {"ca-certificates", "python3", "python3-apt", "python3-pip-whl"} <= set(names)
    assert f"sed -n '{script.split(chr(39))[1]}'" in (ROOT / "setup").read_text(encoding="utf-8")


def part(name: str, script: str, **environment: str) -> str:
    """Return what bash prints that has a function of ./setup, of whichever of its files."""
    return printed(f'eval "$(sed -n "/^{name}/,/^}}/p" setup tools/*.sh)"; set -euo pipefail; {script}', **environment)


def printed(lines: str, **environment: str) -> str:
    """Return what bash prints that is given these lines."""
    setting = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(
        ["bash", "-c", lines], capture_output=True, text=True, check=True, env=setting, cwd=ROOT, timeout=30
    ).stdout


def test_the_callers_shell_steers_nothing() -> None:
    meant = {"LANG": "nl_NL.UTF-8", "https_proxy": "http://x", "PIP_INDEX_URL": "http://y", "STEIGER_APT_WAIT": "2"}
    steering = dict.fromkeys(
        [
            "ANSIBLE_STRATEGY",
            "ANSIBLE_CONFIG",
            "ANSIBLE_VAULT_PASSWORD_FILE",
            "ANSIBLE_STDOUT_CALLBACK",
            "PYTHONPATH",
            "PYTHONHOME",
            "PYTHONSTARTUP",
            "CDPATH",
            "ENV",
            "TMPDIR",
            "DOCKER_HOST",
            "DOCKER_CONTEXT",
            "APT_CONFIG",
            "TAR_OPTIONS",
            "GREP_COLORS",
        ],
        "/nosuch",
    )
    left = set(printed("set -euo pipefail; needed='' . tools/surroundings.sh; compgen -e", **meant, **steering).split())
    assert set(meant) <= left
    assert not set(steering) & left


def test_what_lab_takes_out_is_taken_out_here_too() -> None:
    dropped = (*surroundings._DROPPED, *surroundings._DROPPED_NAMES)  # noqa: SLF001 - the list itself is compared
    names = {f"{name}X" if name.endswith("_") else name for name in dropped}
    left = set(printed("needed='' . tools/surroundings.sh; compgen -e", **dict.fromkeys(names, "/nosuch")).split())
    assert names & left == set()


def test_what_opens_the_vault_of_a_class_stays_for_the_classroom() -> None:
    text = (ROOT / "classroom").read_text(encoding="utf-8")
    lines = text[text.index("needed=") : text.index("tools/packages")]
    given = {"ANSIBLE_VAULT_PASSWORD_FILE": "/x", "ANSIBLE_CONFIG": "/nosuch"}
    left = printed(f"{lines} compgen -e", **given).split()
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in left
    assert "ANSIBLE_CONFIG" not in left


@pytest.mark.parametrize("script", ["setup", "test", "classroom"])
def test_every_script_that_a_person_calls_has_the_same_list(script: str) -> None:
    text = (ROOT / script).read_text(encoding="utf-8")
    assert len(re.findall(r"^needed=\S* \. \S*tools/surroundings\.sh\"?$", text, re.MULTILINE)) == 1
    assert "compgen -e" not in text
    assert "!PYTHON@" not in text


def test_a_cdpath_does_not_lead_it_astray() -> None:
    done = subprocess.run(
        [f"{ROOT.name}/setup", "--help"],
        cwd=ROOT.parent,
        env={"PATH": "/usr/bin:/bin", "CDPATH": str(ROOT.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["anna", "anna.de-Vries", "Anna", "DOM\\anna", "anna@school.example", "an na"])
def test_whoever_has_an_account_gets_the_right(name: str) -> None:
    assert part("caller() ", "id() { :; }; caller", SUDO_USER=name) == name


@pytest.mark.parametrize("name", ["", "root", "{{ 7 * 7 }}", "a:b", "a,b", 'a"b', "a\nb"])
def test_who_cannot_be_told_to_ansible_gets_none(name: str) -> None:
    assert part("caller() ", "id() { :; }; caller", SUDO_USER=name) == ""


def test_a_name_without_an_account_gets_none() -> None:
    assert part("caller() ", "caller", SUDO_USER="nobody-of-this-name") == ""


def test_a_right_is_there_when_it_was_looked_up() -> None:
    assert part("with_rights() ", "id() { echo anna docker; }; with_rights 'DOM\\anna'") == "DOM\\anna"
    assert part("with_rights() ", "id() { echo anna dockers; }; with_rights anna") == ""
    assert part("with_rights() ", "with_rights nobody-of-this-name") == ""


def test_the_work_folder_is_one_that_programs_run_from(tmp_path: Path) -> None:
    script = f"places=({tmp_path}/nosuch {tmp_path}); sweep() {{ :; }}; make_work; [[ -x $work/try ]]; echo $work"
    made = part("make_work() ", script, check="", remove="").strip()
    assert Path(made).parent == tmp_path
    assert Path(made).stat().st_mode & 0o777 == 0o700


def test_where_nothing_may_run_the_places_are_named() -> None:
    script = "places=(/proc); sweep() { :; }; die() { printf '%s' \"$1\"; exit; }; make_work"
    assert part("make_work() ", script, check="1", remove="").startswith("There is no place to work in: one of /opt")


def test_what_killed_runs_left_goes_and_what_is_at_work_stays(tmp_path: Path) -> None:
    for number in (1, 999999999):
        (tmp_path / f".steiger-setup.{number}").mkdir()
    part("sweep() ", f"places=({tmp_path} /nosuch); sweep")
    assert [path.name for path in tmp_path.iterdir()] == [".steiger-setup.1"]


@pytest.mark.parametrize(("check", "copies"), [("1", ""), ("", "--")])
def test_a_check_that_fails_leaves_no_log(tmp_path: Path, check: str, copies: str) -> None:
    script = "tell() { :; }; log=/dev/null; cp() { printf '%s' \"$1\"; }; say_log"
    assert part("say_log() ", script, check=check, remove="1", work=str(tmp_path)).strip() == copies


def programs(folder: Path, **lines: str) -> dict[str, str]:
    """Return the environment in which bash finds these programs first, by name with _ for -."""
    for name, line in lines.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/bash\n{line}\n", encoding="utf-8")
        path.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "work": str(folder)}


REFUSED = """\
(Reading database ... 114659 files and directories currently installed.)
Would remove or purge less (590) ...
dpkg: dependency problems prevent removal of python3:
 tool depends on python3 (>= 3).
 tool depends on python3 (<< 4).
 other:i386 pre-depends on python3.

dpkg: error processing package python3 (--purge):
 dependency problems - not removing
dpkg: dependency problems prevent removal of libpython3:amd64:
 python3 depends on libpython3; however:
  Package python3 is to be removed.

dpkg: error processing package libpython3:amd64 (--purge):
 dependency problems - not removing
dpkg: error processing package broken (--purge):
 package is in a very bad inconsistent state
Errors were encountered while processing:
 python3
"""


def test_what_somebody_needs_since_is_not_purged_at_the_last(tmp_path: Path) -> None:
    (tmp_path / "says").write_text(REFUSED, encoding="utf-8")
    setting = programs(tmp_path, dpkg=f"cat {tmp_path}/says; exit 1")
    script = (
        'tell() { printf "$1\\n" "${@:3}"; }; left=(python3:amd64 less:amd64 libpython3:amd64 broken:amd64); '
        "spare; echo ${left[*]}"
    )
    assert part("spare() ", script, **setting) == "less:amd64 broken:amd64\n"
    assert (tmp_path / "notes/spared").read_text(encoding="utf-8").splitlines() == [
        "python3 stays, for tool, other:i386 needs it.",
        "libpython3:amd64 stays, for python3 needs it.",
    ]


def test_a_package_for_all_architectures_is_known_by_the_name_in_the_record(tmp_path: Path) -> None:
    known = "case ${@: -1} in media-types:all|less:amd64) echo installed ;; old:amd64) echo not-installed ;; *) exit 1 ;; esac"
    script = "known_to_dpkg media-types:amd64 less:amd64 old:amd64 gone:amd64"
    assert part("known_to_dpkg() ", script, **programs(tmp_path, dpkg_query=known)) == "media-types:all\nless:amd64\n"
