"""A machine that the roles made is fit for the labs, as `lab` itself sees it."""

from __future__ import annotations

import json
from typing import Any


def test_the_machine_is_fit_for_labs(host: Any) -> None:
    found = host.run("lab doctor")
    assert found.rc == 0, found.stdout + found.stderr


def test_every_lab_is_listed(host: Any) -> None:
    listed = json.loads(host.check_output("lab list --json"))
    assert listed
