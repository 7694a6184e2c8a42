"""Asks many machines at once what the checks of labs find there; what comes back is bounded, and data."""

import contextlib
import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from steiger import bounded
from steiger.bounded import Ended
from steiger.catalogue import Lab
from steiger.classroom import payload
from steiger.grader import CHECK_SECONDS, Outcome
from steiger.i18n import _
from steiger.paths import COMMANDS
from steiger.text import harmless

ANSWER_BYTES = 1024 * 1024
CONNECT_SECONDS = 5
# More would wait for each other: an SSH connection is a key exchange, and takes a processor.
SIDE_BY_SIDE = 32
_SSH_MEMORY = 512 * 1024 * 1024
_SEEN = 20
_HOST_KEY = ("host key verification failed", "remote host identification has changed")


@dataclass(frozen=True)
class Target:
    """A machine to grade: whose it is, the words of `ssh` that reach it, the account and the seed of the student."""

    student: str
    ssh: tuple[str, ...]
    account: str
    seed: str = field(repr=False)


@dataclass(frozen=True)
class Graded:
    """What the checks of one lab found on one machine; `error` when they could not look, and then no outcomes."""

    lab: str
    outcomes: tuple[Outcome, ...] = ()
    error: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    progress: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What one machine answered: a result for each lab, or a trouble and in words why.

    The troubles: `hostkey` (it is another machine than it was), `unreached`, `slow`, `large`,
    `garbled` (what came is not what the grader sends).
    """

    student: str
    labs: tuple[Graded, ...] = ()
    trouble: str = ""
    why: str = ""


def ask(targets: Sequence[Target], labs: Sequence[Lab]) -> Iterator[Answer]:
    """Grade labs on machines, side by side; yield each answer as it comes.

    Raises:
        OSError: there is no ssh here.
    """
    parts = payload.pack(labs)
    seconds = CONNECT_SECONDS + sum(max(task.seconds, CHECK_SECONDS) for lab in labs for task in lab.tasks) / 4
    with ThreadPoolExecutor(max_workers=max(1, min(SIDE_BY_SIDE, len(targets)))) as pool:
        asked = [pool.submit(_one, target, labs, parts, seconds) for target in targets]
        for done in as_completed(asked):
            yield done.result()


def run(words: Sequence[str], seconds: float, source: int = subprocess.DEVNULL) -> Ended:
    """Run a command on a machine, which may be a student's own invention: bounded in time, memory and size.

    Args:
        words: those of `ssh` that reach the machine, then the command.
        seconds: how long it may take.
        source: an open file that the command reads.

    Raises:
        OSError: there is no ssh here.
    """
    return bounded.run(
        ["ssh", *words],
        Path(tempfile.gettempdir()),
        {"PATH": COMMANDS, "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8"},
        bounded.Limits(seconds, _SSH_MEMORY, ANSWER_BYTES),
        source,
    )


def too_large(ended: Ended) -> bool:
    """Tell whether a machine wrote more than it may."""
    return len(ended.output) + len(ended.errors) > ANSWER_BYTES


def _one(target: Target, labs: Sequence[Lab], parts: bytes, seconds: float) -> Answer:
    mark = secrets.token_hex(16)
    first = json.dumps({"mark": mark, "seed": target.seed, "labs": [lab.id for lab in labs]})
    with _source(first.encode() + b"\n" + parts) as source:
        ended = run([*target.ssh, payload.command(target.account)], seconds, source)
    if too_large(ended):
        return Answer(target.student, trouble="large", why=_("it answered with more than 1 MB"))
    if ended.status is None:
        return Answer(target.student, trouble="slow", why=_("no answer in {seconds} s").format(seconds=round(seconds)))
    found = _read(ended.output, mark, labs)
    if found is not None:
        return Answer(target.student, found)
    said = ended.errors.decode(errors="replace")
    if any(words in said.lower() for words in _HOST_KEY):
        return Answer(target.student, trouble="hostkey", why=_("its host key is not the one that it had"))
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    trouble = "unreached" if ended.status == 255 else "garbled"
    return Answer(target.student, trouble=trouble, why=harmless(last))


@contextlib.contextmanager
def _source(data: bytes) -> Iterator[int]:
    with os.fdopen(os.memfd_create("steiger-grade"), "w+b") as file:
        file.write(data)
        file.seek(0)
        yield file.fileno()


def _read(output: bytes, mark: str, labs: Sequence[Lab]) -> tuple[Graded, ...] | None:
    """Return what a machine says of each lab, None when it says anything else."""
    lines = output.decode(errors="replace").splitlines()
    said = next((line for line in reversed(lines) if line.startswith(f"{mark} ")), "")
    try:
        data = json.loads(said.removeprefix(f"{mark} "))
        return tuple(graded(lab, data[lab.id]) for lab in labs)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def graded(lab: Lab, data: Mapping[str, Any]) -> Graded:
    """Return what the checks of a lab found, from data that may be anything; texts become harmless.

    Args:
        lab: the lab, as it is here.
        data: what a machine, or a file of a student's, says of it.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it does not fit the lab.
    """
    progress = _progress(data["progress"])
    if "error" in data:
        return Graded(lab.id, error=harmless(_text(data["error"])), progress=progress)
    values = {name: harmless(_text(data["machine"][name])) for name in ("registry", "folder")}
    outcomes = []
    for task in lab.tasks:
        found = data["tasks"][task.id]
        finding, seen = _text(found["finding"]), found["seen"]
        if (finding and finding not in task.findings) or len(seen) > _SEEN:
            raise ValueError(task.id)
        outcomes.append(
            Outcome(task, finding, tuple((_text(name), harmless(_text(thing))) for name, thing in seen.items()))
        )
    return Graded(lab.id, tuple(outcomes), "", values, progress)


def _progress(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a student's own notes say of a lab: when it was started, how often checked, when last."""
    return {
        "started": _moment(data.get("started", "")) if data.get("phase") else "",
        "checks": _number(data.get("checks", 0)),
        "last_check": _moment(data.get("last_check", "")),
        "solved_for_you": data.get("solved_for_you") is True,
    }


def _moment(thing: Any) -> str:
    """Return a time as ISO 8601 writes it; "" for anything else."""
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(_text(thing)).isoformat(timespec="seconds")
    return ""


def _text(thing: Any) -> str:
    if not isinstance(thing, str):
        raise TypeError
    return thing


def _number(thing: Any) -> int:
    if type(thing) is not int:
        raise TypeError
    return min(max(thing, 0), 10**6)
