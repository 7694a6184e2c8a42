"""Checks of the lab `web-service`: one function per task, named after its id."""

import html
import json
import posixpath
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from steiger.bench import Bench, Reply
from steiger.errors import EngineError

CONFIG = "/etc/logbook/logbook.ini"
DATA = "/data"
HTTP_OK = 200
BAD_GATEWAY = (502, 503, 504)
MIB = 1024**2
SECOND = 1_000_000_000
ERROR_LENGTH = 110
# Of a page that is not the logbook's no more is shown than its beginning.
PAGE_LIMIT = 4000
# A server needs a moment after its start before it answers; a container is stable when it has run longer than this.
GRACE, STABLE = 2.0, 10.0

# Runs the student's test beside a logbook that answers, but answers that it is ill: its file has become a folder.
# 0 the test calls that healthy, 1 it does not, 3 there is no logbook to be had.
ILL = """
command -v logbook > /dev/null && command -v timeout > /dev/null || exit 3
data=/data; [ -w $data ] || data=$(mktemp -d) || exit 3
LOGBOOK_CONFIG=/none LOGBOOK_DATA=$data LOGBOOK_DB_HOST= logbook > /dev/null 2>&1 &
end=$(($(date +%s) + 6))
until grep -q ' 0A ' /proc/net/tcp; do
  kill -0 $! && [ "$(date +%s)" -lt $end ] || exit 3; sleep 0.01
done
rm -f $data/entries.txt && mkdir $data/entries.txt || exit 3
timeout -k 1 4 "$@" > /dev/null 2>&1 && exit 0
exit 1
"""
HEALTHY, NO_LOGBOOK = 0, 3

# What setup.yml puts in the office's logbook.
VOYAGES = (
    ("2026-01-05T07:40:12Z", "Ferry Noordster moored at berth 3"),
    ("2026-01-05T08:15:44Z", "Fog, visibility 200 m, pilot service stopped"),
    ("2026-01-05T11:02:09Z", "Seal {seal} put on the customs shed"),
    ("2026-01-05T16:30:51Z", "Fog lifted; 2 ships waiting"),
    ("2026-01-06T06:05:27Z", "Crane 4 out of order: rope"),
)

Box = dict[str, Any]


def publish(bench: Bench) -> None:
    """The student's logbook is behind the student's port, with the title of its environment."""
    port = bench.values["door"]
    box = _running(bench, bench.values["desk"])
    published = _published(box)
    if port not in published and box["HostConfig"]["NetworkMode"] != "host":
        bench.fail("unpublished", seen=_ways(published))
    who = _ask(bench, box, port, "/whoami")
    if who is None:
        bench.fail("silent", seen=_ways(published))
    if not _is_from(who, box):
        bench.fail("other", seen=_shown(bench, port, who))
    title = _title(bench, port)
    if title != f"Pier {bench.values['pier']}":
        bench.fail("title", seen=title)


def config(bench: Bench) -> None:
    """The logbook reads a file of the machine that it may not write, and shows its motto."""
    port, motto = bench.values["gate"], bench.values["motto"]
    box = _existing(bench, bench.values["board"])
    mount = next(
        (m for m in box["Mounts"] if posixpath.normpath(m["Destination"]) in (CONFIG, posixpath.dirname(CONFIG))), None
    )
    if mount is None or mount["Type"] != "bind":
        bench.fail("unmounted", seen=_mounts(box))
    source = mount["Source"]
    whole_folder = posixpath.normpath(mount["Destination"]) != CONFIG
    if _is_folder(source) and not whole_folder:
        bench.fail("folder", seen=source)
    _running(bench, bench.values["board"])
    if mount["RW"]:
        bench.fail("writable")
    _require_logbook(bench, box, port)
    page = bench.http(port)
    shown = re.search(r"<p><em>(.*?)</em></p>", page.body if page else "")
    if shown is None or motto not in shown[1]:
        written = bench.read(posixpath.join(source, "logbook.ini") if whole_folder else source) or ""
        seen = html.unescape(shown[1]) if shown else ""
        bench.fail("stale" if motto in written else "motto", seen=seen)


def reading(bench: Bench) -> None:
    """The answer names the page that only the log of the tower names."""
    answer = bench.answer("page")
    codes = re.findall(r"[0-9a-f]{10}", answer)
    if codes == [bench.values["intruder"]]:
        return
    if bench.engine.container(bench.values["tower"]) is None:
        bench.fail("gone")
    if not answer:
        bench.fail("empty")
    bench.fail("other", seen=answer)


def repair(bench: Bench) -> None:
    """The crane's logbook runs again, with the settings that its file has."""
    port = bench.values["hoist"]
    box = _running(bench, bench.values["crane"])
    _require_logbook(bench, box, port)
    page = bench.http(port)
    shown = re.search(r"<footer>logbook [^<·]*·([^<]*)</footer>", page.body if page else "")
    harbour = html.unescape(shown[1]).strip() if shown else ""
    if harbour != f"Hook {bench.values['hook']}":
        bench.fail("unconfigured", seen=harbour)


def proxy(bench: Bench) -> None:
    """A proxy on the student's port reaches, by its name, a logbook that nothing else reaches."""
    port, net = bench.values["entrance"], bench.values["net"]
    front, pilot = (_existing(bench, bench.values[name]) for name in ("front", "pilot"))
    network = bench.engine.network(net)
    if network is None or network["Name"] != net:
        bench.fail("network", seen=_networks(bench))
    for box in (front, pilot):
        _running(bench, _name(box))
        joined = box["NetworkSettings"]["Networks"] or {}
        if not any(joint["NetworkID"] == network["Id"] for joint in joined.values()):
            bench.fail("apart", name=_name(box), seen=list(joined))
    if exposed := _published(pilot):
        bench.fail("exposed", seen=_ways(exposed))
    published = _published(front)
    who = _ask(bench, front, port, "/whoami") if port in published else None
    if who is None:
        bench.fail("silent", seen=_ways(published))
    if who.status in BAD_GATEWAY:
        bench.fail("gateway", status=who.status)
    if not _is_from(who, pilot):
        bench.fail("page", seen=_shown(bench, port, who))
    if fixed := _fixed_address(bench, front, pilot):
        bench.fail("address", seen=fixed)


def health(bench: Bench) -> None:
    """The engine asks the logbook how it is, in the student's rhythm, and hears the truth."""
    box = _running(bench, bench.values["light"])
    settings = box["Config"].get("Healthcheck") or {}
    test = settings.get("Test") or ["NONE"]
    if test == ["NONE"]:
        bench.fail("none")
    seconds = (settings.get("Interval") or 30 * SECOND) / SECOND
    if seconds != int(bench.values["pulse"]):
        bench.fail("rhythm", seen=f"{seconds:g}")
    state = box["State"]["Health"]
    if state["Status"] != "healthy":
        last = (state.get("Log") or [{}])[-1]
        bench.fail("unwell", status=state["Status"], code=last.get("ExitCode"), seen=last.get("Output"))
    told = _told_when_ill(bench, box, test)
    if told == HEALTHY:
        bench.fail("blind", seen=" ".join(test[1:]))
    if told == NO_LOGBOOK:
        bench.fail("other", seen=box["Config"]["Image"])


def limits(bench: Bench) -> None:
    """The container has the limits that this machine's engine can give."""
    box = _running(bench, bench.values["barge"])
    can, host = bench.engine.info(), box["HostConfig"]
    cpus = (host.get("NanoCpus") or 0) / SECOND or (host.get("CpuQuota") or 0) / (host.get("CpuPeriod") or 100_000)
    asked = (
        ("MemoryLimit", "memory", (host.get("Memory") or 0) / MIB, float(bench.values["load"]), " MiB"),
        ("PidsLimit", "pids", max(host.get("PidsLimit") or 0, 0), float(bench.values["crew"]), ""),
        ("CpuCfsQuota", "cpus", max(cpus, 0), 0.5, ""),
    )
    for can_do, what, seen, wanted, unit in asked:
        if not can.get(can_do) or round(seen, 2) == wanted:
            continue
        if not seen:
            bench.fail("unlimited", what=what, wanted=f"{wanted:g}{unit}")
        bench.fail("other", what=what, seen=f"{seen:g}{unit}", wanted=f"{wanted:g}{unit}")


def upgrade(bench: Bench) -> None:
    """The office has version 2.0 under its old name and port, with all that was in its logbook, in a volume."""
    port, volume = bench.values["counter"], bench.values["ledger"]
    box = _running(bench, bench.values["office"])
    _require_logbook(bench, box, port)
    version = _text(bench, port, "/version")
    if not version.startswith("2"):
        bench.fail("old", seen=version)
    if not any(m["Type"] == "volume" and m["Name"] == volume and m["Destination"] == DATA for m in box["Mounts"]):
        bench.fail("layer", seen=_mounts(box))
    state = bench.http(port, "/health")
    if state is None or state.status != HTTP_OK:
        bench.fail("unwritable", seen=state.body if state else "")
    entries = _entries(bench, port)
    wanted = [(moment, text.format(seal=bench.values["seal"])) for moment, text in VOYAGES]
    if lost := [text for _, text in wanted if text not in {text for _, text in entries}]:
        bench.fail("lost", count=len(lost), total=len(wanted), seen=lost[0])
    if redated := [(moment, text) for moment, text in wanted if (moment, text) not in entries]:
        now = next(moment for moment, text in entries if text == redated[0][1])
        bench.fail("redated", text=redated[0][1], wanted=redated[0][0], seen=now)
    title = _title(bench, port)
    if title != f"Dock {bench.values['dock']}":
        bench.fail("title", seen=title)


def _name(box: Box) -> str:
    return str(box["Name"]).lstrip("/")


def _existing(bench: Bench, name: str) -> Box:
    """Return the container of this name, or fail with `absent`."""
    box = bench.engine.container(name)
    if box is None or _name(box) != name:
        asked = set(bench.values.values())
        bench.fail("absent", name=name, seen=[other for other in bench.engine.container_names() if other not in asked])
    return box


def _running(bench: Bench, name: str) -> Box:
    """Return the running container of this name, or fail with `absent` or `stopped`."""
    box = _existing(bench, name)
    state = box["State"]
    status = "restarting" if box["RestartCount"] and _age(box) < STABLE else state["Status"]
    if status != "running":
        error = state["Error"]
        # The end of the engine's message says why, its beginning only where.
        error = error if len(error) <= ERROR_LENGTH else f"…{error[-ERROR_LENGTH:]}"
        bench.fail("stopped", name=name, status=status, code=state["ExitCode"], error=error)
    return box


def _age(box: Box) -> float:
    """Return how many seconds ago a container was started."""
    return (datetime.now(UTC) - datetime.fromisoformat(box["State"]["StartedAt"])).total_seconds()


def _published(box: Box) -> dict[str, str]:
    """Return the machine's ports that lead to a container, each with the port inside."""
    ports = box["NetworkSettings"].get("Ports") or {}
    return {host["HostPort"]: inside for inside, hosts in ports.items() for host in hosts or []}


def _ways(published: dict[str, str]) -> list[str]:
    return [f"{outside} → {inside}" for outside, inside in published.items()]


def _mounts(box: Box) -> list[str]:
    """Return each mount as `type source → path`."""
    return [f"{m['Type']} {m.get('Name') or m.get('Source')} → {m['Destination']}" for m in box["Mounts"]]


def _networks(bench: Bench) -> list[str]:
    return sorted(net["Name"] for net in bench.engine.networks() if net["Name"] not in ("host", "none"))


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _ask(bench: Bench, box: Box, port: str, path: str) -> Reply | None:
    """Return the answer behind a port; a server that has just been started is given a moment."""
    while (reply := bench.http(port, path)) is None and _age(box) < GRACE:
        time.sleep(0.05)
    return reply


def _is_from(who: Reply, box: Box) -> bool:
    """Tell whether an answer to /whoami comes from the logbook in this container."""
    return who.status == HTTP_OK and who.body.strip() == box["Config"]["Hostname"]


def _require_logbook(bench: Bench, box: Box, port: str) -> None:
    """Make sure that a port of the machine leads to the logbook in a container, or fail with `unreachable`."""
    who = _ask(bench, box, port, "/whoami")
    if who is None or not _is_from(who, box):
        bench.fail("unreachable", seen=_ways(_published(box)), answer=_shown(bench, port, who) if who else "")


def _text(bench: Bench, port: str, path: str) -> str:
    reply = bench.http(port, path)
    return reply.body.strip() if reply else ""


def _title(bench: Bench, port: str) -> str:
    """Return the title of the page behind a port."""
    found = re.search(r"<title>(.*?)</title>", _text(bench, port, "/"), re.DOTALL)
    return html.unescape(found[1]) if found else ""


def _shown(bench: Bench, port: str, who: Reply) -> str:
    """Return what a port shows: its answer to /whoami, or else the text of its first page, without tags."""
    page = who.body if who.status == HTTP_OK else _text(bench, port, "/")
    return " ".join(re.sub(r"<(style|form).*?</\1>|<[^>]*>", " ", page[:PAGE_LIMIT], flags=re.DOTALL).split())


def _entries(bench: Bench, port: str) -> list[tuple[str, str]]:
    """Return moment and text of all entries of the logbook behind a port."""
    try:
        return [(str(entry["time"]), str(entry["text"])) for entry in json.loads(_text(bench, port, "/entries"))]
    except (ValueError, KeyError, TypeError):
        return []


def _fixed_address(bench: Bench, front: Box, pilot: Box) -> str:
    """Return where the proxy names the logbook by its address of today; "" when it does not."""
    joints = (pilot["NetworkSettings"]["Networks"] or {}).values()
    addresses = {joint[key] for joint in joints for key in ("IPAddress", "GlobalIPv6Address") if joint.get(key)}
    told = bench.engine.run_in(_name(front), ["nginx", "-T"])
    lines = [line.partition("#")[0].strip() for line in (told.output if told else "").splitlines()]
    lines += front["HostConfig"].get("ExtraHosts") or []
    there = [line for line in lines if any(re.search(rf"(?<![\w.]){re.escape(ip)}(?![\w.])", line) for ip in addresses)]
    return there[0] if there else ""


def _told_when_ill(bench: Bench, box: Box, test: list[str]) -> int:
    """Return what the student's test says of a logbook that is ill: in a container of its own, removed at once."""
    known = box["Config"]
    argv = test[1:] if test[0] == "CMD" else [*(known.get("Shell") or ["/bin/sh", "-c"]), *test[1:]]
    more = {
        "Entrypoint": ["sh", "-c", ILL, "ill"],
        "Env": known.get("Env") or [],
        "User": known.get("User") or "",
        "HostConfig": {"Memory": 256 * MIB, "PidsLimit": 64},
    }
    try:
        return bench.engine.run_once(box["Image"], argv, [], more, seconds=14.0)
    except EngineError:
        return NO_LOGBOOK
