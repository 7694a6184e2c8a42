"""The machine that the labs are proven on offers what they need."""

from __future__ import annotations

import json
from typing import Any


def test_the_machine_is_fit_for_labs(host: Any) -> None:
    found = host.run("runuser --login student --command 'lab doctor'")
    assert found.rc == 0, found.stdout + found.stderr


def test_every_lab_is_listed(host: Any) -> None:
    listed = json.loads(host.check_output("runuser --login student --command 'lab list --json'"))
    assert listed
