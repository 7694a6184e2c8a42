"""What only a machine with nothing overridden shows."""

from __future__ import annotations

from typing import Any


def test_the_mirror_has_its_usual_address(mirror: str) -> None:
    assert mirror == "http://127.0.0.1:5000"


def test_nobody_was_let_into_the_docker_group(host: Any) -> None:
    assert host.group("docker").members == []
