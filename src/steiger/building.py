"""Builds a student's Dockerfile for a check, and runs what came of it: bounded in time and size, and taken away again.

The student's own engine builds, with BuildKit as `docker build` does, but from a copy of the folder in
which the check has changed files, so that an output that was written down beforehand is found out.
All that is made bears our process id: what a killed check left behind, the next one takes away.
"""

import contextlib
import functools
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steiger.buildlog import Log
from steiger.context import Unfit, prepare, remove_tree
from steiger.engine import Engine, Json
from steiger.errors import EngineError
from steiger.i18n import _
from steiger.paths import COMMANDS, docker_plugin

BUILD_SECONDS = 15.0
RUN_SECONDS = 8.0
# What RUN wrote, as its control group counts it: that tells at once, and of this build alone.
WRITTEN_BYTES = 512 * 1024**2
# Where no group counts memory there is the free space; others may take of that, too.
DISK_BYTES = 2 * 1024**3
RUN_MEMORY = 256 * 1024**2
RUN_PROCESSES = 128
RUN_FILE_BYTES = 64 * 1024**2
LABEL = "nl.steiger.check"

_PREFIX = "steiger-check-"
_LOOK = 0.1
_GRACE = 3.0
_PIECE = 64 * 1024
_CGROUPS = Path("/sys/fs/cgroup")
# The groups in which BuildKit runs RUN, under either driver, in cgroup v2 and v1.
_GROUPS = tuple(
    f"{version}{group}/memory.stat"
    for version in ("", "memory/")
    for group in ("docker/buildkit/*", "system.slice/docker-" + "?" * 25 + ".scope")
)
_WRITTEN = re.compile(r"^(?:file|cache) (\d+)$", re.MULTILINE)
_START = re.compile(r"^.*(?=exec: )|: unknown$", re.DOTALL)


@dataclass(frozen=True)
class Built:
    """What came of a build: the image's name (or the paths that were sent), or a fault and, in words, where and why.

    The faults: `unfit` (there is no Dockerfile, or the folder is not what can be built), `failed` (the
    engine says so), `time` and `disk` (it was stopped, for it took too much).
    """

    image: str = ""
    fault: str = ""
    step: str = ""
    why: str = ""
    paths: tuple[str, ...] = ()


class Box:
    """A container that a check started, to be looked at for a moment."""

    def __init__(self, engine: Engine, box_id: str) -> None:
        self.engine = engine
        self.id = box_id

    def look(self) -> Json:
        """Return the container as `docker inspect` shows it; {} when it is gone."""
        return self.engine.container(self.id) or {}

    def status(self) -> int | None:
        """Return the exit status; None while it runs."""
        state = self.look().get("State") or {}
        return None if state.get("Running") else int(state.get("ExitCode", -1))

    def output(self, wanted: str = "", seconds: float = RUN_SECONDS) -> str:
        """Return what it wrote: when it has ended, when that holds the text `wanted`, or after some seconds."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.look().get("State") or {}
            written = self.engine.logs(self.id)
            found = wanted and wanted in written
            if found or not state.get("Running") or time.monotonic() >= deadline:
                return written or _START.sub("", str(state.get("Error") or ""))
            time.sleep(_LOOK)

    def stop(self, seconds: int = 2) -> bool:
        """Ask it to stop, as `docker stop` does; tell whether it did within some seconds, before it was killed."""
        if self.status() is not None:
            return False
        begun = time.monotonic()
        self.engine.stop_container(self.id, seconds)
        return time.monotonic() - begun < seconds and self.status() != 128 + signal.SIGKILL


class Yard:
    """Where a check builds and runs; `close` takes away whatever it made."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self._mark = str(os.getpid())
        self._count = 0
        self._place: Path | None = None
        self._before: set[str] = set()
        self._built: dict[tuple[str, tuple[tuple[str, str | bytes], ...]], Built] = {}

    # What a check asks for

    def build(self, folder: str, files: Mapping[str, str | bytes], seconds: float = BUILD_SECONDS) -> Built:
        """Build a folder of the work folder, with these files changed or added; once, however often it is asked."""
        key = (folder, tuple(sorted(files.items())))
        if key not in self._built:
            self._built[key] = self._build(folder, files, seconds)
        return self._built[key]

    def context(self, folder: str, files: Mapping[str, str | bytes], seconds: float = BUILD_SECONDS) -> Built:
        """Find the paths that a build of the folder is given, after .dockerignore; no image is made."""
        home, number = self._open(), self._next()
        place, out = home / f"{number}", home / f"{number}-out"
        try:
            prepare(self.folder, folder, {**files, "Dockerfile": "FROM scratch\nCOPY . /\n"}, place)
        except Unfit as unfit:
            return Built(fault="unfit", why=str(unfit))
        built = self._run(place, [f"--output=type=local,dest={out}"], seconds)
        if built.fault:
            return built
        sent = (path for path in out.rglob("*") if path.is_symlink() or not path.is_dir())
        return Built(paths=tuple(sorted(str(path.relative_to(out)) for path in sent)))

    @contextlib.contextmanager
    def launch(
        self,
        image: str,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Iterator[Box]:
        """Start a container without a network, and remove it at the end of the `with`.

        Args:
            image: the name of an image, as `build` gives it.
            args: what a student would type behind the image's name.
            env: environment variables.
            settings: more of what the engine's API takes when a container is made.
        """
        has = self._info
        limits = {
            "Memory": RUN_MEMORY if has.get("MemoryLimit") else 0,
            "PidsLimit": RUN_PROCESSES if has.get("PidsLimit") else 0,
        }
        self._open()
        made = self.engine.make_container(
            f"{_PREFIX}{self._mark}-{self._next()}",
            {
                "Image": image,
                "Cmd": list(args) or None,
                "Env": [f"{name}={value}" for name, value in (env or {}).items()],
                "Labels": {LABEL: self._mark},
                "HostConfig": {
                    "NetworkMode": "none",
                    "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}},
                    "Ulimits": [{"Name": "fsize", "Soft": RUN_FILE_BYTES, "Hard": RUN_FILE_BYTES}],
                    **{name: limit for name, limit in limits.items() if limit},
                },
                **(settings or {}),
            },
        )
        try:
            # A command that is not there is the student's fault: the container's own state tells.
            with contextlib.suppress(EngineError):
                self.engine.start_container(made)
            yield Box(self.engine, made)
        finally:
            self.engine.remove_container(made)

    def close(self) -> None:
        """Take away containers, images, build cache and files; a second time does nothing more."""
        if self._place is None:
            return
        try:
            with contextlib.suppress(EngineError):
                _sweep(self.engine, {self._mark})
                self._prune()
        finally:
            remove_tree(self._place)
            self._place = None

    # How

    def _open(self) -> Path:
        """Return the folder for copies and for the client's settings; it is the first thing that is made."""
        if self._place is None:
            _sweep(self.engine, _dead_marks(self.engine))
            # What is there before is the student's, and stays.
            self._before = {record["ID"] for record in self.engine.build_records()}
            self._place = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{self._mark}-"))
        return self._place

    @functools.cached_property
    def _info(self) -> Json:
        return self.engine.info()

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _build(self, folder: str, files: Mapping[str, str | bytes], seconds: float) -> Built:
        home, number = self._open(), self._next()
        place = home / f"{number}"
        try:
            prepare(self.folder, folder, files, place)
        except Unfit as unfit:
            return Built(fault="unfit", why=str(unfit))
        tag = f"{_PREFIX}{self._mark}:{number}"
        built = self._run(place, [f"--tag={tag}"], seconds)
        # Its name: what buildx writes as its id is that of its config, by which the containerd image store finds none.
        return built if built.fault else Built(image=tag)

    def _run(self, place: Path, options: list[str], seconds: float) -> Built:
        buildx = docker_plugin("docker-buildx")
        if not buildx:
            raise EngineError(_("Docker's buildx is not installed; run ./setup again"))
        command = [
            # Should we be killed, then this ends the build.
            *("timeout", "--signal=KILL", str(seconds + _GRACE)),
            *(str(buildx), "build", "--builder=default", "--progress=plain", "--network=none"),
            # The student's cache mounts are not ours to fill.
            f"--build-arg=BUILDKIT_CACHE_MOUNT_NS={_PREFIX}{self._mark}",
            # Makes it an image of its own, never the same as one of the student's.
            f"--label={LABEL}={self._mark}",
            *options,
            str(place),
        ]
        settings = place.with_name("client")
        env = {
            "PATH": COMMANDS,
            "HOME": str(settings),
            "DOCKER_CONFIG": str(settings),
            "DOCKER_HOST": f"unix://{self.engine.socket_path}",
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
            "LC_ALL": "C.UTF-8",
        }
        process = subprocess.Popen(
            command,
            env=env,
            cwd=place.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log = Log()
        try:
            fault = self._follow(process, log, time.monotonic() + seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout:
                process.stdout.close()
            remove_tree(place)
        if fault == "time":
            return Built("", fault, log.at(), _("it was stopped after {seconds} seconds").format(seconds=int(seconds)))
        if fault == "disk":
            size = WRITTEN_BYTES // 1024**2
            return Built("", fault, log.at(), _("it was stopped: it wrote more than {size} MB").format(size=size))
        return Built("", "failed", *log.reason()) if process.returncode else Built()

    def _follow(self, process: subprocess.Popen[bytes], log: Log, deadline: float) -> str:
        """Read what a build says until it ends; return "time" or "disk" when it took too much."""
        output = process.stdout
        assert output is not None  # noqa: S101 - for the type checker: it is a pipe
        root = str(self._info.get("DockerRootDir") or "/")
        free = _free(root)
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            looked = 0.0
            while time.monotonic() < deadline:
                if selector.select(_LOOK):
                    piece = os.read(output.fileno(), _PIECE)
                    if not piece:
                        with contextlib.suppress(subprocess.TimeoutExpired):
                            process.wait(max(0.0, deadline - time.monotonic()))
                            return ""
                        break
                    log.add(piece)
                if time.monotonic() - looked > _LOOK:
                    looked = time.monotonic()
                    if _written() > WRITTEN_BYTES or free - _free(root) > DISK_BYTES:
                        return "disk"
        return "time"

    def _prune(self) -> None:
        """Remove the build cache that was not there before; a build that was stopped may hold it for a moment."""
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline:
            records = [record["ID"] for record in self.engine.build_records() if record["ID"] not in self._before]
            if not records:
                return
            self.engine.prune_build(records)
            time.sleep(_LOOK / 5)


def _free(path: str) -> int:
    """Return the bytes that are free where a path is; of the whole system when we may not look there."""
    try:
        known = os.statvfs(path)
    except OSError:
        known = os.statvfs("/")
    return known.f_bavail * known.f_frsize


def _written() -> int:
    """Return how many bytes of files the RUN steps of now hold in memory; 0 where no group counts them."""
    total = 0
    for pattern in _GROUPS:
        for path in _CGROUPS.glob(pattern):
            with contextlib.suppress(OSError):
                total += sum(int(number) for number in _WRITTEN.findall(path.read_text(encoding="ascii")))
    return total


def _sweep(engine: Engine, marks: set[str]) -> None:
    """Remove the containers and images that bear one of these marks."""
    if not marks:
        return
    for box in engine.containers():
        if (box.get("Labels") or {}).get(LABEL) in marks:
            engine.remove_container(box["Id"])
    for image in engine.images():
        if (image.get("Labels") or {}).get(LABEL) in marks:
            for name in [tag for tag in image.get("RepoTags") or [] if tag != "<none>:<none>"] or [image["Id"]]:
                engine.remove_image(name)


def _dead_marks(engine: Engine) -> set[str]:
    """Return the marks of checks that were killed, and remove their files."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        ours = not path.is_symlink() and path.lstat().st_uid == os.getuid()
        if ours and not _alive(path.name.removeprefix(_PREFIX).partition("-")[0]):
            remove_tree(path)
    things = [*engine.containers(), *engine.images()]
    marks = {(thing.get("Labels") or {}).get(LABEL) or "" for thing in things} - {""}
    return {mark for mark in marks if not _alive(mark)}


def _alive(mark: str) -> bool:
    return mark.isdecimal() and Path(f"/proc/{int(mark)}").exists()
