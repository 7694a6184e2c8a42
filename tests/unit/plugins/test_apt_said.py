"""What apt-get and dpkg said is read once, for all that asks."""

from __future__ import annotations

import pytest
from ansible.module_utils.apt_said import Fault, errors, fault, held_back, lines


@pytest.mark.parametrize(
    "line",
    [
        "dpkg: error processing package less (--configure):",
        "dpkg: error processing archive less (--unpack):",
        "dpkg: error processing less:",
    ],
)
def test_the_package_at_fault_is_named_with_what_stands_below_and_above(line: str) -> None:
    assert fault(lines(f"Setting up\n\n{line}\n  no  room\nErrors")) == Fault("less", "no room", ["Setting up"])


def test_a_fault_that_is_cut_off_has_no_reason() -> None:
    assert fault(["dpkg: error processing package less (--configure):"]) == Fault("less", "", [])
    assert fault(["E: other"]) is None


def test_the_lines_that_apt_marks_are_its_errors() -> None:
    assert errors(["a", "E: b", "Err:1 c"]) == ["E: b"]
    assert errors(["a", "E: b", "Err:1 c"], ("E:", "Err:")) == ["E: b", "Err:1 c"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("E: Held packages were changed", ["a"]),
        ("unmet dependencies: x : Depends: libb (>= 2)", ["a", "libb"]),
        ("unmet dependencies: x : Depends: libb-dev", ["a"]),
        ("E: Unable to locate package a", []),
    ],
)
def test_a_hold_counts_when_it_was_asked_for_or_is_named(said: str, found: list[str]) -> None:
    assert held_back(said, ["libb", "a", "c"], ["a", "x"]) == found
