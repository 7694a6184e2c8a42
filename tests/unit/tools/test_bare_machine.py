"""Tests of the comparison of a machine before set-up, after it, after the tests and after the removal."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from tools import bare_machine
from tools.bare_machine import misfits, orphans

if TYPE_CHECKING:
    from pathlib import Path


def states(
    before: str, after: str, tested: str, removed: str, name: str = "/etc/x"
) -> dict[str, dict[str, dict[str, str]]]:
    told = {"before": before, "after": after, "tested": tested, "removed": removed}
    return {when: {"files": {name: how} if how else {}} for when, how in told.items()}


@pytest.mark.parametrize(
    ("four", "good"),
    [
        (("", "", "", ""), True),
        (("", "made", "made", ""), True),
        (("", "made", "made", "made"), False),
        (("mine", "changed", "changed", "mine"), True),
        (("mine", "changed", "changed", ""), False),
        (("mine", "mine", "mine", ""), False),
        (("", "", "of the tests", "of the tests"), True),
        (("", "", "of the tests", ""), False),
        # Both wanted it: it may stay for the tests, or go.
        (("", "ours", "ours and theirs", "ours and theirs"), True),
        (("", "ours", "ours and theirs", ""), True),
        (("", "ours", "ours and theirs", "ours"), False),
    ],
)
def test_what_set_up_made_goes_and_what_the_tests_made_stays(four: tuple[str, str, str, str], good: bool) -> None:
    assert (misfits(states(*four)) == []) is good


def test_a_log_that_others_write_to_all_the_while_is_theirs() -> None:
    empty, short, long, longer = (f"-rw-r--r-- 0:0 {size} {size}" for size in (0, 150, 15043, 15090))
    assert misfits(states(empty, short, long, longer)) == []
    # Grown once, by set-up; grown and then short; grown and then another's; not there at first.
    assert misfits(states(empty, long, long, long)) != []
    assert misfits(states(empty, short, long, short)) != []
    assert misfits(states(empty, short, long, longer.replace("0:0", "1:0"))) != []
    assert misfits(states("", short, long, longer)) != []


def test_what_labs_push_into_the_mirror_goes_with_it() -> None:
    pushed = "/var/lib/docker-registry/docker"
    four = states("", "made", "made", "", name="/var/lib/docker-registry")
    four["tested"]["files"][pushed] = "pushed"
    assert misfits(four) == []
    four["tested"]["files"]["/var/lib/docker-registry-of-mine/x"] = "theirs"
    assert misfits(four) == ["files: /var/lib/docker-registry-of-mine/x is None, must be theirs"]
    # In a store that was somebody's before set-up; of a mirror that stayed; in a folder that is no store.
    theirs = {**four, "before": {"files": {"/var/lib/docker-registry": "made"}}}
    assert f"files: {pushed} is None, must be pushed" in misfits(theirs)
    kept = {**four, "removed": {"files": {"/var/lib/docker-registry": "made"}}}
    assert f"files: {pushed} is None, must be pushed" in misfits(kept)
    elsewhere = states("", "made", "made", "", name="/etc/docker")
    elsewhere["tested"]["files"]["/etc/docker/mine.json"] = "theirs"
    assert misfits(elsewhere) == ["files: /etc/docker/mine.json is None, must be theirs"]


def test_what_others_need_may_stay_as_it_came() -> None:
    four = states("", "ours", "ours", "ours")
    assert misfits(four, {"/etc/x"}) == []
    assert misfits(four, {"/etc/y"}) == ["files: /etc/x is ours, must be None"]
    assert misfits(states("", "ours", "ours", "another"), {"/etc/x"}) != []


def test_packages_that_others_need_are_found_through_those_between(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # One that is needed by another's, one that is needed by that, and one that nobody needs.
    (tmp_path / "dpkg").write_text(
        '#!/bin/sh\ncase "$* " in\n'
        "*' libip6tc2:amd64 '*) echo 'dpkg: error processing package libip6tc2:amd64 (--purge):' >&2 ;;\nesac\n"
    )
    (tmp_path / "dpkg").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    said = "iptables stays, for incus-base needs it.\n"
    assert bare_machine.needed(["docker.io", "iptables", "libip6tc2:amd64"], said) == ["iptables", "libip6tc2:amd64"]
    assert bare_machine.needed(["docker.io", "iptables"], "") == []


def test_left_over_is_what_came_and_did_not_go() -> None:
    four = {"before": ["a"], "after": ["a", "b", "c"], "removed": ["a", "c", "d"]}
    assert bare_machine.left_over({name: {"packages": dict.fromkeys(here, "1 ii")} for name, here in four.items()}) == [
        "c"
    ]


def test_a_package_has_its_files_and_the_alternatives_that_lead_there() -> None:
    files = bare_machine.files_of(["dpkg"])
    assert "/usr/bin/dpkg" in files
    assert "/usr/bin/python3" not in files
    assert bare_machine.files_of([]) == set()


def test_a_misfit_is_named_with_what_it_must_be() -> None:
    assert misfits(states("mine", "changed", "changed", "lost")) == ["files: /etc/x is lost, must be mine"]


def test_what_changes_by_itself_is_no_misfit() -> None:
    assert misfits(states("1", "1", "1", "2", name="/var/lib/apt/lists/x")) == []
    assert misfits(states("1", "1", "1", "2", name="/etc/apt/x")) != []


def test_a_process_whose_program_is_gone_is_found(tmp_path: Path) -> None:
    program = tmp_path / "sleeper"
    shutil.copy(shutil.which("sleep") or "", program)
    with subprocess.Popen([program, "60"]) as process:
        try:
            assert f"sleeper ({process.pid})" not in orphans()
            program.unlink()
            assert f"sleeper ({process.pid})" in orphans()
        finally:
            process.kill()


def test_the_tests_count_comes_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "test"
    monkeypatch.setattr(bare_machine, "ROOT", tmp_path)
    for script, expected in {
        "echo '7 passed, 2 failed'; exit 1": (7, 2),
        "echo broken; exit 3": (0, 1),
        "echo '7 passed, 0 failed'; exit 3": (7, 1),
    }.items():
        test.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        test.chmod(0o755)
        assert bare_machine.tests(0) == expected
    assert "\n7 passed" not in "\n" + capsys.readouterr().out
