"""A class on a Monday morning, from the letters to a changed roster; the tests build on each other."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.machine import school

from steiger import values
from steiger.classroom import keeping, machines

STUDENTS = ("jan", "eva", "bo")
FIRST_ROSTER = (Path(__file__).parent.parent / "roster.csv").read_text("utf-8")
TRACES = ("/tmp/steiger-template", "/tmp/steiger-shell")  # noqa: S108 - what a name would have made


@pytest.mark.parametrize("student", STUDENTS)
def test_a_student_gets_in_with_the_letter(student: str) -> None:
    said = school.ssh(student, "hostname; id -un; cat /etc/steiger/student; docker run --rm hello-world")
    assert said.text.split()[:3] == [student, "student", student], said.text
    assert "Hello from Docker!" in said.text


def reaches_out() -> bool:
    """Tell whether a student's machine reaches the place that its packages come from."""
    done = school.server("incus exec docker26-jan -- apt-get -q=2 update --error-on=any >/dev/null 2>&1; echo $?")
    return done == "0\n"


def engine(verb: str) -> None:
    """Start or restart the server's Docker engine; the rules for the machines come back right after its own."""
    rules = "until iptables -S STEIGER 2>/dev/null; do sleep 0.5; done"
    assert "-j ACCEPT" in school.server(f"systemctl {verb} docker && timeout 30 sh -c '{rules}'")


def test_a_docker_engine_beside_it_lets_the_machines_through() -> None:
    assert school.server("iptables -S FORWARD").startswith("-P FORWARD DROP\n")
    assert reaches_out()
    # As at the start of the server, when nobody has rules yet.
    school.server("systemctl stop docker.socket docker && iptables -P FORWARD DROP && iptables -F && iptables -X")
    assert not reaches_out()
    engine("start")
    assert reaches_out()


def test_the_letter_speaks_the_students_language() -> None:
    assert (school.HANDOUT / "jan" / "letter.txt").read_text("utf-8").startswith("Hallo {{ lookup('pipe'")
    assert (school.HANDOUT / "eva" / "letter.txt").read_text("utf-8").startswith("Hello $(touch")
    assert school.ssh("jan", "lab list").text.split()[1] == "titel"


def test_each_machine_is_one_of_its_own() -> None:
    own = {school.ssh(student, "cat /etc/machine-id").text for student in STUDENTS}
    keys = {machine.host_key for machine in machines.read(school.CLASS).values()}
    assert (len(own), len(keys)) == (len(STUDENTS), len(STUDENTS))
    assert all(re.fullmatch("[0-9a-f]{32}\n", text) for text in own)


def test_a_machine_does_no_work_at_its_start_that_a_container_cannot_do() -> None:
    assert school.server("incus exec docker26-jan -- journalctl --boot --unit systemd-udevd --quiet | wc -l") != "0\n"
    refused = "incus exec docker26-jan -- journalctl --boot --quiet | grep -c 'Failed to write' || test $? = 1"
    assert school.server(refused) == "0\n"


def test_no_key_and_no_password_opens_another_machine() -> None:
    port = school.ports()["eva"]
    key = school.HANDOUT / "jan" / "steiger-docker26"
    line = (school.HANDOUT / "eva" / "letter.txt").read_text("utf-8")
    address = line.split("student@")[1].split()[0]
    words = ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-v"]
    words += [
        "-o",
        "BatchMode=yes",
        "-o",
        "IdentitiesOnly=yes",
        "-i",
        str(key),
        "-p",
        str(port),
        f"student@{address}",
        "true",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 255
    assert "Permission denied (publickey)" in done.stderr


def test_a_student_reaches_no_other_machine_and_no_incus() -> None:
    own, other = school.ports()["jan"], school.ports()["eva"]
    address = school.server("incus list docker26-eva -c 4 -f csv").split()
    inner = next(word.strip('"') for word in address if word.strip('"').startswith("10."))
    outer = machines.read(school.CLASS)["eva"].address
    probe = "timeout 4 bash -c 'exec 3<>/dev/tcp/{0}/{1} && head -c 4 <&3'"
    assert school.ssh("jan", probe.format("127.0.0.1", 22)).text.startswith("SSH-")
    assert own != other
    for target in ((inner, 22), (outer, other), (outer, 8443)):
        said = school.ssh("jan", probe.format(*target))
        assert said.status != 0, target
        assert "SSH-" not in said.text
    sockets = "/dev/incus/sock /dev/lxd/sock /var/lib/incus/unix.socket /run/incus/unix.socket"
    assert school.ssh("jan", f"ls {sockets} 2>/dev/null; id -un").text == "student\n"


def test_the_machines_ask_the_classs_mirror_and_nobody_can_change_it() -> None:
    mirrors = school.ssh("jan", "docker info --format '{{json .RegistryConfig.Mirrors}}'").text
    shared = mirrors.split('"')[3]
    assert school.ssh("jan", f"curl -sf {shared}v2/_catalog").text.count("library/") == 4
    refused = school.ssh(
        "jan", f"curl -s -o /dev/null -w '%{{http_code}}' -X POST {shared}v2/library/nginx/blobs/uploads/"
    )
    assert refused.text == "405"


def test_one_is_right_one_is_wrong_and_one_did_not_start() -> None:
    for student in ("jan", "eva"):
        assert school.ssh(student, "lab start volumes").status == 0
        said = school.work(student, school.LAB.folder / "solution.sh")
        assert said.status == 0, said.text
    assert school.work("eva", school.LAB.folder / "attempts" / "named-bare.sh").status == 0
    found = school.grade()
    assert {student: result["trouble"] for student, result in found.items()} == dict.fromkeys(STUDENTS, "")
    assert school.wrong(found["jan"]) == []
    assert school.wrong(found["eva"]) == ["named"]
    (lab,) = found["eva"]["labs"]
    (named,) = [check for check in lab["checks"] if check["id"] == "named"]
    assert named["message"]
    assert named["hint"]
    assert len(school.wrong(found["bo"])) == len(school.LAB.tasks)


def test_the_table_and_the_page_say_the_same_and_show_names_as_text() -> None:
    with (school.day() / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows["jan"]["volumes"] == str(school.LAB.points)
    assert 0 < int(rows["eva"]["volumes"]) < school.LAB.points
    assert rows["bo"]["volumes"] == "0"
    assert rows["bo"]["group"] == "'=1+1"
    page = (school.day() / "index.html").read_text("utf-8")
    assert "&lt;script&gt;document.title" in page
    assert "<script>document.title" not in page
    assert "{{ lookup(" in page


def test_no_name_became_a_command_anywhere() -> None:
    for trace in TRACES:
        assert not Path(trace).exists()
        assert school.server(f"ls {trace} 2>&1 || true").endswith("No such file or directory\n")
        for student in STUDENTS:
            assert school.ssh(student, f"test -e {trace}").status == 1


def test_a_student_who_replaces_the_tools_changes_only_their_own_row() -> None:
    fake = "#!/bin/sh\\necho '{\\\"passed\\\": 8}'\\n"
    root = "docker run --rm -v /:/m busybox sh -c"
    said = school.ssh(
        "eva",
        f'{root} "rm -rf /m/opt/steiger/current/labs/volumes && '
        f"for f in usr/local/bin/lab usr/bin/docker; do printf '{fake}' >/m/\\$f; chmod 755 /m/\\$f; done\"",
    )
    assert said.status == 0, said.text
    found = school.grade()
    assert school.wrong(found["eva"]) == ["named"]
    assert school.wrong(found["jan"]) == []


def test_answers_without_end_and_without_sense_are_bounded_and_named() -> None:
    root = "docker run --rm -v /:/m busybox sh -c"
    flood = "#!/bin/sh\\nexec yes \\033[31mpassed\\n"
    hang = "#!/bin/sh\\nexec sleep 10000\\n"
    for student, script in (("eva", flood), ("bo", hang)):
        swap = f"mv /m/usr/bin/python3 /m/usr/bin/python3.away; printf '{script}' >/m/usr/bin/python3; chmod 755 /m/usr/bin/python3"
        assert school.ssh(student, f'{root} "{swap}"').status == 0
    started = time.monotonic()
    found = school.grade()
    assert time.monotonic() - started < 150
    assert (found["eva"]["trouble"], found["bo"]["trouble"]) == ("large", "slow")
    assert school.wrong(found["jan"]) == []
    said = school.command("reset", "docker26", "eva", "volumes")
    assert (said.status, len(said.text.splitlines())) == (2, 1), said.text[:1000]
    assert "\x1b" not in said.text
    assert "\x1b" not in (school.day() / "index.html").read_text("utf-8")


def test_what_a_student_broke_is_put_back_or_replaced() -> None:
    said = school.playbook("snapshots", classroom_snapshot_state="restored", classroom_snapshot_of=["eva"])
    assert said.status == 0, said.text
    assert "eva: " in said.text
    assert school.ssh("eva", "test -e labs/volumes").status == 1
    before = machines.read(school.CLASS)
    said = school.make(classroom_replace=["bo"])
    assert said.status == 0, said.text
    assert machines.read(school.CLASS) == before, "the same address and the same host key"
    assert school.ssh("bo", "lab list").status == 0
    kept = school.server("incus list -c ns -f csv").splitlines()
    assert [line for line in kept if line.startswith("kept-") and line.endswith("-docker26-bo,STOPPED")]
    assert {student: result["trouble"] for student, result in school.grade().items()} == dict.fromkeys(STUDENTS, "")


def test_every_student_finds_the_labs_to_begin_with_and_only_once() -> None:
    misspelt = school.make(classroom_labs=["volume"])
    assert misspelt.status != 0
    assert "did you mean 'volumes'" in misspelt.text
    for student in ("eva", "bo"):
        assert school.ssh(student, "test -e labs/volumes").status == 1
    said = school.make(classroom_labs=["volumes"])
    assert said.status == 0, said.text
    assert school.wrong(school.grade()["jan"]) == [], "what was started before stays as it is"
    for student in ("eva", "bo"):
        assert school.ssh(student, "test -e labs/volumes && lab finish volumes").status == 0
    assert school.make(classroom_labs=["volumes"]).status == 0
    assert [school.ssh(student, "test -e labs/volumes").status for student in ("eva", "bo")] == [1, 1]
    said = school.playbook(
        "snapshots", classroom_snapshot_state="restored", classroom_snapshot_of=["eva"], classroom_labs=["volumes"]
    )
    assert said.status == 0, said.text
    assert school.ssh("eva", "test -e labs/volumes").status == 0


def test_a_lab_is_put_back_to_its_start_for_a_student() -> None:
    said = school.command("reset", "docker26", "jan", "volumes")
    assert said.status == 0, said.text
    assert len(school.wrong(school.grade()["jan"])) == len(school.LAB.tasks)


def test_a_file_that_was_handed_in_stands_in_for_a_machine_that_is_down() -> None:
    assert school.ssh("jan", "lab status --export result.json").status == 0
    handed_in = school.RESULTS / "docker26" / "handed-in"
    handed_in.mkdir()
    text = school.ssh("jan", "cat result.json").text
    (handed_in / "jan.json").write_text(text, "utf-8")
    (handed_in / "altered.json").write_text(text.replace('"finding": "absent"', '"finding": ""'), "utf-8")
    school.server("incus stop --force docker26-jan")
    said = school.playbook("grade", grade_labs=[school.LAB.id])
    assert said.status == 0, said.text
    assert "altered.json" in said.text
    jan = school.results()["jan"]
    assert jan["source"] == "reported by the student"
    assert len(school.wrong(jan)) == len(school.LAB.tasks)
    assert school.make().status == 0
    assert school.grade()["jan"]["source"] == "graded"


def test_everything_is_kept_before_an_exam_and_put_back_after() -> None:
    assert school.playbook("snapshots", classroom_snapshot="before-exam").status == 0
    for student in STUDENTS:
        assert school.ssh(student, "touch exam").status == 0
    said = school.playbook("snapshots", classroom_snapshot="before-exam", classroom_snapshot_state="restored")
    assert said.status == 0, said.text
    assert [school.ssh(student, "test -e exam").status for student in STUDENTS] == [1, 1, 1]


def test_no_secret_is_in_the_most_talkative_output() -> None:
    said = school.make("-vvv")
    assert said.status == 0, said.text
    secret = keeping.secret(school.CLASS)
    seeds = [values.student_seed(secret, student) for student in STUDENTS]
    assert len(said.text) > 10_000
    assert [each for each in (secret, *seeds, "BEGIN OPENSSH PRIVATE KEY") if each in said.text] == []


def enrol(*ids: str) -> None:
    """Write a roster of the three students of the beginning and of others."""
    rows = "".join(f"{student};{student};;;;\n" for student in ids)
    (school.CLASS / "roster.csv").write_text(FIRST_ROSTER.rstrip("\n") + "\n" + rows, "utf-8")


def boxes() -> dict[str, str]:
    """Return the state of each instance on the server."""
    return dict(line.split(",") for line in school.server("incus list -c ns -f csv").splitlines())


def test_a_run_is_killed_and_the_roster_changes_meanwhile() -> None:
    enrol("s1", "s2", "s3", "gone")
    words = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(school.CLASS), "playbooks/machines.yml"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(school.ROOT / "ansible.cfg")}
    killed = subprocess.Popen(
        words, cwd=school.ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while "docker26-s1" not in boxes():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    # What was started over SSH does not end with who started it, and has the lock.
    school.server("! flock --nonblock /run/steiger-classes.lock true")
    school.server("pkill -KILL -f '^/usr/bin/python3[.0-9]*$'")
    enrol(*(f"s{number}" for number in range(1, 10)))
    said = school.make()
    assert said.status == 0, said.text
    assert len(school.ports()) == 12
    assert len(set(school.ports().values())) == 12
    for student in ("s1", "s9", "jan"):
        assert school.ssh(student, "hostname; docker run --rm hello-world").text.startswith(f"{student}\n")


def test_of_twelve_machines_two_are_down_and_one_is_another() -> None:
    school.server("incus stop --force docker26-s1 docker26-s2")
    school.server("incus exec docker26-s3 -- sh -c 'rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh'")
    found = school.grade()
    troubles = {student: result["trouble"] for student, result in found.items() if result["trouble"]}
    assert troubles == {"s1": "unreached", "s2": "unreached", "s3": "hostkey"}
    assert len(found) - len(troubles) == 9
    assert school.make().status == 0
    assert [result["why"] for result in school.grade().values() if result["trouble"]] == []


def test_a_firewall_that_was_loaded_anew_is_told_and_what_it_flushed_comes_back() -> None:
    chain = "chain passing { type filter hook forward priority 0; policy drop; }"
    school.server(f"printf '%s\\n' 'flush ruleset' 'table inet own {{ {chain}' '}}' | nft -f -")
    said = school.make()
    assert said.status != 0
    found = re.search(
        r"which this server reaches: inet own passing drops it; allow it, .* with: (nft '.*?')", said.text
    )
    assert found, said.text
    school.server(found[1])
    # Every machine's port and filters are back already, and nobody was stopped for it.
    assert [result["why"] for result in school.grade().values() if result["trouble"]] == []
    assert "in.docker26-s9.eth0" in school.server("nft list table bridge incus")
    said = school.make()
    assert said.status == 0, said.text
    assert reaches_out()
    school.server("nft delete table inet own")
    engine("restart")


def test_who_left_the_roster_stays_until_told_otherwise() -> None:
    enrol("s3")
    said = school.make()
    assert said.status == 0, said.text
    assert "docker26-s8, docker26-s9" in said.text
    assert boxes()["docker26-s9"] == "RUNNING"
    assert school.make(classroom_others="remove").status == 0
    left = {name for name in boxes() if name.startswith("docker26-")}
    assert left == {"docker26-jan", "docker26-eva", "docker26-bo", "docker26-s3"}
