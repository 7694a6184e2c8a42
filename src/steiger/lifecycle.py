"""A lab's life on a student's machine: start, reset, finish. Each can be interrupted and run again."""

import contextlib
import filecmp
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from steiger import belongings, machine, progress, values
from steiger.bench import Bench
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import kept_dir, work_dir
from steiger.progress import Progress
from steiger.runner import run_tasks

KEPT = 5


def lab_values(lab: Lab, engine: Engine, seed: str = "") -> dict[str, str]:
    """Return the student's values of a lab, and the machine's own (`registry`: host:port)."""
    return {
        **values.derive(lab.values, lab.id, seed or progress.seed()),
        "registry": machine.mirror_address(engine),
    }


def bench(lab: Lab, engine: Engine | None = None) -> Bench:
    """Return the bench of a lab that was started.

    Raises:
        SteigerError: the lab was not started.
    """
    require_started(lab)
    engine = engine or Engine()
    return Bench(lab_values(lab, engine), work_dir(lab.id), engine)


def require_started(lab: Lab) -> Progress:
    """Return the lab's progress.

    Raises:
        SteigerError: the lab was not started, or its start was interrupted.
    """
    known = progress.read(lab.id)
    if known.phase != "started":
        raise SteigerError(_("{lab} is not started yet; run: lab start {lab}").format(lab=lab.id))
    return known


def start(lab: Lab) -> str:
    """Put the machine in the lab's start state.

    Returns:
        What happened to a folder of the student's own that was in the way, or "";
        "already" when the lab was started before, and nothing was done.

    Raises:
        SteigerError: something that the lab needs is not there; nothing was changed.
    """
    engine = Engine()
    with progress.only_one(f"start {lab.id}"):
        known = progress.read(lab.id)
        if known.phase == "started":
            progress.set_current(lab.id)
            return "already"
        mine = lab_values(lab, engine)
        machine.require(lab, engine)
        if known.phase == "starting":
            _clear(lab, mine, engine, known)
        _require_ports(lab, mine)
        moved = _move_aside(work_dir(lab.id), lab) if known.phase != "starting" else ""
        before = known.before or belongings.snapshot(engine)
        fresh = Progress(phase="starting", started=progress.now(), before=before, done=known.done)
        progress.write(lab.id, fresh)
        _make_start_state(lab, mine)
        fresh.phase = "started"
        progress.write(lab.id, fresh)
        progress.set_current(lab.id)
        return moved


def reset(lab: Lab) -> str:
    """Bring a started lab back to its start state; return where changed files were kept, or ""."""
    engine = Engine()
    with progress.only_one(f"reset {lab.id}"):
        known = require_started(lab)
        mine = lab_values(lab, engine)
        engine.info()
        known.phase, known.passed, known.solved_for_you = "starting", [], False
        progress.write(lab.id, known)
        kept = _clear(lab, mine, engine, known)
        _require_ports(lab, mine)
        _make_start_state(lab, mine)
        known.phase, known.started = "started", progress.now()
        progress.write(lab.id, known)
        return kept


def finish(lab: Lab) -> str:
    """Take a lab away; return where changed files were kept, or ""."""
    engine = Engine()
    with progress.only_one(f"finish {lab.id}"):
        known = progress.read(lab.id)
        if not known.phase:
            raise SteigerError(_("{lab} is not started, so there is nothing to finish").format(lab=lab.id))
        kept = _clear(lab, lab_values(lab, engine), engine, known)
        folder = work_dir(lab.id)
        with contextlib.suppress(OSError):
            folder.rmdir()
            folder.parent.rmdir()
        known.phase, known.before = "", {}
        progress.write(lab.id, known)
        return kept


def keep_changes(lab: Lab) -> str:
    """Move the work folder's content aside when the student changed something in it.

    Returns:
        Where it is kept, or "" when all was as shipped. The last few are kept for each lab.
    """
    folder = work_dir(lab.id)
    if not folder.is_dir() or not _changed(lab.folder / "files", folder):
        return ""
    target = _unused(kept_dir() / f"{lab.id}-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        target.mkdir(parents=True)
    except OSError as error:
        raise SteigerError(_("your files in {folder} could not be kept: {why}").format(folder=folder, why=error.strerror)) from error
    for path in folder.iterdir():
        # A folder that a container made belongs to root and cannot be moved; it holds no work of the student's hand.
        with contextlib.suppress(OSError):
            path.rename(target / path.name)
    older = sorted(path for path in kept_dir().glob(f"{lab.id}-[0-9]*") if path != target)
    for path in older[: 1 - KEPT]:
        shutil.rmtree(path, ignore_errors=True)
    return str(target)


def _clear(lab: Lab, mine: Mapping[str, str], engine: Engine, known: Progress) -> str:
    belongings.clean_up(lab, mine, engine, known.before)
    kept = keep_changes(lab)
    _empty(work_dir(lab.id), lab, engine)
    return kept


def _make_start_state(lab: Lab, mine: Mapping[str, str]) -> None:
    folder = work_dir(lab.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (lab.folder / "files").is_dir():
            shutil.copytree(lab.folder / "files", folder, dirs_exist_ok=True)
    except OSError as error:
        raise SteigerError(_("cannot write in {folder}: {why}").format(folder=folder, why=error.strerror)) from error
    tasks = lab.folder / "setup.yml"
    if tasks.is_file():
        run_tasks(tasks, {**mine, "lab_folder": str(folder)})


def _require_ports(lab: Lab, mine: Mapping[str, str]) -> None:
    for name in lab.needs.ports:
        port = int(mine[name])
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))  # noqa: S104 - docker publishes on all addresses
            except OSError as error:
                raise SteigerError(
                    _("port {port}, which {lab} needs, is taken by {who}; stop that first").format(
                        port=port, lab=lab.id, who=machine.port_holder(port)
                    )
                ) from error


def _move_aside(folder: Path, lab: Lab) -> str:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return ""
    if folder.is_dir() and not _changed(lab.folder / "files", folder):
        return ""
    target = _unused(folder.with_name(f"{folder.name}.own-{time.strftime('%Y%m%d-%H%M%S')}"))
    folder.rename(target)
    return str(target)


def _unused(path: Path) -> Path:
    number = 1
    candidate = path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate


def _changed(shipped: Path, folder: Path) -> bool:
    """Tell whether a work folder holds anything that was not shipped, or not as shipped."""
    if not shipped.is_dir():
        return any(folder.iterdir())
    compared = filecmp.dircmp(shipped, folder, ignore=[], hide=[])
    same, other, errors = filecmp.cmpfiles(shipped, folder, compared.common_files, shallow=False)
    if compared.right_only or other or errors or compared.common_funny:
        return True
    return any(_changed(shipped / name, folder / name) for name in compared.common_dirs)


def _empty(folder: Path, lab: Lab, engine: Engine) -> None:
    """Empty the work folder but keep the folder: the student's shell may stand in it."""
    if not folder.is_dir():
        return
    _remove_children(folder)
    if any(folder.iterdir()):
        # What a container wrote through a bind mount is root's; a container can remove it.
        image = next((name for name in ("busybox", *lab.needs.images) if engine.image(name)), "")
        if image:
            engine.run_once(image, ["rm", "-rf", *(f"/work/{path.name}" for path in folder.iterdir())], [f"{folder}:/work"])
        _remove_children(folder)
    left = sorted(path.name for path in folder.iterdir())
    if left:
        raise SteigerError(
            _("{folder} holds files of root's ({names}); remove them with: sudo rm -r {folder}").format(
                folder=folder, names=", ".join(left)
            )
        )


def _remove_children(folder: Path) -> None:
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
