"""What a student's machine has after the roles ran."""

from __future__ import annotations

import re
from typing import Any

MEGABYTE = 1024 * 1024
IDLE_MEMORY_MB = 60
DISK_MB = 1500


def test_the_engine_runs_and_starts_at_boot(host: Any) -> None:
    engine = host.service("docker")
    assert engine.is_running
    assert engine.is_enabled


def test_compose_is_version_2(host: Any) -> None:
    assert re.match(r"v?2\.", host.check_output("docker compose version --short"))


def test_buildx_is_there(host: Any) -> None:
    assert host.run("docker buildx version").rc == 0


def test_the_mirror_runs_and_starts_at_boot(host: Any) -> None:
    mirror = host.service("docker-registry")
    assert mirror.is_running
    assert mirror.is_enabled


def test_the_mirror_listens_on_loopback_alone(host: Any, mirror: str) -> None:
    port = mirror.rsplit(":", 1)[1]
    sockets = host.check_output(f"ss -Hltn sport = :{port}").splitlines()
    assert sockets
    assert {line.split()[3] for line in sockets} == {f"127.0.0.1:{port}"}


def test_the_mirror_holds_every_image_of_the_labs(host: Any, mirror: str, lab_image: str) -> None:
    name, _, tag = lab_image.partition(":")
    path = name if "/" in name else f"library/{name}"
    assert host.run(f"curl -fsS -o /dev/null {mirror}/v2/{path}/manifests/{tag or 'latest'}").rc == 0


def test_images_are_pulled_with_no_network(host: Any) -> None:
    route = host.check_output("ip route show default")
    had_it = host.run("docker image inspect busybox").rc == 0
    host.check_output("ip route delete default")
    try:
        pulled = host.run("docker pull busybox")
    finally:
        host.check_output(f"ip route add {re.sub(r' proto .*', '', route)}")
        if not had_it:
            host.run("docker image rm busybox")
    assert pulled.rc == 0, pulled.stderr


def test_lab_is_a_command_of_every_user(host: Any) -> None:
    found = host.run("runuser --login nobody --shell /bin/bash --command 'command -v lab && cd / && lab list'")
    assert found.rc == 0, found.stderr
    assert found.stdout.startswith("/usr/local/bin/lab\n")


def test_lab_completes_its_verbs(host: Any) -> None:
    script = (
        "source /usr/share/bash-completion/bash_completion; source /usr/share/bash-completion/completions/lab;"
        " function=$(complete -p lab | sed 's/.*-F //; s/ .*//'); COMP_WORDS=(lab sta); COMP_CWORD=1; $function;"
        ' echo "${COMPREPLY[@]}"'
    )
    found = host.run("bash -c %s", script)
    assert found.stdout.split() == ["start", "status"], found.stderr


def test_only_root_writes_what_the_command_runs(host: Any) -> None:
    top = host.file("/opt/steiger")
    assert (top.user, top.group) == ("root", "root")
    writable = host.check_output(r"find /opt/steiger ! -type l \( ! -user root -o -perm /022 \) -print")
    assert writable == ""


def test_the_mirror_is_small_in_memory(host: Any) -> None:
    script = (
        "for p in $(pgrep -f 'docker-registry|/opt/steiger/'); do grep ^Pss: /proc/$p/smaps_rollup; done 2>/dev/null"
    )
    kilobytes = sum(int(line.split()[1]) for line in host.run(script).stdout.splitlines())
    assert kilobytes > 0
    assert kilobytes / 1024 < IDLE_MEMORY_MB


def test_what_steiger_adds_is_small_on_disk(host: Any) -> None:
    folders = "/opt/steiger /var/lib/steiger /var/lib/docker-registry"
    sizes = host.check_output(f"du -sm --total {folders} | tail -n 1")
    assert int(sizes.split()[0]) < DISK_MB
