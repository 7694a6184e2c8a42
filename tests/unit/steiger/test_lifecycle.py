"""Start, reset and finish: what becomes of folders and files, and what stays possible after a failure."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import FakeEngine

from steiger import lifecycle, progress, workfolder
from steiger.errors import EngineError, SteigerError
from steiger.values import ValueSpec

if TYPE_CHECKING:
    from pathlib import Path

    from steiger.catalogue import Lab


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Return the engine that the lifecycle talks to."""
    made = FakeEngine()
    made.add("image", "busybox:latest")
    monkeypatch.setattr(lifecycle, "Engine", lambda: made)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return made


@pytest.fixture
def work(home: Path) -> Path:
    """Return the path of the work folder of `pier`."""
    return home / "labs" / "pier"


def _content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_start_gives_the_files_and_remembers(lab: Lab, engine: FakeEngine, work: Path) -> None:
    assert lifecycle.start(lab) == ""
    assert _content(work) == _content(lab.folder / "files")
    known = progress.read("pier")
    assert known.phase == "started"
    assert known.before["images"] == [engine.pictures[0]["Id"]]
    assert progress.current() == "pier"


@pytest.mark.usefixtures("engine")
def test_a_second_start_changes_nothing(lab: Lab, work: Path) -> None:
    lifecycle.start(lab)
    (work / "mine.txt").write_text("work", encoding="utf-8")
    before = (progress.read("pier"), _content(work))
    assert lifecycle.start(lab) == "already"
    assert (progress.read("pier"), _content(work)) == before


@pytest.mark.usefixtures("engine")
def test_a_folder_of_the_students_own_is_moved_aside(lab: Lab, work: Path) -> None:
    work.mkdir(parents=True)
    (work / "thesis.txt").write_text("mine", encoding="utf-8")
    moved = lifecycle.start(lab)
    assert moved.startswith(f"{work}.own-")
    assert _content(work.parent / moved.rpartition("/")[2]) == {"thesis.txt": "mine"}
    assert _content(work) == _content(lab.folder / "files")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("kind", ["file", "link to a folder", "dangling link"])
def test_what_is_in_the_way_is_never_written_through(lab: Lab, work: Path, home: Path, kind: str) -> None:
    work.parent.mkdir()
    (home / "own").mkdir()
    (home / "own" / "x").write_text("mine", encoding="utf-8")
    if kind == "file":
        work.write_text("mine", encoding="utf-8")
    else:
        work.symlink_to(home / ("own" if kind == "link to a folder" else "nowhere"))
    assert lifecycle.start(lab).startswith(f"{work}.own-")
    assert _content(home / "own") == {"x": "mine"}
    assert not (home / "nowhere").exists()
    assert _content(work) == _content(lab.folder / "files")


@pytest.mark.usefixtures("engine")
def test_an_empty_folder_and_one_as_shipped_are_used(lab: Lab, work: Path) -> None:
    work.mkdir(parents=True)
    assert lifecycle.start(lab) == ""
    lifecycle.finish(lab)
    shutil.copytree(lab.folder / "files", work)
    assert lifecycle.start(lab) == ""
    assert [path.name for path in work.parent.iterdir()] == ["pier"]


@pytest.mark.usefixtures("engine")
def test_a_start_that_failed_can_be_run_again_and_keeps_files_written_since(
    lab: Lab, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise SteigerError("the start state could not be made")

    (lab.folder / "setup.yml").write_text("[]\n", encoding="utf-8")
    monkeypatch.setattr(lifecycle, "run_tasks", fail)
    with pytest.raises(SteigerError):
        lifecycle.start(lab)
    assert progress.read("pier").phase == "starting"
    with pytest.raises(SteigerError, match="pier is not started yet; run: lab start pier"):
        lifecycle.require_started(lab)
    (work / "README.txt").write_text("my notes", encoding="utf-8")
    monkeypatch.setattr(lifecycle, "run_tasks", lambda *_args: None)
    kept = lifecycle.start(lab)
    assert "my notes" in (work.parent / ".kept" / kept.rpartition("/")[2] / "README.txt").read_text(encoding="utf-8")
    assert _content(work) == _content(lab.folder / "files")
    assert progress.read("pier").phase == "started"


def test_things_made_by_a_start_that_was_killed_go_and_older_ones_stay(
    lab: Lab, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = lifecycle.lab_values(lab, engine)["box"]
    engine.add("container", f"{box}-old", "busybox:latest")

    def make_half(*_args: object) -> None:
        engine.add("container", box, "busybox:latest")
        raise KeyboardInterrupt

    (lab.folder / "setup.yml").write_text("[]\n", encoding="utf-8")
    monkeypatch.setattr(lifecycle, "run_tasks", make_half)
    with pytest.raises(KeyboardInterrupt):
        lifecycle.start(lab)
    monkeypatch.setattr(lifecycle, "run_tasks", lambda *_args: None)
    lifecycle.start(lab)
    assert engine.container_names() == [f"{box}-old"]


def test_setup_gets_the_values_and_the_folder(
    lab: Lab, engine: FakeEngine, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(lifecycle, "run_tasks", lambda *args: asked.extend(args))
    (lab.folder / "setup.yml").write_text("[]\n", encoding="utf-8")
    lifecycle.start(lab)
    assert asked == [lab.folder / "setup.yml", {**lifecycle.lab_values(lab, engine), "lab_folder": str(work)}]


def _needing_a_port(lab: Lab) -> Lab:
    return replace(lab, values={**lab.values, "port": ValueSpec("port")}, needs=replace(lab.needs, ports=("port",)))


def test_a_taken_port_stops_the_start_before_anything_changes(lab: Lab, engine: FakeEngine, work: Path) -> None:
    needy = _needing_a_port(lab)
    port = int(lifecycle.lab_values(needy, engine)["port"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(SteigerError, match=rf"^port {port}, which pier needs, is taken by .*; stop that first$"):
            lifecycle.start(needy)
        assert not work.exists()
        assert progress.read("pier") == progress.Progress()
    assert lifecycle.start(needy) == ""


@pytest.mark.usefixtures("engine")
def test_what_the_machine_lacks_stops_the_start(lab: Lab, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SteigerError, match=r"^pier needs limits on CPU time, which"):
        lifecycle.start(replace(lab, needs=replace(lab.needs, capabilities=("cpu-limits",))))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SteigerError, match=r"^pier needs the command 'docker'; run ./setup again$"):
        lifecycle.start(lab)
    assert not work.exists()
    assert progress.read("pier").phase == ""


@pytest.mark.parametrize("act", [lifecycle.start, lifecycle.reset, lifecycle.finish])
def test_without_an_engine_nothing_changes(
    lab: Lab, engine: FakeEngine, work: Path, monkeypatch: pytest.MonkeyPatch, act: object
) -> None:
    if act is not lifecycle.start:
        lifecycle.start(lab)
        (work / "mine").write_text("x", encoding="utf-8")
    before = (progress.read("pier"), _content(work))

    def down(*_args: object) -> None:
        raise EngineError("the Docker Engine does not run")

    for name in ("info", "containers", "images"):
        monkeypatch.setattr(engine, name, down)
    assert callable(act)
    with pytest.raises(EngineError, match="does not run"):
        act(lab)
    assert (progress.read("pier"), _content(work)) == before


@pytest.mark.usefixtures("engine")
def test_reset_keeps_what_was_changed_and_gives_the_start_back(lab: Lab, work: Path) -> None:
    lifecycle.start(lab)
    assert lifecycle.reset(lab) == ""
    (work / "README.txt").write_text("changed", encoding="utf-8")
    (work / "sub").mkdir()
    (work / "sub" / "new").write_text("new", encoding="utf-8")
    kept = lifecycle.reset(lab)
    assert _content(work.parent / ".kept" / kept.rpartition("/")[2]) == {"README.txt": "changed", "sub/new": "new"}
    assert _content(work) == _content(lab.folder / "files")


def test_an_image_of_the_start_state_is_pulled_once(
    lab: Lab, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = f"{lab.needs.images[0].partition(':')[0]}:of-the-start"
    pulled = []

    def there() -> bool:
        return any(image in picture["RepoTags"] for picture in engine.pictures)

    def pull(*_args: object) -> list[str]:
        if not there():
            pulled.append(engine.add("image", image))
        return []

    monkeypatch.setattr(lifecycle, "_make_start_state", pull)
    lifecycle.start(lab)
    lifecycle.reset(lab)
    lifecycle.reset(lab)
    assert len(pulled) == 1
    lifecycle.finish(lab)
    assert not there()


@pytest.mark.usefixtures("engine")
def test_the_shell_that_stands_in_the_folder_stays_there(lab: Lab, work: Path) -> None:
    lifecycle.start(lab)
    number = work.stat().st_ino
    (work / "new").touch()
    lifecycle.reset(lab)
    assert work.stat().st_ino == number


@pytest.mark.usefixtures("engine")
def test_an_interrupted_reset_is_no_started_lab(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lifecycle.start(lab)

    def stop(*_args: object) -> None:
        raise KeyboardInterrupt

    make = lifecycle._make_start_state  # noqa: SLF001
    monkeypatch.setattr(lifecycle, "_make_start_state", stop)
    with pytest.raises(KeyboardInterrupt):
        lifecycle.reset(lab)
    monkeypatch.setattr(lifecycle, "_make_start_state", make)
    with pytest.raises(SteigerError, match="run: lab start pier"):
        lifecycle.bench(lab)
    lifecycle.start(lab)
    assert lifecycle.bench(lab).folder.is_dir()


@pytest.mark.usefixtures("engine")
def test_finish_leaves_nothing_and_keeps_what_was_changed(lab: Lab, work: Path, home: Path) -> None:
    lifecycle.start(lab)
    assert lifecycle.finish(lab) == ""
    assert not (home / "labs").exists()
    assert progress.read("pier").before == {}
    lifecycle.start(lab)
    (work / "new").write_text("x", encoding="utf-8")
    kept = lifecycle.finish(lab)
    assert not work.exists()
    assert _content(work.parent / ".kept" / kept.rpartition("/")[2])["new"] == "x"


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("act", [lifecycle.reset, lifecycle.bench])
def test_what_needs_a_started_lab_says_so(lab: Lab, act: object) -> None:
    assert callable(act)
    with pytest.raises(SteigerError, match=r"^pier is not started yet; run: lab start pier$"):
        act(lab)
    with pytest.raises(SteigerError, match=r"^pier is not started, so there is nothing to finish$"):
        lifecycle.finish(lab)


@pytest.mark.usefixtures("engine")
def test_only_the_last_few_are_kept_and_never_another_labs(
    lab: Lab, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifecycle.start(lab)
    other = work.parent / ".kept" / "pier-two-20260101-000000"
    other.mkdir(parents=True)
    for number in range(9):
        monkeypatch.setattr("time.strftime", lambda _form, n=number: f"20260101-00000{n}")
        (work / "new").write_text(str(number), encoding="utf-8")
        lifecycle.reset(lab)
    kept = sorted(path.name for path in other.parent.iterdir())
    assert kept == [*(f"pier-20260101-00000{number}" for number in range(4, 9)), other.name]


def test_two_things_kept_in_one_second_have_two_names(lab: Lab, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _form: "20260101-000000")
    names = []
    for number in range(3):
        work.mkdir(parents=True, exist_ok=True)
        (work / "x").write_text(str(number), encoding="utf-8")
        names.append(workfolder.keep(work, lab.id, []).rpartition("/")[2])
    assert names == ["pier-20260101-000000", "pier-20260101-000000-2", "pier-20260101-000000-3"]


def test_files_that_cannot_be_kept_are_not_removed(
    lab: Lab, engine: FakeEngine, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine
    lifecycle.start(lab)
    (work / "thesis").write_text("x", encoding="utf-8")
    (work.parent / ".kept").write_text("in the way", encoding="utf-8")
    with pytest.raises(SteigerError, match=r"^your files in .*/labs/pier could not be kept: "):
        lifecycle.reset(lab)
    assert (work / "thesis").read_text(encoding="utf-8") == "x"

    def refuse(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    (work.parent / ".kept").unlink()
    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(SteigerError, match=r"could not be kept: Permission denied$"):
        lifecycle.finish(lab)
    assert (work / "thesis").read_text(encoding="utf-8") == "x"


def test_a_home_that_is_full_is_one_line_with_the_reason(
    lab: Lab, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine

    def full(source: object, target: object, **_options: object) -> None:
        raise shutil.Error([(source, target, "[Errno 28] No space left on device")])

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(SteigerError, match=r"^cannot write in .*/labs/pier: \[Errno 28\] No space left on device$"):
        lifecycle.start(lab)


def test_files_of_roots_are_taken_back_with_an_image_that_is_removed_again(
    lab: Lab, engine: FakeEngine, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifecycle.start(lab)
    engine.pictures.clear()
    pulled: list[str] = []
    mine = iter([False, True, True])
    monkeypatch.setattr(workfolder, "_mine", lambda _folder: next(mine))
    monkeypatch.setattr(engine, "pull", pulled.append)
    monkeypatch.setattr(engine, "remove_image", lambda name: pulled.append(f"-{name}"))
    lifecycle.finish(lab)
    assert pulled == ["busybox", "-busybox"]
    assert engine.once[0][:3] == ["busybox", "sh", "-c"]
    assert engine.once[0][-1] == f"{work}:/work"
    assert f"chown -R {os.getuid()}:{os.getgid()} /work" in engine.once[0][3]


def test_files_of_roots_that_stay_so_are_one_line(
    lab: Lab, engine: FakeEngine, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine
    lifecycle.start(lab)
    monkeypatch.setattr(workfolder, "_mine", lambda _folder: False)
    with pytest.raises(
        SteigerError, match=rf"^{work} holds files of root's; make them yours with: sudo chown -R {os.getuid()} {work}$"
    ):
        lifecycle.finish(lab)


def test_values_come_with_the_address_of_the_mirror(lab: Lab, engine: FakeEngine) -> None:
    engine.mirror_is = "127.0.0.1:5001"
    made = lifecycle.lab_values(lab, engine)
    assert made["registry"] == "127.0.0.1:5001"
    assert lifecycle.lab_values(lab, engine) == made
    assert lifecycle.lab_values(lab, engine, "other")["box"] != made["box"]


@pytest.mark.usefixtures("engine")
def test_what_setup_made_is_no_work_of_the_students(lab: Lab, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lab.folder / "setup.yml").write_text("[]", encoding="utf-8")
    monkeypatch.setattr(
        lifecycle, "run_tasks", lambda *_args: (work / "delivery.tar").write_text("x", encoding="utf-8")
    )
    lifecycle.start(lab)
    assert lifecycle.reset(lab) == ""
    (work / "delivery.tar").write_text("mine", encoding="utf-8")
    assert lifecycle.finish(lab) != ""
