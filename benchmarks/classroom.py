"""How long a class waits: from the golden image to machines that work, against converging each; and grading it.

Needs root, Incus and the golden image: `./classroom make` of any class makes both.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from rich.console import Console

from benchmarks import machines as plain_machines
from benchmarks import report
from benchmarks.machines import ROOT, BenchmarkError
from steiger.catalogue import load
from steiger.classroom import grading, keeping, machines

GOLDEN = "steiger-golden"
CLASS = "bench"
IDLE_S = 10.0
SIDE_BY_SIDE = 16
LAB = "volumes"
RESTORES = 5
RESTORE_S = 2.0
HEADINGS = ("students", "machines, s", "docker run on all, s", "a student, s", "CPU, s", "memory, MB a machine", "met")
READY_S = 60.0
READY_STUDENTS = 20
IDLE_MB = 150.0


def main(words: Sequence[str]) -> int:
    """Measure, print the tables and write them; 0 all measured, 2 something is in the way."""
    known = argparse.ArgumentParser(prog="benchmarks/classroom", description=__doc__)
    known.add_argument("--students", default="5,10,20,40", help="sizes of the class (default %(default)s)")
    known.add_argument("--converge", type=int, default=2, help="machines to converge one by one (default %(default)s)")
    known.add_argument("--out", type=Path, default=ROOT / ".cache" / "benchmarks", help="folder for the results")
    said = known.parse_args(words)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    try:
        sizes = [int(word) for word in said.students.split(",")]
        machine = report.describe(GOLDEN)
        console.print(f"load: {machine['load before']}; other work on this machine spoils the figures", style="dim")
        lines = [*_curve(sizes, console), "", *_converged(said.converge, console)]
    except (BenchmarkError, ValueError, subprocess.CalledProcessError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    told = "; ".join(f"{name}: {value}" for name, value in machine.items())
    text = "\n".join([*lines, "", f"Measured on: {told}.", ""])
    console.print(text, markup=False)
    said.out.mkdir(parents=True, exist_ok=True)
    (said.out / "classroom.md").write_text(text, encoding="utf-8")
    return 0


def _curve(sizes: Sequence[int], console: Console) -> list[str]:
    lines = ["| " + " | ".join(HEADINGS) + " |", "| ---: | ---: | ---: | ---: | ---: | ---: | --- |"]
    cared: list[str] = []
    for size in sizes:
        console.print(f"{size} students", style="dim")
        with _class(size) as folder:
            free, busy, began = _available(), _busy(), time.monotonic()
            _play(folder)
            made = time.monotonic() - began
            _each(folder, "runuser -u student -- docker run --rm hello-world")
            ready = time.monotonic() - began
            cpu = _busy() - busy
            time.sleep(IDLE_S)
            memory = (free - _available()) / size
            met = [memory <= IDLE_MB, *([ready <= READY_S] if size == READY_STUDENTS else [])]
            cells = (size, made, ready, ready / size, cpu, memory, "yes" if all(met) else "no")
            lines.append("| " + " | ".join(each if isinstance(each, str) else f"{each:.4g}" for each in cells) + " |")
            if size == (READY_STUDENTS if READY_STUDENTS in sizes else sizes[-1]):
                cared = [*_graded(folder, size, console), "", *_restored(folder, console)]
    return [*lines, "", *cared]


def _graded(folder: Path, size: int, console: Console) -> list[str]:
    console.print(f"grading {size} machines", style="dim")
    lab = load(ROOT / "labs" / LAB)
    _each(folder, f"runuser -l student -c 'lab start {LAB}'")
    group = grading.read(folder)
    ours = []
    for _ in range(3):
        began = time.monotonic()
        found = grading.look(group, [lab], datetime.now().astimezone())
        ours.append(time.monotonic() - began)
        if any(row.trouble for row in found.rows):
            raise BenchmarkError(f"not every machine was graded: {[row.why for row in found.rows if row.trouble]}")
    config = folder / ".class" / "ssh_config"
    known = folder / ".class" / machines.KNOWN_HOSTS
    config.write_text(
        "".join(
            f"Host {student}\n HostName {each.address}\n Port {each.port}\n User root\n"
            f" IdentityFile {folder / '.class' / keeping.KEY}\n UserKnownHostsFile {known}\n"
            for student, each in group.machines.items()
        )
    )
    hosts = ",".join(f"ssh://{student}" for student in group.machines)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "8", f"--hosts={hosts}"]
    words += [
        f"--ssh-config={config}",
        "--override-ini=addopts=--import-mode=importlib",
        "benchmarks/docker_over_ssh.py",
    ]
    began = time.monotonic()
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    theirs = time.monotonic() - began
    best = statistics.median(ours)
    said = (
        f"Grading {size} machines with the lab `{LAB}` ({len(lab.tasks)} checks): {best:.2f} s (median of 3, {min(ours):.2f} to "
        f"{max(ours):.2f}); eight questions to each with testinfra over SSH, eight processes: {theirs:.1f} s; "
        f"ratio {best / theirs:.2f}."
    )
    return [said]


def _restored(folder: Path, console: Console) -> list[str]:
    console.print("putting one machine back", style="dim")
    student = next(iter(machines.read(folder)))
    wanted = {"classroom_snapshot_state": "restored", "classroom_snapshot_of": [student]}
    waits = []
    for _ in range(RESTORES):
        took = re.search(rf"{student}: ([0-9.]+) s", _play(folder, "snapshots", wanted))
        if took is None:
            raise BenchmarkError("the playbook does not say how long a restore took")
        waits.append(float(took[1]))
        time.sleep(IDLE_S)
    middle, met = statistics.median(waits), "yes" if statistics.median(waits) < RESTORE_S else "no"
    said = (
        f"Putting one machine of the class back to its snapshot, until its SSH answers: {middle:.1f} s "
        f"(median of {RESTORES}, {min(waits):.1f} to {max(waits):.1f}; to reach: {RESTORE_S:g} s; met: {met})."
    )
    return [said]


def _converged(count: int, console: Console) -> list[str]:
    if not count:
        return []
    console.print(f"converging {count} machines", style="dim")
    archive = plain_machines.house()
    began = time.monotonic()

    def one(_number: int) -> None:
        with plain_machines.fresh("steiger-debian13", archive, "") as machine:
            machine.seconds(f"{plain_machines.HOUSE}/setup")

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))
    seconds = time.monotonic() - began
    return [
        f"Converging {count} machines with `./setup`, side by side: {seconds:.0f} s, {seconds / count:.1f} s a machine."
    ]


@contextlib.contextmanager
def _class(size: int) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="steiger-bench-"), CLASS)
    folder.mkdir()
    rows = "".join(f"s{number},Student {number}\n" for number in range(size))
    (folder / "roster.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
    host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    letters = {"classroom_letters": str(folder.parent / "handout")}
    (folder / "hosts.yml").write_text(json.dumps({"servers": {"hosts": {"localhost": host}, "vars": letters}}))
    try:
        yield folder
    finally:
        _play(folder, "remove_class")
        shutil.rmtree(folder.parent)


def _play(folder: Path, name: str = "machines", variables: Mapping[str, object] | None = None) -> str:
    """Run a playbook for the class and return what it said."""
    words = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(folder), f"playbooks/{name}.yml"]
    words += ["-e", json.dumps(variables or {})]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"{name}: {done.stdout[-2000:]}")
    return done.stdout


def _each(folder: Path, command: str) -> None:
    """Run a command as root on every machine, side by side."""

    def one(machine: machines.Machine) -> None:
        subprocess.run(["ssh", *grading.ssh(folder, machine), command], check=True, capture_output=True)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(one, machines.read(folder).values()))


def _available() -> float:
    """Return the memory that is available, in MB."""
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise BenchmarkError("/proc/meminfo does not say what memory is available")


def _busy() -> float:
    """Return the seconds that all processors together were at work."""
    user, nice, system, _idle, _wait, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
