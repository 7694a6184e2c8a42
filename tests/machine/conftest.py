"""Machines to try things on: Incus instances, plain or after ./setup."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.machine.instances import CHECKOUT, ROOT, Machine, Machines, incus, prefix_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CHECKOUT", "ROOT", "Machine", "Machines", "golden", "incus", "machines", "prefix_for"]


@pytest.fixture
def machines(worker_id: str) -> Iterator[Machines]:
    """Machines for one test."""
    made = Machines(prefix_for(worker_id, "test"))
    yield made
    made.delete()


# Machines that ./test has made for all that begin with one.
READY = {"steiger-debian13": "STEIGER_GOLDEN", "steiger-debian12": "STEIGER_GOLDEN_DEBIAN12"}


@pytest.fixture(scope="session")
def golden(worker_id: str) -> Iterator[Callable[[str], Machine]]:
    """Return a function that gives the stopped machine, made once a run, on which ./setup has run: by image."""
    made = Machines(prefix_for(worker_id, "golden"))
    done: dict[str, Machine] = {}

    def make(image: str = "steiger-debian13") -> Machine:
        if ready := os.environ.get(READY[image]):
            return Machine(ready)
        if image not in done:
            machine = made.launch(image)
            machine.put_checkout()
            machine.ok(f"cd {CHECKOUT} && ./setup", timeout=1200)
            incus("stop", machine.name)
            done[image] = machine
        return done[image]

    yield make
    made.delete()
