"""A class as its instructor and its students use it: playbooks on one side, SSH with the letter's key on the other."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steiger import values
from steiger.catalogue import load
from steiger.classroom import keeping, machines

ROOT = Path(__file__).parents[2]
CLASS = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "docker26")
HANDOUT = CLASS.parent / "handout" / "docker26"
RESULTS = CLASS.parent / "results"
LAB = load(ROOT / "labs" / "volumes")


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit status."""

    status: int
    text: str


def playbook(name: str, *options: str, **variables: Any) -> Said:
    """Run a playbook for the class."""
    words = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(CLASS), *options]
    words += ["-e", json.dumps({"grade_results": str(RESULTS), **variables}), f"playbooks/{name}.yml"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MOLECULE")}
    environment["ANSIBLE_CONFIG"] = str(ROOT / "ansible.cfg")
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    return Said(done.returncode, done.stdout + done.stderr)


def command(*words: str) -> Said:
    """Run the command `classroom`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "STEIGER_CLASSES": str(CLASS.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "steiger.classroom", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    return Said(done.returncode, done.stdout + done.stderr)


def make(*options: str, **variables: Any) -> Said:
    """Bring the class to what its roster says."""
    return playbook("classroom", *options, **variables)


def ssh(student: str, command: str, script: str = "") -> Said:
    """Run a command on a student's machine as the student, with the key and the address of their letter."""
    own = HANDOUT / student
    line = next(row for row in (own / "letter.txt").read_text("utf-8").splitlines() if row.startswith("    ssh "))
    words = line.split()
    words[words.index("-i") + 1] = str(own / "steiger-docker26")
    known = CLASS / ".class" / "known_hosts"
    words[1:1] = [
        "-F",
        "none",
        "-o",
        "BatchMode=yes",
        "-o",
        f"UserKnownHostsFile={known}",
        "-o",
        "StrictHostKeyChecking=yes",
    ]
    done = subprocess.run([*words, command], input=script, capture_output=True, text=True, check=False, timeout=300)
    return Said(done.returncode, done.stdout + done.stderr)


def work(student: str, script: Path) -> Said:
    """Have a student type what a script of the lab says."""
    own = values.derive(LAB.values, LAB.id, values.student_seed(keeping.secret(CLASS), student))
    own |= {"registry": "127.0.0.1:5000", "folder": f"/home/student/labs/{LAB.id}"}
    others = values.derive_other(LAB.values, LAB.id, own)
    known = {**values.environment(own, "LAB"), **values.environment(others, "OTHER")}
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in known.items())
    return ssh(student, f"cd ~/labs/{LAB.id} && bash -s", exports + script.read_text("utf-8"))


def grade() -> dict[str, Any]:
    """Grade the class, and return each student's result."""
    said = playbook("grade", grade_labs=[LAB.id])
    assert said.status == 0, said.text
    return results()


def results() -> dict[str, Any]:
    """Return the newest result of each student."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in day().glob("*.json")}


def day() -> Path:
    """Return the folder of the newest results."""
    return max(path for path in (RESULTS / "docker26").iterdir() if path.is_dir() and path.name[0] == "2")


def wrong(result: dict[str, Any]) -> list[str]:
    """Return the tasks of the lab that a student has not right; it must have been graded."""
    assert [lab["lab"] for lab in result["labs"] if not lab["checks"]] == [], result
    return [check["id"] for lab in result["labs"] for check in lab["checks"] if not check["passed"]]


def server(command: str, name: str = "steiger-classroom") -> str:
    """Run a command on a server, and return what it prints."""
    node = ["incus", "exec", name, "--", "sh", "-c", command]
    return subprocess.run(node, capture_output=True, text=True, check=True, timeout=300).stdout


def ports() -> dict[str, int]:
    """Return the port of each student's machine."""
    return {student: machine.port for student, machine in machines.read(CLASS).items()}
