"""A package that cannot be installed costs the labs that need it, and no other package."""

from __future__ import annotations

from typing import Any

import pytest

import lab_packages

UNMET = """The following packages have unmet dependencies:
 qemu-system-x86 : Depends: libpmem1 (>= 1.4) but it is not going to be installed
"""


class Distribution:
    """Answers like dpkg and apt-get: `here` is installed, `offered` can be, `breaks` fails half-way."""

    def __init__(self, here: set[str], offered: set[str], later: set[str] | None = None, breaks: str = "") -> None:
        self.state = dict.fromkeys(here, "installed")
        self.offered, self.later, self.breaks = offered, later or set(), breaks
        self.asked: list[str] = []
        self.holds: set[str] = set()

    def __call__(self, command: list[str], **_: Any) -> tuple[int, str, str]:
        """Do what a command asks for."""
        if command == ["apt-mark", "showhold"]:
            return 0, "".join(f"{name}\n" for name in sorted(self.holds)), ""
        names = command[command.index("--") + 1 :] if "--" in command else command[3:]
        verb = next(word for word in ("update", "install", "--purge", "--show") if word in command)
        self.asked.append(" ".join([verb, *names]) if "--" in command else verb)
        if verb == "--show":
            return 1, "".join(f"{self.state[name]} {name}\n" for name in names if name in self.state), "no such"
        if verb == "update":
            self.offered |= self.later
        elif verb == "--purge":
            self.state.pop(names[0])
        else:
            if self.holds:
                return 100, UNMET, "E: Unable to correct problems, you have held broken packages.\n"
            unknown = [name for name in names if name not in self.offered]
            if unknown:
                return 100, "Reading lists...\n", f"E: Unable to locate package {unknown[0]}\n"
            self.state.update(dict.fromkeys(names, "installed"))
            if self.breaks in names:
                self.state[self.breaks] = "half-configured"
                return (
                    100,
                    f"dpkg: error processing {self.breaks}:\n  status 1\nErrors in: {self.breaks}\n",
                    "E: failed (1)\n",
                )
        return 0, "", ""


def test_what_is_there_is_left_alone() -> None:
    apt = lab_packages.Apt(Distribution({"jq", "tree"}, set()))
    assert apt.missing(["jq", "tree"]) == []
    assert apt.missing([]) == []
    assert apt.run.asked == ["--show"]


def test_all_come_at_once_when_they_can() -> None:
    system = Distribution({"jq"}, {"tree", "ncdu"})
    assert lab_packages.bring(lab_packages.Apt(system), ["ncdu", "tree"]) == {}
    assert system.asked == ["install ncdu tree"]


def test_one_that_is_not_to_be_had_costs_no_other() -> None:
    system = Distribution(set(), {"tree"})
    said = lab_packages.bring(lab_packages.Apt(system), ["gone", "tree"])
    assert said == {"gone": "Unable to locate package gone"}
    assert system.state == {"tree": "installed"}


def test_old_lists_are_fetched_anew() -> None:
    system = Distribution(set(), set(), later={"tree"})
    assert lab_packages.bring(lab_packages.Apt(system), ["tree"]) == {}
    assert "update" in system.asked


def test_one_that_breaks_half_way_is_not_left_in_the_way() -> None:
    system = Distribution(set(), {"tree", "bad"}, breaks="bad")
    said = lab_packages.bring(lab_packages.Apt(system), ["bad", "tree"])
    assert said == {"bad": "dpkg: error processing bad: status 1"}
    assert system.state == {"tree": "installed"}


@pytest.mark.parametrize("held", ["qemu-system-x86", "libpmem1"])
def test_a_hold_that_is_in_the_way_is_named(held: str) -> None:
    system = Distribution(set(), set())
    system.holds = {held, "pmem", "other"}
    said = lab_packages.bring(lab_packages.Apt(system), ["qemu-system-x86"])
    assert said == {"qemu-system-x86": f"apt-mark holds {held} back; as root: apt-mark unhold {held}"}


def test_a_hold_of_something_else_is_not_blamed() -> None:
    system = Distribution(set(), set())
    system.holds = {"pmem"}
    said = lab_packages.bring(lab_packages.Apt(system), ["qemu-system-x86"])
    assert said == {"qemu-system-x86": "Unable to correct problems, you have held broken packages."}


@pytest.mark.parametrize(
    ("listing", "found"),
    [
        ("installed a\nnot-installed b\n", {"a": "installed", "b": "not-installed"}),
        ("installed a\nnot-installed a\n", {"a": "installed"}),
        ("config-files a\ninstalled a\n", {"a": "installed"}),
        ("", {}),
    ],
)
def test_a_package_of_two_architectures_is_there_when_one_is(listing: str, found: dict[str, str]) -> None:
    assert lab_packages.states(listing) == found


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("E: first\nE: second\n", "first"),
        ("Reading\n  much \n", "much"),
        ("", "apt-get failed"),
    ],
)
def test_the_reason_is_apts_first(said: str, line: str) -> None:
    assert lab_packages.why(said) == line
