"""A check that builds what a student wrote: whatever that is, it ends with a clear finding, and nothing is left."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.machine.conftest import Machine, Machines, prefix_for
from tests.machine.harbour import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator

FERRY = f"{HOME}/labs/dockerfile/ferry"
BASE = "FROM python:slim\n"
STATE = """
docker ps -aq --no-trunc | sort; docker images -aq --no-trunc | sort; docker volume ls -q | sort
curl -s --unix-socket /run/docker.sock 'http://engine/system/df?type=build-cache' | grep -o '"ID":"[^"]*"' | sort
ls -d /tmp/steiger-check* 2>/dev/null
pgrep -a 'docker-buildx|runc' ; pgrep -ax 'sleep|yes|head|timeout'
true
"""
START = 'CMD ["python", "app.py"]\n'
# What is in the Dockerfile, what is said, and within how many seconds.
BUILDS = {
    "never ends": ("RUN sleep 9999\n", "Step: RUN sleep 9999. It said: it was stopped after 15 seconds", 50),
    "does not listen": ("RUN trap '' TERM INT HUP; sleep 9999\n", "it was stopped after 15 seconds", 50),
    "has children": ("RUN setsid sleep 9999 & sleep 9999 & sleep 9999\n", "it was stopped after 15 seconds", 50),
    "says no end": ("RUN yes\n", "Step: RUN yes. It said: it was stopped after 15 seconds", 50),
    "fills the disk": ("RUN head -c 20G /dev/zero >/f\n", "it was stopped: it wrote more than 512 MB", 40),
    "fills the disk in small files": (
        "RUN for i in $(seq 9999); do head -c 20M /dev/zero >/f$i; done\n",
        "it was stopped: it wrote more than 512 MB",
        40,
    ),
    "draws on the terminal": (r"RUN printf '\033[31mred\033]0;title\007\r\n'; exit 1" + "\n", "It said: red", 40),
    "asks the network": (
        "RUN python -c 'import socket; socket.create_connection((\"10.0.0.1\", 80))'\n",
        "unreachable",
        15,
    ),
    "mounts": ("RUN --mount=type=cache,target=/c touch /c/x\n" + START, "does not find departures.csv", 40),
    "never answers": ('CMD ["sleep", "9999"]\n', "does not run app.py. Exit status: –. Last line: –.", 40),
    "prints no end": (r"""CMD ["sh", "-c", "yes \"$(printf '\\033[31mred')\""]""" + "\n", "Last line: red.", 40),
    "does not start": ('CMD ["pyton", "app.py"]\n', 'Exit status: 127. Last line: exec: "pyton": executable file', 40),
}
FOLDERS = {
    "a huge file": ("truncate -s 10G big", "the folder holds more than 10000 files or 64 MB"),
    "very many files": ("seq 100000 | xargs touch", "the folder holds more than 10000 files or 64 MB"),
    "a Dockerfile that leads out": ("ln -sf /etc/hostname Dockerfile", "Dockerfile is no ordinary file"),
    "a Dockerfile that is a pipe": ("rm Dockerfile; mkfifo Dockerfile", "Dockerfile is no ordinary file"),
    "a Dockerfile without an end": ("ln -sf /dev/zero Dockerfile", "Dockerfile is no ordinary file"),
    "one line of 10 MB": ("head -c 10M /dev/zero | tr '\\0' x >>Dockerfile", "Dockerfile is no ordinary file"),
    "a base that is not there": (
        "echo FROM pyhton:slim >Dockerfile",
        "load metadata for docker.io/library/pyhton:slim",
    ),
    "a folder that is a link": ("mv ../ferry ../f && ln -s /etc ../ferry", "there is no folder ferry"),
}


@pytest.fixture(scope="module")
def machine(worker_id: str, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Return one machine for all tests here: a clone of STEIGER_GOLDEN, or of a machine after ./setup."""
    machines = Machines(prefix_for(worker_id, "builds"))
    named = os.environ.get("STEIGER_GOLDEN")
    source = Machine(named) if named else request.getfixturevalue("golden")()
    made = machines.clone(source)
    made.ok("id student >/dev/null 2>&1 || useradd --create-home --shell /bin/bash student; usermod -aG docker student")
    # So that no base is fetched while a build is timed, and there is something of the student's own to keep.
    made.ok(
        "docker pull -q python:slim && printf 'FROM python:slim\\nRUN echo mine >/mine\\n' | docker build -q -t mine -"
    )
    yield made
    machines.delete()


@pytest.fixture
def ferry(machine: Machine) -> Iterator[Machine]:
    """Return the machine with the lab `dockerfile` started, and a right answer in the folder `ferry` alone."""
    done = machine.run("lab start dockerfile", user="student")
    assert done.returncode == 0, done.stderr
    machine.ok(f"cd {FERRY}/.. && rm -rf tides radio logbook crane cargo lamp tug", user="student")
    write(machine, BASE + "COPY app.py departures.csv /\n" + START)
    yield machine
    machine.ok("lab finish dockerfile", user="student")


def write(machine: Machine, dockerfile: str) -> None:
    """Put a Dockerfile in the folder `ferry`."""
    machine.write(f"{FERRY}/Dockerfile", dockerfile)
    machine.ok(f"chown student: {FERRY}/Dockerfile")


def check(machine: Machine) -> dict[str, Any]:
    """Return what `lab check` finds of the first task."""
    done = machine.run("lab --lang en check dockerfile --json", user="student", timeout=120)
    assert done.returncode == 1, f"{done.stdout}{done.stderr}"
    first: dict[str, Any] = json.loads(done.stdout)["checks"][0]
    return first


def looked_at(machine: Machine, said: str, seconds: float) -> None:
    """Check twice over that this is found, in time, and that nothing is left."""
    before = machine.ok(STATE)
    begun = time.monotonic()
    message = check(machine)["message"]
    assert said in message
    assert "\x1b" not in message
    assert time.monotonic() - begun < seconds
    assert machine.ok(STATE) == before


@pytest.mark.parametrize("case", BUILDS)
def test_a_bad_build_ends_and_leaves_nothing(ferry: Machine, case: str) -> None:
    lines, said, seconds = BUILDS[case]
    write(ferry, BASE + "COPY app.py /\n" + lines)
    looked_at(ferry, said, seconds)


@pytest.mark.parametrize("case", FOLDERS)
def test_a_bad_folder_ends_and_leaves_nothing(ferry: Machine, case: str) -> None:
    line, said = FOLDERS[case]
    ferry.ok(f"cd {FERRY} && {line}", user="student")
    looked_at(ferry, said, 40)


def test_a_good_build_leaves_nothing_either_and_the_students_own_stays(ferry: Machine) -> None:
    looked_at(ferry, "The program starts in the folder /;", 40)
    assert (
        ferry.ok("printf 'FROM python:slim\\nRUN echo mine >/mine\\n' | docker build -t mine - 2>&1").count("CACHED")
        == 1
    )


@pytest.mark.parametrize("signal", ["INT", "KILL"])
def test_a_check_that_is_cut_off_leaves_nothing_in_the_end(ferry: Machine, signal: str) -> None:
    before = ferry.ok(STATE)
    write(ferry, BASE + "RUN sleep 9999\n")
    ferry.ok(
        "set -m; lab check dockerfile >/dev/null 2>&1 & until pgrep -x sleep >/dev/null; do sleep 0.1; done;"
        f"kill -{signal} $!; wait; true",
        user="student",
        timeout=60,
    )
    deadline = time.monotonic() + 25
    while ferry.run("pgrep -x sleep").returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    # What nobody could take away at once, the next check does; but for cache that no one knows to be ours.
    write(ferry, BASE)
    check(ferry)
    after = ferry.ok(STATE)
    if signal == "KILL":
        before, after = (
            "\n".join(line for line in state.splitlines() if '"ID"' not in line) for state in (before, after)
        )
    assert after == before
