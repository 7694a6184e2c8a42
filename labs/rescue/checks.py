"""Checks of the lab `rescue`: one function per task, named after its id."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from steiger.bench import Bench, Reply
from steiger.errors import EngineError

IMAGES = {
    "front": "nginx",
    "logbook": "steiger/logbook:2.0",
    "tide": "steiger/tide:1.0",
    "pilot": "steiger/pilot:1.0",
}
VERSION = "2.0"
PROGRAM = "/opt/logbook"
SETTINGS = "/etc/logbook/logbook.ini"
OLD = ("The Noor came in with 14 crates of rope", "Storm, the gate is shut, order {seal}", "The Sami left for Harwich")
DUTY = "/tmp/duty"  # noqa: S108 - in the container
NEVER_CAPS = {"ALL", "SYS_ADMIN"}
HEALTHY = "service_healthy"
# How a service of compose is looked after when it dies too early.
RESTARTS = {"always", "unless-stopped", "on-failure", "any"}
ENOUGH = 5  # the engine waits 0.1 s before the first time, and twice as long before each next
LOOPS = re.compile(r"\b(?:until|while)\s|\bfor\s+\w+\s+in\s|\bwait\S*for|--retry")
MARK = "== settings =="
ASK = f"""path=$1; shift
for port; do curl -s -i -m 4 "http://127.0.0.1:$port$path" && break; done
echo; echo '{MARK}'; cat /etc/hosts /etc/nginx/*.conf /etc/nginx/*/*.conf 2> /dev/null"""
WRITE = 'cd "${LOGBOOK_DATA:-/data}" && id -u && stat -c %a . entries.txt; logbook health'
TEXT_LIMIT = 4000
JUST_STARTED = 4.0  # seconds
PATIENCE = 1.0  # seconds

Box = dict[str, Any]
Seen = TypeVar("Seen")


def reach(bench: Bench) -> None:
    box = _running(bench, "front")
    gate = bench.values["gate"]
    published = _published(box)
    if gate not in published:
        others = [_name(other) for other in bench.engine.containers() if _leads(other, gate)]
        if others:
            bench.fail("stranger", name=others[0])
        bench.fail("unpublished", seen=[f"{port} → {inside}" for port, inside in published.items()])
    if not _settled(box, lambda: bench.http(gate)):
        bench.fail("silent", inside=published[gate])


def code(bench: Bench) -> None:
    front = _running(bench, "front")
    logbook = _box(bench, "logbook")
    if logbook is None:
        bench.fail("down", name="logbook", status="–", said="–")
    version = (bench.engine.read_in(logbook["Id"], f"{PROGRAM}/VERSION") or "").strip()
    over = [_mount(mount) for mount in logbook["Mounts"] if _overlap(mount["Destination"], PROGRAM)]
    if over:
        bench.fail("covered", seen=over, version=version)
    if version != VERSION:
        bench.fail("version", seen=version)
    settings = bench.engine.read_in(logbook["Id"], _env(logbook).get("LOGBOOK_CONFIG") or SETTINGS) or ""
    if bench.values["motto"] not in settings:
        bench.fail("settings", seen=settings)
    page, _ = _settled(front, lambda: _ask(bench, front, "/"), lambda asked: asked[0] is not None)
    if page is None or page.status != 200 or bench.values["notice"] not in page.body:
        bench.fail("page", status=page.status if page else "–", seen=_text_of(page.body) if page else "")


def talk(bench: Bench) -> None:
    logbook = _running(bench, "logbook")
    front = _running(bench, "front")
    shared = [name for name in _networks(front) if name in _networks(logbook)]
    if not shared:
        bench.fail("apart", front=list(_networks(front)), logbook=list(_networks(logbook)))
    names = {box["Config"]["Hostname"] for box in _boxes(bench, "logbook")}
    found, settings = _settled(
        max(front, logbook, key=lambda box: str(box["State"]["StartedAt"])),
        lambda: _ask(bench, front, "/log/whoami"),
        lambda asked: asked[0] is not None and asked[0].body.strip() in names,
    )
    if found is None or found.status != 200:
        bench.fail("refused", status=found.status if found else "–", seen=_text_of(found.body) if found else "")
    if found.body.strip() not in names:
        bench.fail("stranger", seen=_text_of(found.body))
    hand = [
        name for name in shared if not _by_compose(front, name, "front") or not _by_compose(logbook, name, "logbook")
    ]
    if hand == shared:
        bench.fail("by-hand", network=hand[0])
    fixed = {net["IPAddress"] for net in _networks(logbook).values() if net.get("IPAddress")}
    named = [address for address in fixed if re.search(rf"(?<![\d.]){re.escape(address)}(?![\d.])", settings)]
    if named:
        bench.fail("address", seen=named[0])


def order(bench: Bench) -> None:
    tide = _running(bench, "tide")
    pilot = _running(bench, "pilot")
    level = bench.values["level"]
    if not _settled(pilot, lambda: (bench.engine.read_in(pilot["Id"], DUTY) or "").strip() == level):
        bench.fail("idle", said=_last_line(bench, pilot))
    test = _health_test(tide)
    waits: list[str] = []
    for services in _plans(bench, pilot):
        conditions = _conditions(services, "pilot")
        if _comes_back(services.get("pilot") or {}) or "service_completed_successfully" in conditions.values():
            return
        if conditions.get("tide") == HEALTHY and test:
            ran = bench.engine.run_in(tide["Id"], test, timeout=6.0)
            if ran is None or ran.status:
                bench.fail("sick", said=ran.output if ran else "")
            if _passes_anywhere(bench, pilot, test):
                bench.fail("eager")
            return
        waits = [f"{name}: {condition}" for name, condition in conditions.items()]
    start = _own_start(bench, pilot)
    if LOOPS.search(start):
        return
    if re.search(r"\bsleep\s", start):
        bench.fail("nap", seen=start)
    bench.fail("unguarded", seen=waits)


def write(bench: Bench) -> None:
    box = _running(bench, "logbook")
    looked = _settled(
        box,
        lambda: bench.engine.run_in(box["Id"], ["sh", "-c", WRITE], timeout=8.0),
        lambda ran: ran is not None and ran.status == 0,
    )
    lines = looked.output.splitlines() if looked else []
    if lines[:1] == ["0"]:
        bench.fail("root")
    modes = [line for line in lines[1:3] if re.fullmatch(r"[0-7]{3,4}", line)]
    if any(int(mode, 8) & 0o002 for mode in modes):
        bench.fail("everyone", seen=modes)
    if looked is None or looked.status:
        bench.fail("refused", said=lines[-1] if lines else "")


def closed(bench: Bench) -> None:
    for box in _near(bench):
        name = _service(box) or _name(box)
        host = box["HostConfig"]
        # What is asked counts too: one that failed to start publishes nothing yet.
        asked = [port["HostPort"] or "?" for ports in (host.get("PortBindings") or {}).values() for port in ports]
        if asked and _service(box) != "front":
            bench.fail("published", name=name, seen=asked)
        if "host" in (host["NetworkMode"], host.get("PidMode")):
            bench.fail("host", name=name)
        caps = {cap.upper().removeprefix("CAP_") for cap in host.get("CapAdd") or []}
        if host["Privileged"] or caps & NEVER_CAPS or any("docker.sock" in m["Destination"] for m in box["Mounts"]):
            bench.fail("privileged", name=name)
        config = box["Config"]
        words = [*(config.get("Env") or []), *_argv(config), *(config.get("Labels") or {}).values()]
        if any(bench.values["radio"] in word for word in words):
            bench.fail("secret", name=name)


def kept(bench: Bench) -> None:
    for service, reference in IMAGES.items():
        image = (bench.engine.image(reference) or {}).get("Id")
        for box in _boxes(bench, service):
            if box["Image"] != image and box["Config"]["Image"] != reference:
                bench.fail("image", name=service, seen=box["Config"]["Image"], expected=reference)
    volume = f"{bench.values['project']}_entries"
    logbook = _box(bench, "logbook")
    if logbook:
        folder = (_env(logbook).get("LOGBOOK_DATA") or "/data").rstrip("/")
        mounts = [mount for mount in logbook["Mounts"] if mount["Destination"].rstrip("/") == folder]
        if not mounts or mounts[0].get("Name") != volume:
            bench.fail("volume", folder=folder, seen=[_mount(mount) for mount in mounts])
        entries = bench.engine.read_in(logbook["Id"], f"{folder}/entries.txt") or ""
    else:
        entries = bench.engine.read_volume(volume, "entries.txt") or ""
    old = [line.format(seal=bench.values["seal"]) for line in OLD]
    gone = [line for line in old if line not in entries]
    if gone:
        bench.fail("lost", count=len(gone), seen=gone[0])
    if not any(bench.values["sign"] in line for line in entries.splitlines()):
        bench.fail("quiet", seen=entries.strip().rpartition("\n")[2])


def _boxes(bench: Bench, service: str) -> list[Box]:
    """Return the inspected containers of a service of the project, those that run first."""
    mine = [
        box["Id"]
        for box in bench.engine.containers()
        if (labels := box.get("Labels") or {}).get("com.docker.compose.project") == bench.values["project"]
        and labels.get("com.docker.compose.service") == service
        and labels.get("com.docker.compose.oneoff") != "True"
    ]
    known = [box for box in map(bench.engine.container, mine) if box]
    return sorted(known, key=lambda box: box["State"]["Status"] != "running")


def _box(bench: Bench, service: str) -> Box | None:
    return next(iter(_boxes(bench, service)), None)


def _running(bench: Bench, service: str) -> Box:
    """Return the inspected container of a service, or fail with `down`."""
    box = _box(bench, service)
    if box is None:
        bench.fail("down", name=service, status="–", said="–")
    if box["State"]["Status"] != "running":
        # The engine's own reason comes last, behind all who passed it on.
        said = _last_line(bench, box) or (box["State"].get("Error") or "").rpartition("process: ")[2]
        bench.fail("down", name=service, status=box["State"]["Status"], said=said)
    return box


def _near(bench: Bench) -> Iterator[Box]:
    """Yield the inspected containers of the project, and those on a network of it."""
    project = bench.values["project"]
    for box in bench.engine.containers():
        ours = (box.get("Labels") or {}).get("com.docker.compose.project") == project
        networks = ((box.get("NetworkSettings") or {}).get("Networks") or {}).keys()
        if ours or any(name.startswith(f"{project}_") for name in networks):
            known = bench.engine.container(box["Id"])
            if known:
                yield known


def _settled(box: Box, look: Callable[[], Seen], good: Callable[[Seen], bool] = bool) -> Seen:
    """Return what a look shows; a container that has only just started is looked at again for a moment."""
    started = datetime.fromisoformat(f"{box['State']['StartedAt'][:19]}+00:00")
    young = (datetime.now(UTC) - started).total_seconds() < JUST_STARTED
    deadline = time.monotonic() + (PATIENCE if young else 0)
    while True:
        seen = look()
        if good(seen) or time.monotonic() >= deadline:
            return seen
        time.sleep(0.1)


def _ask(bench: Bench, front: Box, path: str) -> tuple[Reply | None, str]:
    """Return what front answers to itself, whatever is published, and the settings that it has."""
    inside = [port.partition("/")[0] for port in front["HostConfig"].get("PortBindings") or {}]
    ran = bench.engine.run_in(front["Id"], ["sh", "-c", ASK, "sh", path, *inside, "8090", "80"], timeout=6.0)
    answer, _, settings = (ran.output if ran else "").partition(MARK)
    head, _, body = answer.replace("\r\n", "\n").partition("\n\n")
    status = re.match(r"HTTP/\S+ (\d{3})", head)
    return Reply(int(status[1]), body) if status else None, settings


def _plans(bench: Bench, box: Box) -> Iterator[Box]:
    """Yield the services in the files that a container was made from, and then in those that Compose would take now.

    Its labels say what Compose waited for, too, but not all that is done to a container changes them.
    """
    labels = box["Config"].get("Labels") or {}
    made_from, variables = (
        [file for file in labels.get(f"com.docker.compose.project.{kind}", "").split(",") if file]
        for kind in ("config_files", "environment_file")
    )
    for files, env_files in ((made_from, variables), ([], [])):
        composed = bench.compose_config(*files, env_files=env_files)
        yield (composed.config or {}).get("services") or {}


def _conditions(services: Box, name: str) -> dict[str, str]:
    """Return what Compose waits for before it starts a service, by way of others too."""
    found: dict[str, str] = {}
    todo = [name]
    while todo:
        for other, how in ((services.get(todo.pop()) or {}).get("depends_on") or {}).items():
            if other not in found:
                todo.append(other)
            if found.get(other) != HEALTHY:
                found[other] = how.get("condition", "")
    return found


def _comes_back(service: Box) -> bool:
    """Tell whether a service that died is started again, often enough for one that takes seconds."""
    policy, _, tries = str(service.get("restart") or "").partition(":")
    if known := (service.get("deploy") or {}).get("restart_policy"):
        policy, tries = known.get("condition") or "any", str(known.get("max_attempts") or "")
    return policy in RESTARTS and not (tries.isdigit() and 0 < int(tries) < ENOUGH)


def _health_test(box: Box) -> list[str]:
    """Return the command of a container's health check, [] when there is none."""
    kind, *words = (box["Config"].get("Healthcheck") or {}).get("Test") or ["NONE"]
    if kind == "CMD-SHELL":
        return ["/bin/sh", "-c", *words]
    return words if kind == "CMD" else []


def _passes_anywhere(bench: Bench, pilot: Box, test: list[str]) -> bool:
    """Tell whether a health check also passes where nothing serves at all."""
    ran = bench.engine.run_in(pilot["Id"], test)
    if ran is None or ran.status:
        return False
    # It may have asked tide from there; a container without a network cannot.
    with contextlib.suppress(EngineError):
        return bench.engine.run_once(IMAGES["tide"], [], [], {"Entrypoint": test}, 5.0) == 0
    return False


def _own_start(bench: Bench, box: Box) -> str:
    """Return the command that a container was given instead of its image's, with the scripts that it runs."""
    argv = _argv(box["Config"])
    image = bench.engine.image(box["Image"])
    if image and argv == _argv(image["Config"]):
        return ""
    mounted = [mount["Destination"] for mount in box["Mounts"]]
    scripts = [word for word in argv if any(_overlap(word, place) for place in mounted)]
    texts = [" ".join(argv), *(bench.engine.read_in(box["Id"], path) or "" for path in scripts)]
    return "\n".join(text[:TEXT_LIMIT] for text in texts)


def _env(box: Box) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in box["Config"].get("Env") or [])}


def _argv(config: Box) -> list[str]:
    return [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]


def _last_line(bench: Bench, box: Box) -> str:
    return bench.engine.logs(box["Id"]).strip().rpartition("\n")[2]


def _networks(box: Box) -> dict[str, Box]:
    return box["NetworkSettings"].get("Networks") or {}


def _by_compose(box: Box, network: str, service: str) -> bool:
    """Tell whether compose connected a container: then its service is a name of it there."""
    return service in (_networks(box)[network].get("Aliases") or [])


def _published(box: Box) -> dict[str, str]:
    """Return the machine's ports that lead to a container, each with the port inside."""
    ports = (box.get("NetworkSettings") or {}).get("Ports") or {}
    return {host["HostPort"]: inside for inside, hosts in ports.items() for host in hosts or []}


def _leads(listed: Box, port: str) -> bool:
    return any(str(each.get("PublicPort")) == port for each in listed.get("Ports") or [])


def _overlap(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one is in the other."""
    one, other = (f"{path.rstrip('/')}/" for path in (one, other))
    return one.startswith(other) or other.startswith(one)


def _mount(mount: Box) -> str:
    return f"{mount['Type']} {mount.get('Name') or mount.get('Source') or ''} → {mount['Destination']}"


def _service(box: Box) -> str:
    return str((box["Config"].get("Labels") or {}).get("com.docker.compose.service", ""))


def _name(box: Box) -> str:
    return str(box["Names"][0] if "Names" in box else box["Name"]).lstrip("/")


def _text_of(page: str) -> str:
    """Return the beginning of a page's text without its tags."""
    return " ".join(re.sub(r"<style.*?</style>|<[^>]*>", " ", page[:TEXT_LIMIT], flags=re.DOTALL).split())
