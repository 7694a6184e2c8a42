"""Checks of this lab: one function for each task, named after its id."""

from steiger.bench import Bench


def named(bench: Bench) -> None:
    """The container of the given name runs."""
    name = bench.values["box"]
    box = bench.engine.container(name)
    if box is None:
        bench.fail("absent", name=name, seen=bench.engine.container_names())
    if not box["State"]["Running"]:
        bench.fail("stopped", name=name, status=box["State"]["Status"])
