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
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steiger.engine import Engine, Json
from steiger.errors import EngineError, SteigerError
from steiger.i18n import _
from steiger.text import harmless

BUILD_SECONDS = 15.0
RUN_SECONDS = 5.0
CONTEXT_FILES = 10_000
CONTEXT_BYTES = 64 * 1024**2
DOCKERFILE_BYTES = 64 * 1024
# What RUN wrote, as its control group counts it: that tells at once, and of this build alone.
WRITTEN_BYTES = 512 * 1024**2
# Where no group counts memory there is the free space; others may take of that, too.
DISK_BYTES = 2 * 1024**3
RUN_MEMORY = 256 * 1024**2
RUN_PROCESSES = 128
RUN_FILE_BYTES = 64 * 1024**2
LABEL = "nl.steiger.check"

_PREFIX = "steiger-check-"
_COMMANDS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
_LOOK = 0.1
_GRACE = 3.0
_KEPT_OUTPUT = 64 * 1024
_KEPT_LINE = 4096
_PIECE = 64 * 1024
# The groups in which BuildKit runs RUN, under either driver, in cgroup v2 and v1.
_GROUPS = tuple(
    f"{version}{group}/memory.stat"
    for version in ("", "memory/")
    for group in ("docker/buildkit/*", "system.slice/docker-" + "?" * 25 + ".scope")
)
_WRITTEN = re.compile(r"^(?:file|cache) (\d+)$", re.MULTILINE)
_STEP = re.compile(r"#(\d+) (\[.+)")
_STEP_ENDED = re.compile(r"#(\d+) (?:DONE|CACHED|ERROR|CANCELED)\b")
_WHICH = re.compile(r"^\[[^\]]*\] ")
_EXCERPT = re.compile(r"^ > (?:\[[^\]]*\] )?(.*):$")
_RULE = re.compile(r"^-{4,}$")
_STAMP = re.compile(r"^(?:#\d+ )?\d+\.\d+ ")
_FINAL = re.compile(r"^(?:ERROR|error): ?(.+)$")
# Where in the engine it went wrong is not what a student can mend.
_BORING = re.compile(
    r"failed to solve: |rpc error: code = \w+ desc = |failed to solve with frontend \S+: |failed to create LLB definition: "
    r"|failed to build LLB: |failed to compute cache key: |failed to calculate checksum(?: of ref [^\"]*\S)?: "
    r"|/var/lib/docker/tmp/buildkit-mount\d+/?"
)
_START = re.compile(r"^.*(?=exec: )|: unknown$", re.DOTALL)


@dataclass(frozen=True)
class Built:
    """What came of a build: the image's id (or the paths that were sent), or a fault and, in words, at which step and why.

    The faults: `absent` (there is no Dockerfile), `unfit` (it, or the folder, is not what can be built),
    `failed` (the engine says so), `time` and `disk` (it was stopped, for it took too much).
    """

    image: str = ""
    fault: str = ""
    step: str = ""
    why: str = ""
    paths: tuple[str, ...] = ()


class _Unfit(Exception):  # noqa: N818 - a finding, not an error
    """A folder that cannot be built."""


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
            time.sleep(_LOOK / 2)

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
        number = self._next()
        place, out = self._home / f"{number}", self._home / f"{number}-out"
        try:
            self._prepare(folder, {**files, "Dockerfile": "FROM scratch\nCOPY . /\n"}, place)
        except _Unfit as unfit:
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
            image: the id of an image, as `build` gives it.
            args: what a student would type behind the image's name.
            env: environment variables.
            settings: more of what the engine's API takes when a container is made.
        """
        has = self._info
        limits = {
            "Memory": RUN_MEMORY if has.get("MemoryLimit") else 0,
            "PidsLimit": RUN_PROCESSES if has.get("PidsLimit") else 0,
        }
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
            _remove_tree(self._place)
            self._place = None

    # How

    @property
    def _home(self) -> Path:
        """The folder for copies and for the client's settings; the first thing that is made."""
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
        number = self._next()
        place, ids = self._home / f"{number}", self._home / f"{number}.id"
        try:
            if not self._prepare(folder, files, place):
                there = harmless(sorted(path.name for path in place.iterdir()))
                return Built(
                    fault="absent", why=_("there is no file called Dockerfile; there is: {names}").format(names=there)
                )
        except _Unfit as unfit:
            return Built(fault="unfit", why=str(unfit))
        tag = f"{_PREFIX}{self._mark}:{number}"
        built = self._run(place, [f"--tag={tag}", f"--iidfile={ids}"], seconds)
        return built if built.fault else Built(image=ids.read_text(encoding="ascii").strip())

    def _prepare(self, folder: str, files: Mapping[str, str | bytes], place: Path) -> bool:
        """Copy a folder and change files in the copy; tell whether there is a Dockerfile then.

        Raises:
            _Unfit: it is too much, or no folder, or its Dockerfile is no file.
        """
        source = self.folder / folder
        if not _within(source, self.folder) or not source.is_dir():
            raise _Unfit(_("there is no folder {folder}").format(folder=folder))
        try:
            _copy(source, place)
        except OSError as error:
            raise SteigerError(
                _("the folder {folder} could not be copied: {why}").format(folder=source, why=error.strerror)
            ) from error
        for path, content in files.items():
            _put(place, path, content)
        for name in ("Dockerfile", ".dockerignore"):
            given = source / name
            if name not in files and (given.is_symlink() or given.exists()) and not _readable(place, name):
                raise _Unfit(
                    _("{name} is no ordinary file of at most {size} KiB").format(
                        name=name, size=DOCKERFILE_BYTES // 1024
                    )
                )
        return (place / "Dockerfile").exists()

    def _run(self, place: Path, options: list[str], seconds: float) -> Built:
        docker = shutil.which("docker", path=_COMMANDS)
        if not docker:
            raise SteigerError(_("the command docker is not there; run ./setup again"))
        command = [
            # Should we be killed, then this ends the build.
            *("timeout", "--signal=KILL", str(seconds + _GRACE)),
            *(docker, "buildx", "build", "--builder=default", "--progress=plain", "--network=none"),
            # The student's cache mounts are not ours to fill.
            f"--build-arg=BUILDKIT_CACHE_MOUNT_NS={_PREFIX}{self._mark}",
            # Makes it an image of its own, never the same as one of the student's.
            f"--label={LABEL}={self._mark}",
            *options,
            str(place),
        ]
        settings = self._home / "client"
        env = {
            "PATH": _COMMANDS,
            "HOME": str(settings),
            "DOCKER_CONFIG": str(settings),
            "DOCKER_HOST": f"unix://{self.engine.socket_path}",
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
            "LC_ALL": "C.UTF-8",
        }
        process = subprocess.Popen(
            command,
            env=env,
            cwd=self._home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log = _Log()
        try:
            fault = self._follow(process, log, time.monotonic() + seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout:
                process.stdout.close()
            _remove_tree(place)
        if fault == "time":
            return Built("", fault, log.at(), _("it was stopped after {seconds} seconds").format(seconds=int(seconds)))
        if fault == "disk":
            size = WRITTEN_BYTES // 1024**2
            return Built("", fault, log.at(), _("it was stopped: it wrote more than {size} MB").format(size=size))
        return Built("", "failed", *log.reason()) if process.returncode else Built()

    def _follow(self, process: subprocess.Popen[bytes], log: "_Log", deadline: float) -> str:
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


class _Log:
    """What a build says, bounded: its last lines, and which steps it is at."""

    def __init__(self) -> None:
        self._tail = b""
        self._rest = b""
        self._open: dict[str, str] = {}

    def add(self, piece: bytes) -> None:
        self._tail = (self._tail + piece)[-_KEPT_OUTPUT:]
        *lines, rest = (self._rest + piece).split(b"\n")
        self._rest = rest[:_KEPT_LINE]
        for raw in lines:
            line = raw[:_KEPT_LINE].decode(errors="replace").rstrip("\r")
            if ended := _STEP_ENDED.match(line):
                self._open.pop(ended[1], None)
            elif step := _STEP.fullmatch(line):
                self._open[step[1]] = step[2]

    def at(self) -> str:
        """Return the step that had not ended."""
        return _WHICH.sub("", list(self._open.values())[-1]) if self._open else ""

    def reason(self) -> tuple[str, str]:
        """Return the step that failed and the last that was said: by the command in it, or else by the engine."""
        lines = self._tail.decode(errors="replace").splitlines()
        step, said = "", ""
        inside = False
        for line in lines:
            if heading := _EXCERPT.match(line):
                step, said, inside = heading[1], "", True
            elif _RULE.match(line):
                inside = False
            elif inside and (words := _STAMP.sub("", line).strip()):
                said = words
        finals = [match[1] for line in lines if (match := _FINAL.match(line))]
        final = _BORING.sub("", finals[-1]) if finals else (lines or [""])[-1]
        return step or self.at(), said or final


def _copy(source: Path, target: Path) -> None:
    """Copy a folder: files and links as they are, nothing else, and not more than a context may hold.

    Raises:
        _Unfit: it holds more.
    """
    files = size = 0
    too_much = _("the folder holds more than {files} files or {size} MB: too much to send").format(
        files=CONTEXT_FILES, size=CONTEXT_BYTES // 1024**2
    )
    folders = [(source, target)]
    while folders:
        here, there = folders.pop()
        there.mkdir()
        there.chmod(stat.S_IMODE(here.stat().st_mode) | stat.S_IRWXU)
        with contextlib.suppress(PermissionError, FileNotFoundError), os.scandir(here) as entries:
            for entry in entries:
                files += 1
                if files > CONTEXT_FILES:
                    raise _Unfit(too_much)
                path, copy = here / entry.name, there / entry.name
                if entry.is_symlink():
                    copy.symlink_to(path.readlink())
                elif entry.is_dir():
                    folders.append((path, copy))
                elif entry.is_file():
                    size += _copy_file(path, copy, CONTEXT_BYTES - size)
                    if size > CONTEXT_BYTES:
                        raise _Unfit(too_much)


def _copy_file(source: Path, target: Path, limit: int) -> int:
    """Copy a file of at most `limit` bytes, and return its size; what may not be read is left out."""
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (PermissionError, FileNotFoundError):
        return 0
    with os.fdopen(handle, "rb") as reading:
        known = os.fstat(handle)
        if not stat.S_ISREG(known.st_mode) or known.st_size > limit:
            return known.st_size
        with target.open("wb") as writing:
            while (left := limit + 1 - writing.tell()) > 0 and (piece := reading.read(min(left, _PIECE))):
                writing.write(piece)
            size = writing.tell()
    target.chmod(stat.S_IMODE(known.st_mode))
    return size


def _put(place: Path, path: str, content: str | bytes) -> None:
    """Write a file in a copy; a link on the way, which may lead out of it, is replaced."""
    *folders, name = Path(path).parts
    for folder in folders:
        place /= folder
        if place.is_symlink() or not place.is_dir():
            place.unlink(missing_ok=True)
            place.mkdir()
    target = place / name
    mode = 0o644
    if target.is_dir() and not target.is_symlink():
        _remove_tree(target)
    elif target.is_symlink():
        target.unlink()
    elif target.exists():
        mode = stat.S_IMODE(target.stat().st_mode)
        target.unlink()
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    target.chmod(mode)


def _readable(place: Path, name: str) -> bool:
    """Tell whether a name in a copy leads to an ordinary file in it, of a size that a person writes."""
    if not _within(place / name, place):
        return False
    known = (place / name).stat()
    return stat.S_ISREG(known.st_mode) and known.st_size <= DOCKERFILE_BYTES


def _within(path: Path, folder: Path) -> bool:
    """Tell whether a path is there, and below a folder when all links are followed."""
    try:
        return path.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False  # a loop of links is a RuntimeError before Python 3.13


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
        for path in Path("/sys/fs/cgroup").glob(pattern):
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
            _remove_tree(path)
    things = [*engine.containers(), *engine.images()]
    marks = {(thing.get("Labels") or {}).get(LABEL) or "" for thing in things} - {""}
    return {mark for mark in marks if not _alive(mark)}


def _alive(mark: str) -> bool:
    return mark.isdecimal() and Path(f"/proc/{int(mark)}").exists()


def _remove_tree(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
