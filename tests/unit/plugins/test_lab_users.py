"""Tests of the module lab_users: which labs it takes to be begun."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lab_users import started

if TYPE_CHECKING:
    from pathlib import Path


def test_only_labs_with_a_phase_are_begun(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    for name, text in (
        ("images", json.dumps({"phase": "started"})),
        ("containers", json.dumps({"phase": "starting"})),
        ("volumes", json.dumps({"phase": ""})),
        ("broken", "{"),
        ("list", "[]"),
    ):
        (tmp_path / "labs" / f"{name}.json").write_text(text, encoding="utf-8")
    assert started(tmp_path) == ["containers", "images"]


def test_a_user_who_began_nothing_has_no_labs(tmp_path: Path) -> None:
    assert started(tmp_path) == []
