"""Grading over SSH: what is delivered, what comes back, and what a student may do to it. `ssh` itself is simulated."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import time
from typing import TYPE_CHECKING, Any

import pytest

from steiger.classroom import payload, remote
from steiger.classroom.remote import Answer, Target

if TYPE_CHECKING:
    from pathlib import Path

    from steiger.catalogue import Lab

HONEST = """\
import json, sys
asked = json.loads(sys.stdin.buffer.readline())
found = {"progress": {"phase": "started", "started": "2026-11-22T09:00:00+00:00", "checks": 3},
         "machine": {"registry": "127.0.0.1:5000", "folder": "/home/student/labs/pier"},
         "tasks": {"named": {"finding": "absent", "seen": {"seen": "nothing"}}}}
"""
ANSWERS = HONEST + "print('motd'); print(asked['mark'], json.dumps({'pier': found}))\n"


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a stand-in for ssh, a Python program that `script` writes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(remote, "COMMANDS", f"{folder}:{os.environ['PATH']}")
    return folder / "ssh"


def script(ssh: Path, text: str) -> None:
    ssh.write_text(f"#!/usr/bin/env python3\n{text}", encoding="utf-8")
    ssh.chmod(stat.S_IRWXU)


def ask(lab: Lab, *students: str) -> list[Answer]:
    targets = [Target(student, ("-p", "22001", "root@192.0.2.7"), "student", "seed") for student in students]
    return list(remote.ask(targets, [lab]))


def one(lab: Lab) -> Answer:
    (answer,) = ask(lab, "jan")
    return answer


def test_what_a_machine_found_becomes_outcomes(lab: Lab, ssh: Path) -> None:
    script(ssh, ANSWERS)
    answer = one(lab)
    assert (answer.student, answer.trouble) == ("jan", "")
    graded = answer.labs[0]
    assert [(each.task.id, each.finding, each.seen) for each in graded.outcomes] == [
        ("named", "absent", (("seen", "nothing"),))
    ]
    assert graded.values["folder"] == "/home/student/labs/pier"
    assert graded.progress == {
        "started": "2026-11-22T09:00:00+00:00",
        "checks": 3,
        "last_check": "",
        "solved_for_you": False,
    }


def test_many_are_asked_at_once_and_one_that_hangs_stops_nobody(
    lab: Lab, ssh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "CONNECT_SECONDS", 3)
    script(ssh, f"import fcntl, time\n{HONEST}if asked['seed'] == 'slow': time.sleep(60)\n" + ANSWERS[len(HONEST) :])
    targets = [Target(f"s{number}", (), "student", "slow" if number == 3 else "seed") for number in range(12)]
    begun = time.monotonic()
    answers = {answer.student: answer.trouble for answer in remote.ask(targets, [lab])}
    assert time.monotonic() - begun < 50
    assert {student for student, trouble in answers.items() if trouble} == {"s3"}
    assert answers["s3"] == "slow"


@pytest.mark.parametrize(
    ("text", "trouble", "why"),
    [
        ("", "garbled", "–"),
        ("import sys; sys.exit('No space left on device')", "garbled", "No space left on device"),
        ("import sys; sys.stderr.write('\\x1b[31mConnection refused\\n'); sys.exit(255)", "unreached", "Connection refused"),
        (
            "import sys; sys.stderr.write('@@@\\nHost key verification failed.\\n'); sys.exit(255)",
            "hostkey",
            "its host key is not the one that it had",
        ),
        ("while True: print('x' * 65536)", "large", "it answered with more than 1 MB"),
        (HONEST + "print('0' * 32, json.dumps({'pier': found}))", "garbled", "–"),
        (HONEST + "print(asked['mark'], '[' * 100000)", "garbled", "–"),
        (HONEST + "print(asked['mark'], '{}')", "garbled", "–"),
        (HONEST + "found['tasks'] = {}; print(asked['mark'], json.dumps({'pier': found}))", "garbled", "–"),
        (
            HONEST + "found['tasks']['named']['finding'] = 'own'; print(asked['mark'], json.dumps({'pier': found}))",
            "garbled",
            "–",
        ),
        (
            HONEST + "found['tasks']['named']['seen'] = {'seen': ['x']}; print(asked['mark'], json.dumps({'pier': found}))",
            "garbled",
            "–",
        ),
        (
            HONEST + "found['progress']['checks'] = 1e9; print(asked['mark'], json.dumps({'pier': found}))",
            "garbled",
            "–",
        ),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_named(lab: Lab, ssh: Path, text: str, trouble: str, why: str) -> None:
    script(ssh, text)
    assert one(lab) == Answer("jan", trouble=trouble, why=why)


def test_what_a_student_writes_is_one_harmless_line(lab: Lab, ssh: Path) -> None:
    evil = "found['tasks']['named']['seen'] = {'seen': '\\x1b[2J<script>{{7*7}}\\n' + 'x' * 9999}\n"
    script(ssh, HONEST + evil + ANSWERS[len(HONEST) :])
    ((_name, seen),) = one(lab).labs[0].outcomes[0].seen
    assert seen.startswith("<script>{{7*7}} xxx")
    assert len(seen) == 120


def test_checks_that_could_not_look_say_why(lab: Lab, ssh: Path) -> None:
    script(ssh, HONEST + "print(asked['mark'], json.dumps({'pier': {'progress': {}, 'error': 'no\\nengine'}}))")
    graded = one(lab).labs[0]
    assert (graded.error, graded.outcomes, graded.progress["started"]) == ("no engine", (), "")


def test_a_seed_is_not_in_the_words_of_a_process(lab: Lab, ssh: Path) -> None:
    script(ssh, f"{HONEST}found['tasks']['named']['seen'] = {{'seen': ' '.join(sys.argv)}}\n" + ANSWERS[len(HONEST) :])
    target = Target("jan", ("root@192.0.2.7",), "student", "s3cr3t")
    (answer,) = remote.ask([target], [lab])
    assert answer.labs[0].outcomes
    assert "s3cr3t" not in json.dumps(answer.labs[0].outcomes[0].seen)
    assert "s3cr3t" not in repr(target)


# What is delivered


def deliver(lab: Lab, account: str = "") -> dict[str, Any]:
    """Return what the delivered grader answers on this machine."""
    words = payload.command(account).split(" -- ", 1)[1]
    first = json.dumps({"mark": "mark", "seed": "seed", "labs": [lab.id]}).encode() + b"\n"
    done = subprocess.run(["sh", "-c", words], input=first + payload.pack([lab]), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"\nmark ")
    found: dict[str, Any] = json.loads(done.stdout.removeprefix(b"\nmark "))
    return found


def test_python_alone_is_enough_on_the_machine(lab: Lab) -> None:
    (lab.folder / "checks.py").write_text(
        "import yaml\nfrom pathlib import Path\n\n\ndef named(bench):\n"
        "    given = (Path(__file__).parent / 'files/deep/given.txt').read_text()\n"
        "    bench.fail('absent', seen=[yaml.safe_load(given), bench.values['box']])\n",
        encoding="utf-8",
    )
    (lab.folder / "files/deep").mkdir(parents=True)
    (lab.folder / "files/deep/given.txt").write_text("[1, 2]", encoding="utf-8")
    found = deliver(lab)["pier"]
    finding = found["tasks"]["named"]
    assert finding["finding"] == "absent"
    assert finding["seen"]["seen"].startswith("[1, 2], box-")


def test_a_broken_check_is_told_and_not_a_traceback(lab: Lab) -> None:
    (lab.folder / "checks.py").write_text("def named(bench):\n    return 1 / 0\n", encoding="utf-8")
    assert "the check 'named' itself is broken" in deliver(lab)["pier"]["error"]


def test_what_is_delivered_is_the_same_each_time_and_holds_no_solution(lab: Lab) -> None:
    packed = payload.pack([lab])
    with tarfile.open(fileobj=io.BytesIO(packed)) as parts:
        names = parts.getnames()
    assert {"steiger/grader.py", "steiger/classroom/onsite.py", "yaml/__init__.py", "labs/pier/checks.py"} <= set(names)
    assert not [name for name in names if "solution" in name or "attempts" in name]
    again = payload.pack([lab])
    assert again[10:] == packed[10:]


def test_what_is_delivered_needs_nothing_else(lab: Lab, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xzC", str(tmp_path)], input=payload.pack([lab]), check=True)
    names = [".".join(path.relative_to(tmp_path).with_suffix("").parts) for path in tmp_path.glob("steiger/**/*.py")]
    script = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1]); [importlib.import_module(x) for x in sys.argv[2:]]"
    )
    # Without -S Python would find what this clone has.
    command = [sys.executable, "-I", "-S", "-B", "-c", script, str(tmp_path), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "steiger.grader" in names
    assert done.stderr == ""
