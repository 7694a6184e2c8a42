"""Throw-away machines for proofs: clones of a provisioned Incus instance, with no network."""

import contextlib
import io
import json
import os
import secrets
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import ROOT

GOLDEN = "steiger-golden"
READY_SECONDS = 60
# What tells why, and goes with the clone.
_LOGS = ("start.log", "broken-check.log")
_ASKED = 5
_SHIPPED = ("src", "labs", "ansible.cfg", "plugins")
_FOLDER = "/opt/steiger/proof"
# A clone is thrown away: nobody needs what it writes to outlive a crash, and waiting for the disk is most of its time.
_UNWAITED = ("fsync", "fdatasync", "msync", "sync", "syncfs", "sync_file_range")
# Docker starts after network-online.target; with no network at all that takes two minutes.
_WAITS_FOR_NETWORK = ("systemd-networkd-wait-online.service", "NetworkManager-wait-online.service")


def golden_instance(name: str = "") -> str:
    """Return the instance to clone: the one named, STEIGER_GOLDEN, or `steiger-golden`.

    Raises:
        SteigerError: Incus is not there, or has no such instance.
    """
    golden = name or os.environ.get("STEIGER_GOLDEN", "") or GOLDEN
    instance = golden.partition("/")[0]
    if _incus("info", instance, check=False).returncode:
        raise SteigerError(
            _(
                "no Incus instance '{name}' to clone; make one with tools/golden, or prove on this machine with --here"
            ).format(name=instance)
        )
    return golden


@contextlib.contextmanager
def clone(golden: str, label: str) -> Iterator[str]:
    """Give a running clone without network, with this checkout's labs in it; delete it in the end."""
    name = f"proof-{label}-{secrets.token_hex(3)}"
    _incus("copy", golden, name, "--ephemeral")
    try:
        _incus("config", "device", "add", name, "eth0", "none")
        # A kernel without such filters gives a slower proof, no other one.
        unwaited = "\n".join(f"{call} errno 0" for call in _UNWAITED)
        _incus("config", "set", name, f"security.syscalls.deny={unwaited}", check=False)
        for unit in _WAITS_FOR_NETWORK:
            _incus("file", "create", "--type=symlink", f"{name}/etc/systemd/system/{unit}", "/dev/null", check=False)
        _incus("start", name)
        _ship(name)
        _wait(name)
        yield name
    finally:
        _incus("delete", "--force", name, check=False)


def prove_in(name: str, lab_id: str, language: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Run `lab verify LAB --here` in a clone, as its ordinary user, and return the report.

    Raises:
        SteigerError: the proof could not be run.
    """
    user, group, home = _user(name)
    command = [
        "incus", "exec", name, f"--cwd={home}", f"--env=HOME={home}", f"--env=USER={user}",
        "--env=LANG=C.UTF-8", f"--env=PYTHONPATH={_FOLDER}/src", "--",
        "setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--",
        "/opt/steiger/venv/bin/python", "-B", "-m", "steiger", "--lang", language, "verify", lab_id, "--here", "--json", "-",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None  # noqa: S101 - for mypy
        assert process.stdout is not None  # noqa: S101 - for mypy
        last = ""
        for line in process.stderr:
            last = line.rstrip() or last
            say(line.rstrip())
        output = process.stdout.read()
    try:
        reports: list[dict[str, Any]] = json.loads(output)
        return reports[0]
    except (ValueError, IndexError, KeyError) as error:
        for log in _LOGS:
            told = _incus("exec", name, "--", "tail", "-n", "15", f"{home}/.local/state/steiger/{log}", check=False)
            for line in told.stdout.decode(errors="replace").splitlines():
                say(f"  {log}: {line}")
        why = last.removeprefix("lab: ")
        raise SteigerError(_("the proof of {lab} broke off: {why}").format(lab=lab_id, why=why)) from error


def _ship(name: str) -> None:
    """Copy this checkout's labs and source into the clone, owned by root."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for part in _SHIPPED:
            if (ROOT / part).exists():
                archive.add(ROOT / part, part, filter=_as_root)
    _incus("exec", name, "--", "mkdir", "-p", _FOLDER)
    _incus("exec", name, "--", "tar", "-xC", _FOLDER, stdin=data.getvalue())


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if "__pycache__" in Path(member.name).parts:
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _wait(name: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while _incus("exec", name, "--", "docker", "info", check=False).returncode:
        if time.monotonic() > deadline:
            raise SteigerError(
                _("the engine in {name} did not answer within {seconds} s").format(name=name, seconds=READY_SECONDS)
            )
        time.sleep(0.3)


def _user(name: str) -> tuple[str, str, str]:
    """Return name, group id and home of the first ordinary user in the docker group; root when there is none."""
    group = _answer(name, "getent", "group", "docker")
    members = [member for member in group.rpartition(":")[2].split(",") if member]
    user = members[0] if members else "root"
    entry = _answer(name, "getent", "passwd", user).split(":")
    return user, entry[3], entry[5]


def _answer(name: str, *command: str) -> str:
    """Return what a command that always says something says in a clone.

    Raises:
        SteigerError: it failed, or said nothing.
    """
    for _attempt in range(_ASKED):
        # On a busy host `incus exec` may end well and without the output.
        if said := _incus("exec", name, "--", *command).stdout.decode().strip():
            return said
    raise SteigerError(_("{command} says nothing in {name}").format(command=" ".join(command), name=name))


def _incus(*words: str, check: bool = True, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        done = subprocess.run(["incus", *words], input=stdin or b"", capture_output=True, check=False)
    except FileNotFoundError as error:
        raise SteigerError(_("Incus is not here; prove on a throw-away machine with --here")) from error
    if check and done.returncode:
        raise SteigerError(f"incus {' '.join(words[:2])}: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return done
