"""What `benchmarks/classroom` compares grading with: eight questions to each machine with testinfra, over SSH."""

from typing import Any

import pytest


@pytest.mark.parametrize("number", range(8))
def test_a_question(host: Any, number: int) -> None:
    """Ask the engine for a volume, as a check of a lab does."""
    assert host.run(f"docker volume inspect cargo-{number}").rc == 1
