"""Building and running for a check: it ends, it is told in words, and nothing of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.steiger.fakes import FakeEngine

from steiger import building, paths
from steiger.bench import Bench
from steiger.building import LABEL, Built, Yard
from steiger.errors import EngineError
from steiger.grader import CheckTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    Buildx = Callable[[str], Path]

IMAGE = "sha256:" + "a" * 64
# Where buildx is told to write, by the words that it is called with.
OUT = 'for word in "$@"; do case $word in --output=*) out=${word##*dest=};; esac; done; for place in "$@"; do :; done'


@dataclass
class FakeDock(FakeEngine):
    """An engine that also has build cache, and containers that can be started."""

    records: list[str] = field(default_factory=lambda: ["old"])
    held: dict[str, int] = field(default_factory=dict)
    made: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    wrote: str = ""
    state: dict[str, Any] = field(default_factory=lambda: {"Running": False, "ExitCode": 0, "Error": ""})
    silent: bool = False
    socket_path: str = "/run/dock.sock"

    def info(self) -> dict[str, Any]:
        """Return what an engine with limits says."""
        return {"DockerRootDir": "/nowhere", "MemoryLimit": True, "PidsLimit": False}

    def build_records(self) -> list[dict[str, Any]]:
        """Return the records of the build cache."""
        if self.silent:
            raise EngineError("the engine is gone")
        return [{"ID": record} for record in self.records]

    def prune_build(self, records: list[str]) -> None:
        """Remove records; one that is held takes more than one call."""
        for record in records:
            self.held[record] = self.held.get(record, 0) - 1
            if self.held[record] < 0:
                self.records.remove(record)

    def make_container(self, name: str, body: dict[str, Any]) -> str:
        """Make a container."""
        self.made.append({"name": name, **body})
        self.boxes.append({"Id": name, "Names": [f"/{name}"], "Labels": body["Labels"], "Mounts": [], "ImageID": IMAGE})
        return name

    def start_container(self, container_id: str) -> None:
        """Start a container, which only a good command lets."""
        if self.state.get("Error"):
            raise EngineError(f"{container_id}: {self.state['Error']}")

    def stop_container(self, container_id: str, seconds: int) -> None:
        """Stop a container; a deaf one is killed."""
        assert container_id
        deaf = self.state.get("Deaf")
        time.sleep(0.05 if deaf else 0)
        self.state = {"Running": False, "ExitCode": 137 if deaf else 0, "Seconds": seconds}

    def remove_container(self, container_id: str, *, volumes: bool = True) -> None:
        """Remove a container with its anonymous volumes."""
        assert volumes
        self.removed.append(container_id)
        super().remove_container(container_id)

    def container(self, name: str) -> dict[str, Any] | None:  # type: ignore[override]
        """Return a container in its state."""
        return {"State": self.state} if any(box["Id"] == name for box in self.boxes) else None

    def logs(self, name: str, limit: int = 1000) -> str:
        """Return what the container wrote."""
        return self.wrote[-limit:] if name else ""


@pytest.fixture
def engine() -> FakeDock:
    """Return an engine in which a student has something."""
    dock = FakeDock()
    dock.add("container", "mine")
    dock.add("image", "mine:latest")
    return dock


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a work folder with a folder `ferry` to build; temporary files have a place of their own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    made = tmp_path / "work"
    (made / "ferry").mkdir(parents=True)
    (made / "ferry" / "Dockerfile").write_text("FROM scratch\n")
    return made


@pytest.fixture
def yard(engine: FakeDock, work: Path) -> Yard:
    """Return where to build."""
    return Yard(engine, work)


@pytest.fixture
def buildx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Buildx:
    """Return what puts a shell script in the place of buildx; it runs in a folder that is not removed."""
    monkeypatch.setattr(paths, "PLUGIN_FOLDERS", (tmp_path / "none", tmp_path / "plugins"))

    def put(script: str) -> Path:
        program = tmp_path / "plugins/docker-buildx"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\nnotes={tmp_path}\n{script}\n")
        program.chmod(0o755)
        return tmp_path

    return put


def left(work: Path) -> list[str]:
    """Return the temporary files that are left."""
    return sorted(path.name for path in (work.parent / "tmp").iterdir())


def alive(process: int) -> bool:
    """Tell whether a process is more than a zombie that waits for its parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(process: int) -> bool:
    """Tell whether a process has ended, or does within a moment."""
    deadline = time.monotonic() + 2
    while alive(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(process)


# Building


def test_an_image_comes_of_changed_files(yard: Yard, work: Path, buildx: Buildx) -> None:
    notes = buildx('for last; do :; done; cp -r "$last" $notes/seen; printf "%s\\n" "$@" >$notes/words')
    built = yard.build("ferry", {"app.py": "new", "sub/x": b"\xff"})
    # By the name that it was given: which id finds it differs between image stores.
    assert built == Built(image=f"steiger-check-{os.getpid()}:1")
    assert f"--tag={built.image}" in (notes / "words").read_text().splitlines()
    assert (notes / "seen" / "app.py").read_text() == "new"
    assert (notes / "seen" / "sub" / "x").read_bytes() == b"\xff"
    assert [path.name for path in (work / "ferry").iterdir()] == ["Dockerfile"]
    yard.close()
    assert left(work) == []


def test_how_the_engine_is_asked(
    yard: Yard, engine: FakeDock, buildx: Buildx, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("BUILDX_BUILDER", "elsewhere")
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    monkeypatch.setenv("PATH", f"{home}:{os.environ['PATH']}")
    notes = buildx('printf "%s\\n" "$@" >$notes/words; env >$notes/env; exit 1')
    yard.build("ferry", {})
    words = (notes / "words").read_text().splitlines()
    env = dict(line.partition("=")[::2] for line in (notes / "env").read_text().splitlines())
    assert words[0] == "build"
    assert {"--builder=default", "--network=none", "--progress=plain", f"--label={LABEL}={os.getpid()}"} < set(words)
    assert env["DOCKER_HOST"] == f"unix://{engine.socket_path}"
    assert env["HOME"] == env["DOCKER_CONFIG"] != str(home)
    assert {"BUILDX_BUILDER", "DOCKER_CONTEXT"} & set(env) == set()
    assert str(home) not in env["PATH"]


def test_it_is_built_once(yard: Yard, buildx: Buildx) -> None:
    notes = buildx("echo once >>$notes/times")
    assert yard.build("ferry", {"a": "1"}) == yard.build("ferry", {"a": "1"})
    assert (notes / "times").read_text() == "once\n"
    yard.build("ferry", {"a": "2"})
    assert (notes / "times").read_text() == "once\nonce\n"


def test_a_build_that_fails_says_where_and_why(yard: Yard, buildx: Buildx) -> None:
    buildx(
        "echo ' > [2/2] RUN false:'; echo '0.1 oh no' >&2; echo ------; echo 'ERROR: failed to solve: x' >&2; exit 1"
    )
    assert yard.build("ferry", {}) == Built(fault="failed", step="RUN false", why="oh no")


def test_no_dockerfile_is_told_without_asking_the_engine(yard: Yard, work: Path) -> None:
    (work / "ferry" / "Dockerfile").unlink()
    why = "there is no file called Dockerfile; there is: –"
    assert yard.build("ferry", {}) == Built(fault="unfit", why=why)
    assert yard.context("none", {}) == Built(fault="unfit", why="there is no folder none")


ENDLESS = {
    "sleeps": "echo '#5 [2/2] RUN sleep 9999'; sleep 60",
    "is deaf": "echo '#5 [2/2] RUN sleep 9999'; trap '' TERM INT HUP; while :; do sleep 1; done",
    "says no end": "echo '#5 [2/2] RUN sleep 9999'; exec yes",
    "says no end in one line": "echo '#5 [2/2] RUN sleep 9999'; exec cat /dev/zero",
    "shuts its mouth": "echo '#5 [2/2] RUN sleep 9999'; exec >/dev/null 2>&1; sleep 60",
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
def test_a_build_without_an_end_is_stopped(yard: Yard, work: Path, buildx: Buildx, script: str) -> None:
    notes = buildx(f"sleep 60 >/dev/null 2>&1 & echo $! >$notes/child; echo $$ >$notes/self; {script}")
    begun = time.monotonic()
    built = yard.build("ferry", {}, seconds=1)
    assert time.monotonic() - begun < 4
    assert built == Built(fault="time", step="RUN sleep 9999", why="it was stopped after 1 seconds")
    assert gone(int((notes / "self").read_text()))
    assert gone(int((notes / "child").read_text()))
    yard.close()
    assert left(work) == []


@pytest.mark.parametrize("counter", ["_written", "_free"])
def test_a_build_that_fills_the_disk_is_stopped(
    yard: Yard, buildx: Buildx, monkeypatch: pytest.MonkeyPatch, counter: str
) -> None:
    taken = iter(range(0, 10**6 * 10**9, 10**9))
    sign = 1 if counter == "_written" else -1
    monkeypatch.setattr(building, counter, lambda *_: sign * next(taken))
    notes = buildx("echo '#5 [2/2] RUN yes >f'; echo $$ >$notes/self; sleep 60")
    begun = time.monotonic()
    built = yard.build("ferry", {}, seconds=20)
    assert time.monotonic() - begun < 3
    assert built == Built(fault="disk", step="RUN yes >f", why="it was stopped: it wrote more than 512 MB")
    assert gone(int((notes / "self").read_text()))


def test_what_run_wrote_is_read_from_its_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    groups = {
        "docker/buildkit/abc/memory.stat": "anon 5\nfile 1000\nfile_dirty 7\n",
        "memory/docker/buildkit/abc/memory.stat": "cache 200\nrss 9\ntotal_cache 999\n",
        f"system.slice/docker-{'a' * 25}.scope/memory.stat": "file 30\n",
        f"system.slice/docker-{'a' * 64}.scope/memory.stat": "file 10000\n",
        "docker/buildkit/strange/memory.stat": "\x00",
    }
    for name, text in groups.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(building, "_CGROUPS", tmp_path)
    assert building._written() == 1230  # noqa: SLF001


def test_a_disk_that_we_may_not_look_at_is_measured_as_a_whole(tmp_path: Path) -> None:
    assert building._free(str(tmp_path / "none")) > 0  # noqa: SLF001


def test_an_interrupted_build_leaves_nothing(
    yard: Yard, work: Path, buildx: Buildx, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = buildx("echo $$ >$notes/self; sleep 60")

    def interrupt() -> int:
        if (notes / "self").is_file():
            raise CheckTimeoutError
        return 0

    monkeypatch.setattr(building, "_written", interrupt)
    with pytest.raises(CheckTimeoutError):
        yard.build("ferry", {})
    assert gone(int((notes / "self").read_text()))
    yard.close()
    assert left(work) == []


def test_a_build_ends_when_its_check_is_killed(work: Path, buildx: Buildx, tmp_path: Path) -> None:
    """What nobody can catch: the kernel's own time-keeper then ends the build."""
    buildx("echo $$ >$notes/self; sleep 60")
    script = f"""
import os, signal, sys, threading, time
from pathlib import Path
from steiger import building, paths
from tests.unit.steiger.test_building import FakeDock
paths.PLUGIN_FOLDERS = (Path({str(tmp_path / "plugins")!r}),)
building._GRACE = 0
def kill():
    while not Path({str(tmp_path / "self")!r}).is_file():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=kill).start()
building.Yard(FakeDock(), Path({str(work)!r})).build("ferry", {{}}, 2)
"""
    root = Path(__file__).parents[3]
    env = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}", "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run([sys.executable, "-c", script], env=env, check=False, timeout=30)
    assert done.returncode == -9
    build = int((tmp_path / "self").read_text())
    deadline = time.monotonic() + 5
    while alive(build) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(build)
    assert left(work) != []
    # The next check takes away what is left.
    yard = Yard(FakeDock(), work)
    yard.build("none", {})
    yard.close()
    assert left(work) == []


def test_without_buildx_one_line_says_so(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PLUGIN_FOLDERS", ())
    with pytest.raises(EngineError, match="buildx is not installed"):
        yard.build("ferry", {})


# The context


def test_what_is_sent_is_what_buildx_writes(yard: Yard, work: Path, buildx: Buildx) -> None:
    notes = buildx(
        f'{OUT}; cp "$place/Dockerfile" $notes/; mkdir -p "$out/docs" "$out/empty"; touch "$out/docs/x"; ln -s y "$out/l"'
    )
    assert yard.context("ferry", {"docs/x": "1"}) == Built(paths=("docs/x", "l"))
    assert (notes / "Dockerfile").read_text() == "FROM scratch\nCOPY . /\n"
    assert (work / "ferry" / "Dockerfile").read_text() == "FROM scratch\n"
    buildx("echo 'ERROR: failed to solve: syntax error in pattern'; exit 1")
    assert yard.context("ferry", {}) == Built(fault="failed", why="syntax error in pattern")
    yard.close()
    assert left(work) == []


# Running


def test_a_container_is_bounded_and_removed(yard: Yard, engine: FakeDock) -> None:
    with yard.launch(IMAGE, ["a b", "c"], {"X": "1"}, {"Healthcheck": {"Interval": 1}}) as box:
        assert box.id == f"steiger-check-{os.getpid()}-1"
        assert engine.removed == []
    (made,) = engine.made
    assert (made["Image"], made["Cmd"], made["Env"]) == (IMAGE, ["a b", "c"], ["X=1"])
    assert (made["Labels"], made["Healthcheck"]) == ({LABEL: str(os.getpid())}, {"Interval": 1})
    limits = made["HostConfig"]
    assert limits["NetworkMode"] == "none"
    assert limits["Memory"] == building.RUN_MEMORY
    assert "PidsLimit" not in limits
    assert limits["LogConfig"]["Config"]["max-size"] == "1m"
    assert engine.removed == [box.id]
    with yard.launch(IMAGE) as box:
        assert engine.made[1]["Cmd"] is None


@pytest.mark.parametrize("error", [CheckTimeoutError, KeyboardInterrupt, ValueError])
def test_a_container_is_removed_whatever_happens(yard: Yard, engine: FakeDock, error: type[BaseException]) -> None:
    with pytest.raises(error), yard.launch(IMAGE) as box:
        raise error
    assert engine.removed == [box.id]


def test_a_container_that_could_not_be_removed_goes_in_the_end(yard: Yard, engine: FakeDock) -> None:
    """A time limit may strike while a container is being removed."""
    remove = engine.remove_container

    def struck(container_id: str, *, volumes: bool = True) -> None:
        assert container_id
        assert volumes
        raise CheckTimeoutError

    engine.remove_container = struck  # type: ignore[method-assign]
    with pytest.raises(CheckTimeoutError), yard.launch(IMAGE) as box:
        pass
    engine.remove_container = remove  # type: ignore[method-assign]
    assert engine.removed == []
    yard.close()
    assert engine.removed == [box.id]
    assert engine.container_names() == ["mine"]


def test_a_command_that_is_not_there_is_told(yard: Yard, engine: FakeDock) -> None:
    engine.state = {
        "Running": False,
        "ExitCode": 127,
        "Error": 'failed to create task: OCI runtime create failed: exec: "pyton": executable file not found in $PATH: unknown',
    }
    with yard.launch(IMAGE) as box:
        assert box.output() == 'exec: "pyton": executable file not found in $PATH'
        assert box.status() == 127


def test_output_is_waited_for(yard: Yard, engine: FakeDock) -> None:
    engine.state = {"Running": True}
    with yard.launch(IMAGE) as box:
        begun = time.monotonic()
        engine.wrote = "ready"
        assert box.output("ready") == "ready"
        assert time.monotonic() - begun < 0.5
        assert box.status() is None
        assert box.output("never", seconds=0.2) == "ready"
        engine.state = {"Running": False, "ExitCode": 3}
        assert box.output("never") == "ready"
        assert box.status() == 3
        boxes, engine.boxes = engine.boxes, []
        assert (box.look(), box.output(), box.status()) == ({}, "ready", -1)
        engine.boxes = boxes


def test_stopping_tells_who_listens(yard: Yard, engine: FakeDock) -> None:
    with yard.launch(IMAGE) as box:
        engine.state = {"Running": True}
        assert box.stop()
        assert engine.state["Seconds"] == 2
        engine.state = {"Running": True, "Deaf": True}
        assert not box.stop()
        engine.state = {"Running": False, "ExitCode": 0}
        assert not box.stop(), "it had ended by itself"


# Taking away


def test_images_and_cache_of_the_check_go_and_the_students_stay(
    yard: Yard, engine: FakeDock, work: Path, buildx: Buildx
) -> None:
    buildx("true")
    yard.build("ferry", {})
    mine = {LABEL: str(os.getpid())}
    engine.add("image", f"steiger-check-{os.getpid()}:1")
    engine.pictures[-1]["Labels"] = mine
    engine.add("image", "")
    engine.pictures[-1]["Labels"] = mine
    engine.records += ["new", "busy"]
    engine.held["busy"] = 3
    yard.close()
    assert [picture["RepoTags"] for picture in engine.pictures] == [["mine:latest"]]
    assert engine.records == ["old"]
    assert engine.container_names() == ["mine"]
    assert left(work) == []
    yard.close()


def test_cache_that_stays_in_use_does_not_hold_the_check(
    yard: Yard, engine: FakeDock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_GRACE", 0.2)
    yard.build("none", {})
    engine.records.append("busy")
    engine.held["busy"] = 10**9
    begun = time.monotonic()
    yard.close()
    assert time.monotonic() - begun < 1


def test_an_engine_that_is_gone_does_not_keep_files(yard: Yard, engine: FakeDock, work: Path) -> None:
    yard.build("none", {})
    engine.silent = True
    yard.close()
    assert left(work) == []


def test_what_a_killed_check_left_is_taken_away_and_a_living_ones_is_not(
    yard: Yard, engine: FakeDock, work: Path
) -> None:
    with subprocess.Popen(["true"]) as dead:
        pass
    for mark in (str(dead.pid), "1", "no number"):
        engine.boxes.append(
            {"Id": f"box-{mark}", "Names": [f"/{mark}"], "Labels": {LABEL: mark}, "Mounts": [], "ImageID": ""}
        )
        (work.parent / "tmp" / f"steiger-check-{mark}-x").mkdir()
    (work.parent / "tmp" / f"steiger-check-{dead.pid}-link").symlink_to(work)
    engine.add("image", "left:1")
    engine.pictures[-1]["Labels"] = {LABEL: str(dead.pid)}
    yard.build("none", {})
    assert engine.removed == [f"box-{dead.pid}", "box-no number"]
    assert [picture["RepoTags"] for picture in engine.pictures] == [["mine:latest"]]
    yard.close()
    assert left(work) == ["steiger-check-1-x", f"steiger-check-{dead.pid}-link"]
    assert (work / "ferry" / "Dockerfile").is_file()


def test_a_bench_builds_and_closes(engine: FakeDock, work: Path, buildx: Buildx) -> None:
    buildx("true")
    bench = Bench({}, work, engine)
    bench.close()
    assert "yard" not in vars(bench), "a check that builds nothing pays nothing"
    assert bench.build("ferry").image == f"steiger-check-{os.getpid()}:1"
    assert bench.build("ferry", {"x": "1"}).image == f"steiger-check-{os.getpid()}:2"
    bench.close()
    assert left(work) == []
