"""Checks of the lab `dockerfile`: one function per task, named after its id.

Each builds the student's folder with programs of our own in place of the given ones: they report what
they find around them, signed with a mark that was drawn a moment ago.
"""

import base64
import contextlib
import hashlib
import io
import itertools
import json
import os
import secrets
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from steiger.bench import Bench
from steiger.building import BUILD_SECONDS, Box, Built

# pip at work is slow on a machine that a class shares.
INSTALL_SECONDS = 30.0
SECOND = 10**9
PROBE_EVERY = SECOND // 4
HEALTH_SECONDS = 8.0
FOLDERS = 1000
WHEEL = "steiger_tidetable-1.0-py3-none-any.whl"
WHEEL_SOURCE = Path(__file__).parent / "files" / "tidetable-source"

REPORT = """\
import json, os, sys
seen = {"args": sys.argv[1:], "cwd": os.getcwd(), "uid": os.getuid()}
"""
# What ran while the image was built does not know what only the container is told.
SIGN = """\
print(json.dumps(seen), "MARK" + os.environ.get("STEIGER_CHECK", ""), flush=True)
"""
READ = """\
try:
    seen["data"] = open("departures.csv").read()
except OSError as error:
    seen["data"] = str(error)
"""
IMPORT = """\
import importlib.metadata
seen["seal"] = seen["version"] = ""
try:
    import tidetable
    seen["seal"] = getattr(tidetable, "SEAL", "")
    seen["version"] = importlib.metadata.version("steiger-tidetable")
except ImportError as error:
    seen["error"] = str(error)
"""
CHANNEL = """\
seen["channel"] = os.environ.get("CHANNEL")
"""
WRITE = """\
seen["error"] = ""
try:
    with open("/var/lib/logbook/log.txt", "a") as log:
        log.write("all is well")
except OSError as error:
    seen["error"] = str(error)
here = os.path.abspath(__file__)
seen["code"] = [path for path in (here, os.path.dirname(here)) if os.access(path, os.W_OK)]
"""
WAIT = """\
import signal, threading
asked = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: asked.set())
seen["port"] = os.environ.get("PORT")
"""
UNTIL_ASKED = """\
asked.wait()
"""
LAMP = """\
import http.server
class Lamp(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if self.path == "/health" and os.environ.get("OUT_OF_OIL") else 200)
        self.end_headers()
server = http.server.ThreadingHTTPServer(("", 8000), Lamp)
"""
SERVE = """\
server.serve_forever()
"""


def first(bench: Bench) -> None:
    mark, data = _mark(), _mark()
    image = _image(bench, "ferry", {"app.py": _app(mark, READ), "departures.csv": data})
    with _started(bench, image, mark) as box:
        said = box.output(_signature(mark))
        if mark in said and _signed(said, mark) is None:
            bench.fail("early")
        seen = _read(bench, box, mark)
    if seen["data"] != data:
        bench.fail("data", seen=seen["data"])
    if seen["cwd"] != f"/srv/{bench.values['ferry']}":
        bench.fail("folder", seen=seen["cwd"])


def wheel(bench: Bench) -> None:
    mark, seal = _mark(), _mark()
    wheels = dict.fromkeys(_places(bench.folder / "tides", WHEEL), _wheel(WHEEL_SOURCE, seal))
    image = _image(bench, "tides", {"app.py": _app(mark, IMPORT), **wheels}, INSTALL_SECONDS)
    seen = _report(bench, image, mark)
    if not seen["version"]:
        bench.fail("uninstalled", seen=seen.get("error"))
    if seen["seal"] != seal:
        bench.fail("stale")
    labels = _config(bench, image).get("Labels") or {}
    if labels.get("owner") != bench.values["owner"]:
        bench.fail("label", seen=labels.get("owner"))


def settings(bench: Bench) -> None:
    mark, other = _mark(), _mark()
    image = _image(bench, "radio", {"app.py": _app(mark, CHANNEL)})
    with _started(bench, image, mark) as box, _started(bench, image, mark, env={"CHANNEL": other}) as told:
        plain, changed = _read(bench, box, mark), _read(bench, told, mark)
    if plain["channel"] is None:
        bench.fail("unset")
    if plain["channel"] != bench.values["channel"]:
        bench.fail("default", seen=plain["channel"])
    if changed["channel"] != other:
        bench.fail("fixed", seen=changed["channel"])


def user(bench: Bench) -> None:
    mark = _mark()
    image = _image(bench, "logbook", {"app.py": _app(mark, WRITE)})
    seen = _report(bench, image, mark)
    if str(seen["uid"]) != bench.values["uid"]:
        bench.fail("uid", seen=seen["uid"])
    if seen["error"]:
        bench.fail("shut", seen=seen["error"])
    if seen["code"]:
        bench.fail("code", seen=seen["code"])


def entry(bench: Bench) -> None:
    mark, loads = _mark(), ["piano", f"two {_mark()}"]
    image = _image(bench, "crane", {"app.py": _app(mark, WAIT, after=UNTIL_ASKED)})
    with _started(bench, image, mark) as box, _started(bench, image, mark, loads) as told:
        plain = _read(bench, box, mark)
        if plain["args"] != [bench.values["crate"]]:
            bench.fail("default", seen=plain["args"])
        said = told.output(_signature(mark))
        changed = _signed(said, mark)
        if changed is None or changed["args"] != loads:
            bench.fail("args", seen=changed["args"] if changed else _last(said))
        if not box.stop():
            bench.fail("deaf")


def ignore(bench: Bench) -> None:
    mark, vault = _mark(), bench.values["vault"]
    secret = {f".git/{mark}", f".git/objects/{mark}", ".env", f"{vault}/{mark}", f"{vault}/deep/{mark}"}
    keys = {f"{folder}{mark}.key" for folder in ("", "docs/", "docs/old/spare/")}
    sent = _whole(bench, bench.yard.context("cargo", dict.fromkeys(secret | keys, "secret"))).paths
    leaks = [path for path in sent if path.startswith((".git/", f"{vault}/")) or path.endswith(".key")]
    if leaks or ".env" in sent:
        bench.fail("sent", seen=sorted({path.replace(mark, "…") for path in leaks} | ({".env"} & set(sent))))
    lost = {"app.py", "manifest.csv", "docs/keys.txt"} - set(sent)
    if lost:
        bench.fail("lost", seen=lost)


def health(bench: Bench) -> None:
    mark = _mark()
    image = _image(bench, "lamp", {"app.py": _app(mark, LAMP, after=SERVE)})
    probe = _config(bench, image).get("Healthcheck") or {}
    if (probe.get("Test") or ["NONE"])[0] == "NONE":
        bench.fail("none")
    if (probe.get("Interval") or 30 * SECOND) != int(bench.values["beat"]) * SECOND:
        bench.fail("interval", seen=f"{(probe.get('Interval') or 30 * SECOND) / SECOND:g}")
    # The same question as in the image, only more often.
    often = {"Healthcheck": {"Interval": PROBE_EVERY, "StartPeriod": SECOND // 1000, "Retries": 1}}
    with (
        _started(bench, image, mark, settings=often) as box,
        _started(bench, image, mark, env={"OUT_OF_OIL": "1"}, settings=often) as dark,
    ):
        for each in (box, dark):
            _read(bench, each, mark)
        answer = _probed(box, want=0)
        if answer is None or answer["ExitCode"]:
            bench.fail("sick", seen=_last(answer["Output"]) if answer else None)
        answer = _probed(dark, want=1)
        if answer is None or not answer["ExitCode"]:
            bench.fail("blind")


def repair(bench: Bench) -> None:
    mark = _mark()
    image = _image(bench, "tug", {"src/tug.py": _app(mark, WAIT, after=UNTIL_ASKED)})
    with _started(bench, image, mark) as box:
        seen = _read(bench, box, mark)
        if seen["port"] != bench.values["port"]:
            bench.fail("port", seen=seen["port"])
        exposed = _config(bench, image).get("ExposedPorts") or {}
        if f"{bench.values['port']}/tcp" not in exposed:
            bench.fail("expose", seen=sorted(exposed))
        if not box.stop():
            bench.fail("deaf")


def _places(folder: Path, name: str) -> set[str]:
    """Return where a student may have put a file: the paths in a folder that end in its name, and that of the start."""
    walked = itertools.islice(os.walk(folder), FOLDERS)
    return {f"wheels/{name}"} | {
        str((Path(here) / name).relative_to(folder)) for here, _folders, files in walked if name in files
    }


def _mark() -> str:
    return secrets.token_hex(8)


def _app(mark: str, *looks: str, after: str = "") -> str:
    """Return a program that looks around, reports in one signed line, and then does `after`."""
    return "".join([REPORT, *looks, SIGN.replace("MARK", mark), after])


def _image(bench: Bench, folder: str, files: Mapping[str, str | bytes], seconds: float = BUILD_SECONDS) -> str:
    """Return the id of the image that a folder gives with these files changed, or fail with `build`."""
    return _whole(bench, bench.build(folder, files, seconds)).image


def _whole(bench: Bench, built: Built) -> Built:
    if built.fault:
        bench.fail("build", step=built.step, why=built.why)
    return built


def _signature(mark: str) -> str:
    """Return how our program signs in a container that we started: half of it only such a container is told."""
    return f"{mark}{mark[::-1]}"


def _started(
    bench: Bench,
    image: str,
    mark: str,
    args: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> contextlib.AbstractContextManager[Box]:
    return bench.yard.launch(image, args, {"STEIGER_CHECK": mark[::-1], **(env or {})}, settings)


def _report(bench: Bench, image: str, mark: str) -> dict[str, Any]:
    """Return what our program saw in a container that was simply started."""
    with _started(bench, image, mark) as box:
        return _read(bench, box, mark)


def _read(bench: Bench, box: Box, mark: str) -> dict[str, Any]:
    """Return what our program reports in a container; fail with `other` when it never does."""
    said = box.output(_signature(mark))
    seen = _signed(said, mark)
    if seen is None:
        bench.fail("other", status=box.status(), seen=_last(said))
    return seen


def _signed(said: str, mark: str) -> dict[str, Any] | None:
    for line in said.splitlines():
        report, found, _rest = line.partition(f" {_signature(mark)}")
        if found:
            with contextlib.suppress(ValueError):
                seen = json.loads(report)
                return seen if isinstance(seen, dict) else None
    return None


def _last(said: str) -> str:
    """Return the last line that says something: in a traceback, it says what."""
    return next((line for line in reversed(said.splitlines()) if line.strip()), "")


def _config(bench: Bench, image: str) -> dict[str, Any]:
    config: dict[str, Any] = (bench.engine.image(image) or {}).get("Config") or {}
    return config


def _probed(box: Box, want: int) -> dict[str, Any] | None:
    """Return an answer of the health check, of when the program was up: as soon as one is as wanted, or the last."""
    before = {answer["Start"] for answer in _answers(box)}
    deadline = time.monotonic() + HEALTH_SECONDS
    answer = None
    while time.monotonic() < deadline:
        # The first one may have been asked before the program was up.
        new = [answer for answer in _answers(box) if answer["Start"] not in before][1:]
        if new:
            answer = new[-1]
            if bool(answer["ExitCode"]) == bool(want) or len(new) > 1:
                break
        time.sleep(0.05)
    return answer


def _answers(box: Box) -> Sequence[dict[str, Any]]:
    state = box.look().get("State") or {}
    return (state.get("Health") or {}).get("Log") or []


def _wheel(source: Path, seal: str = "") -> bytes:
    """Return the wheel of the package in a folder, always the same; a seal makes it one of its kind."""
    info = "steiger_tidetable-1.0.dist-info"
    files = {path.relative_to(source).as_posix(): path.read_bytes() for path in sorted(source.glob("tidetable/*.py"))}
    files |= {f"{info}/{name}": (source / name).read_bytes() for name in ("METADATA", "WHEEL")}
    if seal:
        files["tidetable/__init__.py"] += f'SEAL = "{seal}"\n'.encode()
    record = [f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in files.items()]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
