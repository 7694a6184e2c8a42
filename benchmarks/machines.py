"""Fresh machines to measure on: Incus instances, deleted again whatever happens."""

import contextlib
import io
import json
import secrets
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import holdings
from benchmarks.holdings import Holdings

ROOT = Path(__file__).resolve().parents[1]
PROBE = Path(__file__).with_name("probe.py")
HOUSE = "/root/steiger"
STUDENT = "student"
READY_SECONDS = 60.0
RUN_SECONDS = 1800.0


class BenchmarkError(Exception):
    """It cannot be measured; the message is one line that says what to do."""


class Machine:
    """One running instance. Every method raises BenchmarkError when Incus or the command fails."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, *command: str, user: str = "root", stdin: bytes = b"") -> str:
        """Run a command in the instance and return its output."""
        home = "/root" if user == "root" else f"/home/{user}"
        settings = [f"--cwd={home}", f"--env=HOME={home}", f"--env=USER={user}", "--env=LANG=C.UTF-8"]
        as_user = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"]
        return _incus("exec", "-T", self.name, *settings, "--", *as_user, *command, stdin=stdin)

    def seconds(self, *command: str) -> float:
        """Run a command as root and return the seconds that it took, a tenth for `incus exec` among them."""
        begun = time.monotonic()
        self.run(*command)
        return time.monotonic() - begun

    def holds(self) -> Holdings:
        """Return what the machine holds now."""
        # du is not pleased with files that go away meanwhile.
        listing = self.run("sh", "-c", '"$@" 2>/dev/null || true', "sh", *holdings.LIST_DISK)
        return Holdings(holdings.packages(self.run(*holdings.LIST_PACKAGES)), holdings.folders(listing))

    def probe(self, *words: str, user: str = "root") -> Any:
        """Run one of probe.py's questions in the instance and return its answer."""
        output = self.run("python3", "/usr/local/lib/steiger-probe.py", *words, user=user)
        try:
            return json.loads(output)
        except ValueError as error:
            raise BenchmarkError(f"{words[0]} in {self.name} gave no answer: {output[-200:]}") from error

    def bring(self, archive: bytes) -> None:
        """Put the house and the probe into the instance."""
        self.run("mkdir", "-p", HOUSE)
        self.run("tar", "-xC", HOUSE, stdin=archive)
        self.run("tee", "/usr/local/lib/steiger-probe.py", stdin=PROBE.read_bytes())

    def add_student(self) -> None:
        """Make the student's account, and let it use Docker when that is there."""
        with contextlib.suppress(BenchmarkError):
            self.run("useradd", "--create-home", "--shell", "/bin/bash", STUDENT)
        with contextlib.suppress(BenchmarkError):
            self.run("usermod", "--append", "--groups", "docker", STUDENT)


def require(image: str, clone_of: str) -> None:
    """Make sure that Incus answers and has the image or the instance.

    Raises:
        BenchmarkError: it does not.
    """
    if not shutil.which("incus"):
        raise BenchmarkError("Incus is not here; ./test machine makes this machine a host for tests")
    _incus("info")
    kind, name = ("instance", clone_of) if clone_of else ("image", image)
    words = ("info", name) if clone_of else ("image", "info", name)
    try:
        _incus(*words)
    except BenchmarkError as error:
        raise BenchmarkError(
            f"Incus has no {kind} '{name}'; see: incus {'list' if clone_of else 'image list'}"
        ) from error


@contextlib.contextmanager
def fresh(image: str, archive: bytes, clone_of: str = "") -> Iterator[Machine]:
    """Give a running instance of an image, or a clone of an instance, with the house in it; delete it in the end."""
    name = f"bench-{secrets.token_hex(3)}"
    try:
        if clone_of:
            _incus("copy", clone_of, name, "--ephemeral")
            _incus("start", name)
        else:
            _incus("launch", image, name, "--ephemeral", "--config", "security.nesting=true")
        machine = Machine(name)
        _wait(machine)
        machine.bring(archive)
        machine.add_student()
        yield machine
    finally:
        with contextlib.suppress(BenchmarkError):
            _incus("delete", "--force", name)


def house() -> bytes:
    """Return a tar of this checkout: what git would clone, with what was not committed yet."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for path in _files():
            archive.add(ROOT / path, path, recursive=False, filter=_as_root)
    return data.getvalue()


def _files() -> Sequence[str]:
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError("this folder is no git clone; run the benchmarks in one")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _wait(machine: Machine) -> None:
    """Wait until the instance has booted and has an address."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if "inet " in machine.run("ip", "-4", "addr", "show", "dev", "eth0", "scope", "global"):
                break
        except BenchmarkError as error:
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{machine.name} did not start: {error}") from error
        if time.monotonic() > deadline:
            raise BenchmarkError(
                f"{machine.name} got no address within {READY_SECONDS:.0f} s; does the image use DHCP?"
            )
        time.sleep(0.3)
    # A degraded system has booted too.
    with contextlib.suppress(BenchmarkError):
        machine.run("timeout", "30", "systemctl", "is-system-running", "--wait")


def _incus(*words: str, stdin: bytes = b"") -> str:
    try:
        done = subprocess.run(
            ["incus", *words],
            input=stdin,
            capture_output=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise BenchmarkError("Incus is not here") from error
    except subprocess.TimeoutExpired as error:
        raise BenchmarkError(f"incus {' '.join(words[:2])} did not end within {RUN_SECONDS:.0f} s") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace").splitlines()
        raise BenchmarkError(
            f"incus {' '.join(words[:2])}: {' '.join(said[-2:])[-400:] or f'status {done.returncode}'}"
        )
    return done.stdout.decode(errors="replace")
