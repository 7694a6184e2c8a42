"""A lab's life on a student's machine: start, reset, finish. Each can be interrupted and run again."""

import contextlib
import socket
from collections.abc import Collection, Mapping

from steiger import belongings, machine, progress, values, workfolder
from steiger.bench import Bench
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import work_dir
from steiger.progress import Progress
from steiger.runner import run_tasks


def lab_values(lab: Lab, engine: Engine, seed: str = "") -> dict[str, str]:
    """Return the student's values of a lab, and the machine's own: `registry` (host:port), `folder` (a path)."""
    return {
        **values.derive(lab.values, lab.id, seed or progress.seed()),
        "registry": machine.mirror_address(engine),
        "folder": str(work_dir(lab.id)),
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


def start(lab: Lab, seed: str = "") -> str:
    """Put the machine in the lab's start state, with the values of `seed`, else of the student.

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
        mine = lab_values(lab, engine, seed)
        machine.require(lab, engine)
        interrupted = known.phase == "starting"
        moved = _clear(lab, mine, engine, known) if interrupted else ""
        _require_ports(lab, mine)
        if not interrupted:
            moved = workfolder.move_aside(work_dir(lab.id), _start_files(lab, known))
        before = known.before or belongings.snapshot(engine)
        fresh = Progress(phase="starting", started=progress.now(), before=before, done=known.done)
        progress.write(lab.id, fresh)
        fresh.files = _make_start_state(lab, mine)
        fresh.images = belongings.held_images(engine)
        fresh.phase = "started"
        progress.write(lab.id, fresh)
        progress.set_current(lab.id)
        return moved


def reset(lab: Lab, seed: str = "") -> str:
    """Bring a started lab back to its start state; return where changed files were kept, or ""."""
    engine = Engine()
    with progress.only_one(f"reset {lab.id}"):
        known = require_started(lab)
        mine = lab_values(lab, engine, seed)
        engine.info()
        known.phase, known.passed, known.solved_for_you = "starting", [], False
        progress.write(lab.id, known)
        # What the start state pulled is not dropped to be pulled again: a student waits seconds for that.
        kept = _clear(lab, mine, engine, known, known.images)
        _require_ports(lab, mine)
        known.files = _make_start_state(lab, mine)
        known.phase, known.started = "started", progress.now()
        progress.write(lab.id, known)
        return kept


def finish(lab: Lab, seed: str = "") -> str:
    """Take a lab away; return where changed files were kept, or ""."""
    engine = Engine()
    with progress.only_one(f"finish {lab.id}"):
        known = progress.read(lab.id)
        if not known.phase:
            raise SteigerError(_("{lab} is not started, so there is nothing to finish").format(lab=lab.id))
        kept = _clear(lab, lab_values(lab, engine, seed), engine, known)
        folder = work_dir(lab.id)
        with contextlib.suppress(OSError):
            folder.rmdir()
            folder.parent.rmdir()
        known.phase, known.before, known.files, known.images = "", {}, [], []
        progress.write(lab.id, known)
        return kept


def _clear(lab: Lab, mine: Mapping[str, str], engine: Engine, known: Progress, stays: Collection[str] = ()) -> str:
    belongings.clean_up(lab, mine, engine, known.before, stays)
    folder = work_dir(lab.id)
    workfolder.take_back(folder, lab.needs.images, engine)
    kept = workfolder.keep(folder, lab.id, _start_files(lab, known))
    workfolder.empty(folder)
    return kept


def _start_files(lab: Lab, known: Progress) -> list[str]:
    return known.files or workfolder.content(lab.folder / "files")


def _make_start_state(lab: Lab, mine: Mapping[str, str]) -> list[str]:
    """Return what the work folder then holds."""
    folder = work_dir(lab.id)
    workfolder.fill(folder, lab.folder / "files")
    tasks = lab.folder / "setup.yml"
    if tasks.is_file():
        run_tasks(tasks, {**mine, "lab_folder": str(folder)})
    return workfolder.content(folder)


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
