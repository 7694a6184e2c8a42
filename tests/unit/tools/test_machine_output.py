"""What a test machine said is not lost when `incus exec` ends well and without it."""

from __future__ import annotations

import subprocess

import pytest
from tests.machine import instances


@pytest.mark.parametrize("heard", ["", "half", "all that was said"])
def test_an_output_that_did_not_come_whole_is_read_again(heard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def incus(*args: str, **_more: object) -> subprocess.CompletedProcess[str]:
        asked.append(args[:2])
        if args[0] == "exec":
            whole = instances.END if heard == "all that was said" else ""
            return subprocess.CompletedProcess(args, 3, heard + whole, f"a fault{instances.END}")
        return subprocess.CompletedProcess(args, 0, "all that was said", "")

    monkeypatch.setattr(instances, "incus", incus)
    done = instances.Machine("pier").run("cat file")
    assert (done.returncode, done.stdout, done.stderr) == (3, "all that was said", "a fault")
    assert len(asked) == (1 if heard == "all that was said" else 2)
