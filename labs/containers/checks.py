"""Checks of the lab `containers`: one function per task, named after its id."""

from datetime import UTC, datetime, timedelta
from typing import Any

from steiger.bench import Bench

PART = "nl.steiger.containers"
HTTP_OK = 200
ERROR_LENGTH = 110
# Docker, too, takes a container for stable when it has run this long.
STABLE = timedelta(seconds=10)

Box = dict[str, Any]


def serve(bench: Bench) -> None:
    """The student's nginx runs, published on the student's port."""
    name, port = bench.values["web"], bench.values["door"]
    box = _running(bench, name)
    processes = _processes(bench, name)
    if not any("nginx" in process for process in processes):
        bench.fail("other", processes=processes)
    published = _published(bench, box, port)
    if bench.http(port) is None:
        bench.fail("silent", seen=published)


def notice(bench: Bench) -> None:
    """The ferry serves a page that holds the student's code."""
    name, port = bench.values["ferry"], bench.values["quay"]
    published = _published(bench, _running(bench, name), port)
    reply = bench.http(port, "/gate.html")
    if reply is None:
        bench.fail("silent", seen=published)
    if reply.status != HTTP_OK:
        bench.fail("missing", status=reply.status)
    if bench.values["notice"] not in reply.body:
        bench.fail("foreign", body=reply.body)


def job(bench: Bench) -> None:
    """A container that is still there ended with the right status and left its log."""
    name = bench.values["job"]
    box = _existing(bench, name)
    state = box["State"]
    if state["Status"] == "created":
        bench.fail("unstarted", error=_error(state))
    if state["Status"] not in ("exited", "dead"):
        bench.fail("running", status=state["Status"])
    if str(state["ExitCode"]) != bench.values["verdict"]:
        bench.fail("status", code=state["ExitCode"])
    log = bench.engine.logs(name)
    if bench.values["stamp"] not in log:
        bench.fail("silent", log=log)


def rescue(bench: Bench) -> None:
    """The file that the crashed container wrote is in the work folder."""
    text = bench.read("cargo.txt")
    if text is not None and bench.values["seal"] in text:
        return
    if bench.engine.container(bench.values["night"]) is None:
        bench.fail("gone")
    if text is None:
        bench.fail("absent")
    if not text.strip():
        bench.fail("empty")
    bench.fail("other", text=text)


def berth(bench: Bench) -> None:
    """The relief has the environment variable of the crashed container."""
    box = _running(bench, bench.values["relief"])
    environment = dict(pair.partition("=")[::2] for pair in box["Config"]["Env"] or [])
    if "BERTH" not in environment:
        bench.fail("unset", seen=sorted(environment))
    if environment["BERTH"] != bench.values["berth"]:
        bench.fail("other", seen=environment["BERTH"])


def restart(bench: Bench) -> None:
    """The pump comes back by itself, except when it was stopped by hand."""
    box = _running(bench, bench.values["pump"])
    policy = box["HostConfig"]["RestartPolicy"]["Name"]
    if policy == "on-failure":
        bench.fail("crash-only")
    if policy == "always":
        bench.fail("always")
    if policy != "unless-stopped":
        bench.fail("never")


def stray(bench: Bench) -> None:
    """The stray process has gone from a container that kept running."""
    name = bench.values["tug"]
    box = _existing(bench, name)
    if (box["Config"]["Labels"] or {}).get(PART) != "tug":
        bench.fail("replaced")
    _running(bench, name)
    unwanted = f"sleep {bench.values['rope']}"
    for process in _processes(bench, name):
        if unwanted in process:
            bench.fail("stray", process=process)


def tidy(bench: Bench) -> None:
    """The first buoy is gone, its neighbour untouched."""
    buoy = bench.values["buoy"]
    neighbour = bench.engine.container(f"{buoy}-2")
    if neighbour is None:
        bench.fail("neighbour-absent", seen=_other_names(bench))
    if neighbour["State"]["Status"] != "running":
        bench.fail("neighbour-stopped", status=neighbour["State"]["Status"])
    box = bench.engine.container(f"{buoy}-1")
    if box is not None:
        status = box["State"]["Status"]
        bench.fail("stopped" if status in ("exited", "created", "dead") else "present", status=status)
    for other in bench.engine.containers():
        if (other["Labels"] or {}).get(PART) == "buoy-1":
            bench.fail("renamed", seen=[name.lstrip("/") for name in other["Names"]])


def _existing(bench: Bench, name: str) -> Box:
    box = bench.engine.container(name)
    if box is None:
        bench.fail("absent", seen=_other_names(bench))
    return box


def _running(bench: Bench, name: str) -> Box:
    box = _existing(bench, name)
    state = box["State"]
    status = "restarting" if _flaps(box) else state["Status"]
    if status != "running":
        bench.fail("stopped", status=status, code=state["ExitCode"], error=_error(state))
    return box


def _flaps(box: Box) -> bool:
    """Whether a policy keeps restarting a container: it runs at times, for a moment."""
    if not box["RestartCount"] or box["State"]["Status"] != "running":
        return False
    return datetime.now(UTC) - datetime.fromisoformat(box["State"]["StartedAt"]) < STABLE


def _error(state: Box) -> str:
    """The end of the engine's message: it says why, the beginning only where."""
    message: str = state["Error"]
    return message if len(message) <= ERROR_LENGTH else "…" + message[-ERROR_LENGTH:]


def _other_names(bench: Bench) -> list[str]:
    """Names that this lab does not ask for: a misspelt one stands out."""
    buoy = bench.values["buoy"]
    asked = {*bench.values.values(), f"{buoy}-1", f"{buoy}-2"}
    return [name for name in bench.engine.container_names() if name not in asked]


def _processes(bench: Bench, name: str) -> list[str]:
    """Command lines of a container's living processes."""
    return [row[-1] for row in bench.engine.top(name) if "<defunct>" not in row[-1]]


def _published(bench: Bench, box: Box, port: str) -> list[str]:
    """The ways from the host into a container; fails when none starts at this port."""
    ways = {
        f"{binding['HostPort']} → {inside}": binding["HostPort"]
        for inside, bindings in (box["NetworkSettings"]["Ports"] or {}).items()
        for binding in bindings or []
    }
    if port not in ways.values():
        bench.fail("unpublished", seen=list(ways))
    return list(ways)
