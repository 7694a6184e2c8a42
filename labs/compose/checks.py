"""Checks of the lab `compose`: one function per task, named after its id."""

import json
import posixpath
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from steiger.bench import Bench
from steiger.errors import EngineError

LABEL = "com.docker.compose"
PROGRAMS = {"web": "nginx", "api": "logbook", "db": "mariadbd"}
DATA = "/var/lib/mysql"
USUAL_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
SECRETS = ("/run/secrets/", "/var/run/secrets/")
PASSWORD_FILES = {"db": ("MARIADB_PASSWORD_FILE", "MYSQL_PASSWORD_FILE"), "api": ("LOGBOOK_DB_PASSWORD_FILE",)}
NO_PASSWORD = ("RANDOM", "ALLOW_EMPTY")
# The usual questions to a database; any other is first put where no database runs, which takes a moment.
USUAL = re.compile(r"(?:/usr/local/bin/)?healthcheck\.sh(?: --[a-z_]+)+|(?:/usr/bin/)?mariadb-admin ping(?: [\w.=-]+)*")
TAG = re.compile(r"<[^<>]*>")
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
FILES = 30
ANONYMOUS = re.compile(r"[0-9a-f]{64}")
HTTP_OK = 200
PROBE_SECONDS = 5.0
# After a restart a health check is `starting` until it was run once.
HEALTH_SECONDS = 8.0
SLOW, TURNS = 4.0, 2.0
SETTLED = timedelta(seconds=5)

Box = dict[str, Any]
Stack = dict[str, list[Box]]


def project(bench: Bench) -> None:
    """The three services run under the student's project name."""
    name = bench.values["project"]
    stack = _stack(bench, name)
    if not stack:
        bench.fail("nothing", seen=_projects(bench))
    for service, program in PROGRAMS.items():
        if service not in stack:
            bench.fail("absent", service=service, seen=sorted(stack))
        boxes = _alive(stack, service)
        if not boxes:
            state = stack[service][0]["State"]
            bench.fail("stopped", service=service, status=state["Status"], code=state["ExitCode"])
        for box in boxes:
            processes = [row[-1] for row in bench.engine.top(box["Id"])]
            if not any(program in process for process in processes):
                bench.fail("other", service=service, seen=processes)


def door(bench: Bench) -> None:
    """The student's port leads through nginx to the logbook with the student's title."""
    stack = _stack(bench, bench.values["project"])
    _page(bench, stack, bench.values["gate"], bench.values["title"])


def closed(bench: Bench) -> None:
    """Nothing but the web is published; the database shares a network with the api alone, and that one is internal."""
    stack = _stack(bench, bench.values["project"])
    networks = {service: _networks(_service(bench, stack, service)) for service in PROGRAMS}
    for service, boxes in stack.items():
        ways = [way for box in boxes for way in _published(box)]
        ways += ["host" for box in boxes if box["HostConfig"]["NetworkMode"] == "host"]
        if ways and service != "web":
            bench.fail("published", service=service, seen=sorted(set(ways)))
    if both := networks["web"] & networks["db"]:
        bench.fail("together", seen=both)
    for one, other in (("web", "api"), ("api", "db")):
        if not networks[one] & networks[other]:
            bench.fail("apart", one=one, other=other, seen=networks[other])
    for name in sorted(networks["db"]):
        network = bench.engine.network(name)
        if network and not network["Internal"]:
            bench.fail("outward", seen=name)


def health(bench: Bench) -> None:
    """The database has a health check that means something, and the api waits for it."""
    stack = _stack(bench, bench.values["project"])
    box = _service(bench, stack, "db")[0]
    api = _service(bench, stack, "api")[0]
    test = (box["Config"].get("Healthcheck") or {}).get("Test") or []
    if not test or test[0] == "NONE":
        bench.fail("none")
    state = _health(bench, box)
    if state.get("Status") != "healthy":
        last = (state.get("Log") or [{}])[-1].get("Output", "")
        bench.fail("ill", status=state.get("Status"), seen=last)
    if not _usual(test) and _content_without(bench, box, test):
        bench.fail("blind", seen=" ".join(test[1:]))
    conditions = _conditions(stack, api)
    if not conditions:
        bench.fail("unordered", seen=_label(api, "depends_on"))
    if "service_healthy" not in conditions:
        bench.fail("early", seen=sorted(conditions))


def secret(bench: Bench) -> None:
    """The password is in a secrets file and nowhere else."""
    code = bench.values["password"]
    stack = _stack(bench, bench.values["project"])
    boxes = {service: _service(bench, stack, service)[0] for service in PASSWORD_FILES}
    for service, found in stack.items():
        for box in found:
            if where := _shown(box, code):
                bench.fail("shown", service=service, seen=where)
    for service, box in boxes.items():
        _password_file(bench, service, box)
    for file in _files(boxes["api"], "project.config_files"):
        if code in (bench.read(file) or ""):
            bench.fail("written", seen=Path(file).name)


def keep(bench: Bench) -> None:
    """An entry in the logbook is older than the container of the database, thanks to a volume with a name."""
    stack = _stack(bench, bench.values["project"])
    api = _service(bench, stack, "api")
    box = _service(bench, stack, "db")[0]
    mounts = [mount for mount in box["Mounts"] if posixpath.normpath(mount["Destination"]) == DATA]
    if not any(mount["Type"] == "volume" and not ANONYMOUS.fullmatch(mount["Name"]) for mount in mounts):
        bench.fail("unnamed", seen=[f"{mount['Type']} {mount.get('Name') or mount['Source']}" for mount in mounts])
    if not _environment(api[0]).get("LOGBOOK_DB_HOST"):
        bench.fail("file")
    entries = _entries(bench, api, _patience(stack))
    ours = [entry for entry in entries if bench.values["entry"] in entry["text"]]
    if not ours:
        bench.fail("absent", seen=[entry["text"] for entry in entries])
    made = _moment(box["Created"])
    written = min(_moment(entry["time"]) for entry in ours)
    if written > made:
        bench.fail("young", written=_clock(written), made=_clock(made))


def scale(bench: Bench) -> None:
    """As many copies of the api as asked for, all of them at work behind the web."""
    stack = _stack(bench, bench.values["project"])
    web, copies = _service(bench, stack, "web"), _service(bench, stack, "api")
    if len(copies) != int(bench.values["replicas"]):
        bench.fail("number", seen=len(copies))
    names = {box["Config"]["Hostname"] for box in copies}
    port = next((way.split(" → ")[0] for box in web for way in _published(box)), bench.values["gate"])
    seen: set[str] = set()
    deadline = time.monotonic() + max(TURNS, _patience(stack))
    while not names <= seen:
        if time.monotonic() > deadline:
            bench.fail("idle", number=len(names & seen), seen=sorted(seen))
        if reply := bench.http(port, "/whoami", SLOW):
            seen.add(_words_of(reply.body))
        else:
            time.sleep(0.1)


def override(bench: Bench) -> None:
    """A second environment runs from the same base file; the base knows nothing of it."""
    name, draft, side = (bench.values[key] for key in ("dev", "draft", "side"))
    copy = _stack(bench, name)
    if not all(_alive(copy, service) for service in PROGRAMS):
        bench.fail("absent", seen=sorted(service for service in copy if _alive(copy, service)))
    _page(bench, copy, side, draft, silent="page")
    web = _service(bench, _stack(bench, bench.values["project"]), "web")[0]
    base = _base(bench, web)
    composed = bench.compose_config(*base, env_files=_files(web, "project.environment_file"))
    if composed.trouble == "missing":
        bench.fail("gone", seen=composed.why or base)
    if composed.trouble in ("large", "heavy"):
        bench.fail(composed.trouble, seen=composed.why or [Path(file).name for file in base])
    if composed.config is None:
        bench.fail("broken", seen=composed.why)
    ports = {
        str(port.get("published")) for service in _services(composed.config) for port in service.get("ports") or []
    }
    if side in ports or draft in json.dumps(composed.config):
        bench.fail("mixed", seen=[Path(file).name for file in base])
    files = _files(copy["web"][0], "project.config_files")
    if not set(files) & set(base) and not _with_parts(bench, files) & _with_parts(bench, base):
        bench.fail("copied", seen=[Path(file).name for file in files])


# What there is of a project


def _stack(bench: Bench, name: str) -> Stack:
    """Return the containers of a project by service, as `docker inspect` shows them."""
    stack: Stack = {}
    for listed in bench.engine.containers():
        labels = listed["Labels"] or {}
        if labels.get(f"{LABEL}.project") != name or labels.get(f"{LABEL}.oneoff") == "True":
            continue
        if box := bench.engine.container(listed["Id"]):
            stack.setdefault(_label(box, "service"), []).append(box)
    return stack


def _health(bench: Bench, box: Box) -> dict[str, Any]:
    """Return what the health check says, once it says something or not for long."""
    deadline = time.monotonic() + HEALTH_SECONDS
    while True:
        now = bench.engine.container(box["Id"]) or box
        state: dict[str, Any] = now["State"].get("Health") or {}
        if state.get("Status") != "starting" or time.monotonic() >= deadline:
            return state
        time.sleep(0.3)


def _projects(bench: Bench) -> list[str]:
    labels = [listed["Labels"] or {} for listed in bench.engine.containers()]
    return sorted({each[f"{LABEL}.project"] for each in labels if f"{LABEL}.project" in each})


def _alive(stack: Stack, service: str) -> list[Box]:
    states = ((box, box["State"]) for box in stack.get(service, []))
    return [box for box, state in states if state["Running"] and not state["Restarting"] and not state["Paused"]]


def _service(bench: Bench, stack: Stack, service: str) -> list[Box]:
    """Return the running containers of a service; fails when there are none."""
    boxes = _alive(stack, service)
    if not boxes:
        bench.fail("down", service=service)
    return boxes


def _label(box: Box, name: str) -> str:
    return str((box["Config"]["Labels"] or {}).get(f"{LABEL}.{name}", ""))


def _files(box: Box, label: str) -> list[str]:
    return [file for file in _label(box, label).split(",") if file]


def _base(bench: Bench, web: Box) -> list[str]:
    """Return the files that a project was made from, or what Compose would take now that one of them is gone."""
    files = _files(web, "project.config_files")
    usual = [str(bench.folder / name) for name in USUAL_FILES if bench.read(name) is not None]
    return files if all(bench.read(file) is not None for file in files) or not usual else usual[:1]


def _environment(box: Box) -> dict[str, str]:
    return dict(pair.partition("=")[::2] for pair in box["Config"]["Env"] or [])


def _networks(boxes: list[Box]) -> set[str]:
    return {name for box in boxes for name in box["NetworkSettings"]["Networks"] or {}}


def _published(box: Box) -> list[str]:
    ways = [
        f"{binding['HostPort']} → {inside}"
        for inside, bindings in (box["NetworkSettings"]["Ports"] or {}).items()
        for binding in bindings or []
    ]
    return list(dict.fromkeys(ways))


# What it answers


def _page(bench: Bench, stack: Stack, port: str, title: str, silent: str = "silent") -> None:
    """Look at the logbook behind a port, as a browser would."""
    web, api = _service(bench, stack, "web"), _service(bench, stack, "api")
    names = {box["Config"]["Hostname"] for box in api}
    ways = [way for box in web for way in _published(box)]
    if port not in [way.split(" → ")[0] for way in ways]:
        bench.fail("unpublished", seen=ways)
    deadline = time.monotonic() + _patience(stack)
    while True:
        who, page = bench.http(port, "/whoami", SLOW), bench.http(port, "/", SLOW)
        right = who and page and who.body.strip() in names and page.status == HTTP_OK
        if right or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    if who is None or page is None:
        bench.fail(silent, status="–", seen=ways)
    if not right:
        bench.fail("page", status=who.status if who.status != HTTP_OK else page.status, seen=_words_of(who.body))
    found = TITLE.search(page.body)
    if found is None or title not in found[1]:
        bench.fail("title", seen=found[1] if found else _words_of(page.body))


def _patience(stack: Stack) -> float:
    """Return how many seconds an answer may stay away: services that were just started have not found each other."""
    youngest = max(_moment(box["State"]["StartedAt"]) for boxes in stack.values() for box in boxes)
    return max(0.0, (youngest + SETTLED - datetime.now(UTC)).total_seconds())


def _words_of(page: str) -> str:
    """Return what a reader sees of a page, on one line."""
    return " ".join(TAG.sub(" ", page).split())


def _entries(bench: Bench, api: list[Box], patience: float) -> list[dict[str, str]]:
    """Return the entries that a copy of the api itself tells: what stands before it may say anything."""
    deadline = time.monotonic() + patience
    while True:
        for box in api:
            port = _environment(box).get("LOGBOOK_PORT") or "8080"
            for network in (box["NetworkSettings"]["Networks"] or {}).values():
                reply = bench.http(port, "/entries", SLOW, network["IPAddress"])
                if reply and reply.status == HTTP_OK:
                    return _read_entries(reply.body)
        if time.monotonic() > deadline:
            return []
        time.sleep(0.1)


def _read_entries(text: str) -> list[dict[str, str]]:
    entries = [entry for entry in _json_list(text) if isinstance(entry, dict) and {"time", "text"} <= entry.keys()]
    return [{"time": str(entry["time"]), "text": str(entry["text"])} for entry in entries]


def _json_list(text: str) -> list[Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return data if isinstance(data, list) else []


def _moment(text: str) -> datetime:
    """Return a time in whole seconds; one that cannot be read is now."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return datetime.now(UTC)


def _clock(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S")


# Health and order


def _usual(test: list[str]) -> bool:
    words = test[1:] if test[0] == "CMD" else " ".join(test[1:]).split()
    return USUAL.fullmatch(" ".join(words)) is not None


def _content_without(bench: Bench, box: Box, test: list[str]) -> bool:
    """Whether a health check is content in a container of the same image where no database runs."""
    argv = test[1:] if test[0] == "CMD" else ["/bin/sh", "-c", *test[1:]]
    # A folder in memory for each volume of the image, or the container would leave one behind.
    memory = dict.fromkeys(box["Config"].get("Volumes") or {}, "")
    more = {"Entrypoint": argv, "HostConfig": {"Tmpfs": memory, "PidsLimit": 100}}
    try:
        return bench.engine.run_once(box["Image"], [], [], more, PROBE_SECONDS) == 0
    except EngineError:
        return False


def _conditions(stack: Stack, box: Box) -> set[str]:
    """Return the conditions on which a service waits for the database, itself or through others."""
    found: set[str] = set()
    seen: set[str] = set()
    todo = [box]
    while todo:
        for part in _label(todo.pop(), "depends_on").split(","):
            service, _, rest = part.partition(":")
            if service == "db":
                found.add(rest.partition(":")[0])
            elif service in stack and service not in seen:
                seen.add(service)
                todo.append(stack[service][0])
    return found


# Passwords and files


def _shown(box: Box, code: str) -> str:
    """Return where `docker inspect` shows a password, "" when it does not."""
    for name, value in _environment(box).items():
        if code in value or (name.endswith("PASSWORD") and value and not any(word in name for word in NO_PASSWORD)):
            return name
    config = {key: value for key, value in box["Config"].items() if code in json.dumps(value)}
    return ", ".join(config)


def _password_file(bench: Bench, service: str, box: Box) -> None:
    """Look at the file that a service reads the password from."""
    environment = _environment(box)
    variables = PASSWORD_FILES[service]
    file = next((environment[name] for name in variables if environment.get(name)), "")
    if not file:
        bench.fail("unset", service=service, variable=variables[0], seen=sorted(environment))
    if not posixpath.normpath(file).startswith(SECRETS):
        bench.fail("elsewhere", service=service, seen=file)
    text = bench.engine.read_in(box["Id"], file)
    if text is None:
        bench.fail("missing", service=service, seen=file)
    if text.strip() != bench.values["password"]:
        bench.fail("foreign", service=service, seen=text)


def _services(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [service for service in (config.get("services") or {}).values() if isinstance(service, dict)]


def _with_parts(bench: Bench, files: list[str]) -> set[str]:
    """Return compose files and all that they take something from with include or extends."""
    found: set[str] = set()
    todo = list(files)
    while todo:
        file = todo.pop()
        if file in found or len(found) > FILES:
            continue
        found.add(file)
        try:
            # Nodes alone: values made of aliases of aliases could fill the memory.
            root = yaml.compose(bench.read(file) or "", yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError):
            continue
        todo += [posixpath.normpath(posixpath.join(posixpath.dirname(file), used)) for used in _used(root)]
    return found


def _used(root: yaml.Node | None) -> list[str]:
    """Return the files that a compose file names under include and extends."""
    found = []
    for part in _parts(_child(root, "include")):
        found += _words(_child(part, "path") or part)
    services = _child(root, "services")
    for _name, service in services.value if isinstance(services, yaml.MappingNode) else []:
        found += _words(_child(_child(service, "extends"), "file"))
    return found


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _parts(node: yaml.Node | None) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _words(node: yaml.Node | None) -> list[str]:
    return [part.value for part in [node, *_parts(node)] if isinstance(part, yaml.ScalarNode)]
