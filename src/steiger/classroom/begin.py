"""Starts the labs that a class begins with, on machines where that was not done yet."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from steiger.classroom import grading, remote
from steiger.classroom.letters import ACCOUNT
from steiger.classroom.machines import Machine
from steiger.i18n import _
from steiger.text import harmless

LAB_SECONDS = 120
# Each asks an engine for containers: more of them wait for the server's disk.
SIDE_BY_SIDE = 8
# A lab is begun once: who finished it does not find it back after the next run. Gone with a fresh machine, as it must.
_SCRIPT = """\
account=$1; shift
for lab do
  test -e "/var/lib/steiger/begun/$lab" && continue
  runuser -l "$account" -c "lab start $lab" </dev/null >&2 || exit 1
  mkdir -p /var/lib/steiger/begun && touch "/var/lib/steiger/begun/$lab" && echo "$lab"
done
"""


@dataclass(frozen=True)
class Begun:
    """Which labs were started on a student's machine now, and why not all of them; "" when all are."""

    student: str
    labs: tuple[str, ...]
    why: str = ""


def start(folder: Path, machines: Mapping[str, Machine], labs: Sequence[str]) -> Iterator[Begun]:
    """Start labs on machines, side by side, as `lab start` does there; yield each as it is done.

    Args:
        folder: the class's folder.
        machines: by student.
        labs: ids of labs that are there. The first becomes the one that the student is in.

    Raises:
        OSError: there is no ssh here.
    """
    # `lab start` makes a lab the current one.
    command = shlex.join(["sh", "-c", _SCRIPT, "sh", ACCOUNT, *reversed(labs)])

    def one(student: str, machine: Machine) -> Begun:
        seconds = remote.CONNECT_SECONDS + LAB_SECONDS * len(labs)
        ended = remote.run([*grading.ssh(folder, machine), command], seconds)
        said = ended.output.decode(errors="replace").splitlines()
        done = tuple(lab for lab in labs if lab in said)
        if ended.status == 0:
            return Begun(student, done)
        if ended.status is None:
            late = _("the machine of {id} was not done within {seconds} s").format(id=student, seconds=round(seconds))
            return Begun(student, done, late)
        last = ended.errors.strip().decode(errors="replace").splitlines()[-1:]
        return Begun(student, done, harmless(last))

    with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        asked = [pool.submit(one, student, machine) for student, machine in machines.items()]
        for ended in as_completed(asked):
            yield ended.result()
