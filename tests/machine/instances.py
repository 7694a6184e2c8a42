"""Machines to try things on: Incus instances, plain, cloned or with settings of their own."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CHECKOUT = "/root/steiger"
LEFT_OUT = [
    ".git",
    ".venv*",
    ".steiger",
    ".ansible",
    ".cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
]
BOOT_S = 60
ONLINE = "{ ! test -e /sys/class/net/eth0 || ip route | grep -q default; }"
BOOTED = f"systemctl is-system-running | grep -Eq 'running|degraded' && {ONLINE}"
END = "==== end of what was said ===="
KEEPING = (
    "bash -lc {line} >{said}.out 2>{said}.err; status=$?; "
    "cat {said}.out; printf %s '{end}'; { cat {said}.err; printf %s '{end}'; } >&2; exit $status"
)


def incus(*args: str, check: bool = True, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Run `incus` with these arguments; its output is text."""
    return subprocess.run(["incus", *args], capture_output=True, text=True, check=check, timeout=timeout)


def of_this_run() -> list[str]:
    """Return the options of `incus` with which an instance bears the run of ./test that it belongs to."""
    return ["-c", f"user.steiger.run={os.environ.get('STEIGER_RUN', '')}"]


@dataclass(frozen=True)
class Machine:
    """An Incus instance."""

    name: str

    def run(
        self, command: str, user: str = "root", env: dict[str, str] | None = None, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run a line of shell in a login shell of `user`, whatever its exit status."""
        settings = [f"--env={name}={value}" for name, value in (env or {}).items()]
        line = command
        if user != "root":
            line = f"runuser --login {shlex.quote(user)} --command {shlex.quote(command)}"
        # On a busy host `incus exec` may end well and without the output: then it is read again.
        said = f"/run/said-{secrets.token_hex(6)}"
        whole = KEEPING.replace("{said}", said).replace("{end}", END).replace("{line}", shlex.quote(line))
        done = incus("exec", self.name, *settings, "--", "bash", "-c", whole, check=False, timeout=timeout)
        for name, suffix in (("stdout", "out"), ("stderr", "err")):
            heard = getattr(done, name)
            if not heard.endswith(END):
                heard = incus("file", "pull", f"{self.name}{said}.{suffix}", "-", check=False).stdout
            setattr(done, name, heard.removesuffix(END))
        return done

    def ok(self, command: str, user: str = "root", env: dict[str, str] | None = None, timeout: float = 600) -> str:
        """Run a line of shell, fail the test when its exit status is not 0, and return its output."""
        done = self.run(command, user, env, timeout)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a text file that belongs to root."""
        command = ["incus", "file", "push", "-q", "-p", "--uid=0", "--gid=0", f"--mode={mode}", "-", self.name + path]
        subprocess.run(command, input=text, text=True, check=True)

    def cut_network(self) -> None:
        """Take the machine's network card away."""
        incus("config", "device", "add", self.name, "eth0", "none")

    def wait(self, ready: str = BOOTED) -> Machine:
        """Wait until the machine has booted and, where it has a network card, has an address."""
        deadline = time.monotonic() + BOOT_S
        while self.run(ready).returncode != 0:
            if time.monotonic() > deadline:
                pytest.fail(f"{self.name} did not boot in {BOOT_S} s")
            time.sleep(0.3)
        return self

    def put_checkout(self) -> None:
        """Copy this checkout to CHECKOUT, as a clone of it would be."""
        left_out = [f"--exclude={name}" for name in LEFT_OUT]
        with subprocess.Popen(["tar", "-C", str(ROOT), *left_out, "-c", "."], stdout=subprocess.PIPE) as tar:
            line = f"mkdir -p {CHECKOUT} && tar -C {CHECKOUT} --no-same-owner -x"
            subprocess.run(["incus", "exec", self.name, "--", "bash", "-c", line], stdin=tar.stdout, check=True)
        assert tar.returncode == 0


class Machines:
    """Makes machines and deletes them at the end."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.names: list[str] = []

    def _name(self) -> str:
        name = f"{self.prefix}-{len(self.names)}"
        self.names.append(name)
        return name

    def launch(self, image: str = "steiger-debian13") -> Machine:
        """Start a plain machine from an image."""
        name = self._name()
        incus("launch", "-q", image, name, "-c", "security.nesting=true", *of_this_run())
        return Machine(name).wait()

    def clone(self, source: Machine, *options: str) -> Machine:
        """Start a copy-on-write clone of a machine that is stopped, with more options of `incus copy`."""
        name = self._name()
        incus("copy", source.name, name, *of_this_run(), *options)
        incus("start", name)
        return Machine(name).wait()

    def delete(self) -> None:
        """Delete all machines."""
        for name in self.names:
            incus("delete", "--force", name, check=False)


def prefix_for(worker: str, what: str) -> str:
    """Return the first part of instance names that no other run uses."""
    return f"steiger-{what}-{os.getpid()}-{worker}"
