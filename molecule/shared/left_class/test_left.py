"""What the removal of a class and of its server leaves: what there was before, and the instructor's own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tools.compare_states import differences

CLASS = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "docker26")
SHOWN = 60


def test_the_server_is_as_it_was(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> None:
    found = differences(before, after)
    assert not found, "\n".join([*found[:SHOWN], f"{len(found)} differences"])


def test_no_rule_of_ours_is_left_in_the_firewall(instance: str) -> None:
    state = subprocess.run(
        ["incus", "query", f"/1.0/instances/{instance}/state"], capture_output=True, text=True, check=True
    )
    # With the tools of this machine: the server's own went with Incus.
    inside = ["nsenter", "--net", "--target", str(json.loads(state.stdout)["pid"])]
    listed = subprocess.run([*inside, "nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if "steiger" in line.lower()] == []


def test_the_instructors_own_is_still_there() -> None:
    assert (CLASS / "roster.csv").is_file()
    assert (CLASS / ".class" / "secret").is_file()
    assert not (CLASS / ".class" / "machines.json").exists()
    assert not (CLASS.parent / "handout" / "docker26").exists()
