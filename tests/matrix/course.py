"""What is done with every row: describe, look, set up, work through a lab, set up again, take away, compare."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.machine.instances import CHECKOUT, ROOT, Machine, incus
from tests.matrix.bases import REGISTRY, SEED, base_of
from tests.matrix.table import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.machine.instances import Machines
    from tests.matrix.table import Row

RESULTS = ROOT / ".steiger" / "matrix"
LIMIT_S = 900
# For whoever works at a row: the steps to do, with commas between. What they came to is not kept.
ONLY = [name for name in os.environ.get("STEIGER_STEPS", "").split(",") if name]
ACCOUNT = (
    "useradd --create-home --shell /bin/bash {user}"
    " && mkdir -p /etc/sudoers.d && echo '{user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/row && chmod 0440 /etc/sudoers.d/row"
)
NOTHING_CHANGED = "Nothing had to be changed"
OURS = f"/opt/steiger /var/lib/steiger /usr/local/bin/lab {REGISTRY}/docker"
PROXY_PORT = 8888
PROXY = (
    "DEBIAN_FRONTEND=noninteractive apt-get -q=2 -y install tinyproxy"
    f" && printf 'Port {PROXY_PORT}\\nTimeout 600\\nMaxClients 100\\nLogFile \"/run/tinyproxy/log\"\\n' > /etc/tinyproxy/tinyproxy.conf && systemctl restart tinyproxy"
)

State = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Step:
    """A step that was done: how long it took, and what was wrong with it."""

    name: str
    seconds: float
    fault: str


def describe(machine: Machine, *options: str) -> State:
    """Return what tools/machine_state.py says of a machine."""
    script = (ROOT / "tools" / "machine_state.py").read_text(encoding="utf-8")
    command = ["incus", "exec", machine.name, "--", "python3", "-", *options]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    state: State = json.loads(done.stdout)
    return state


def differences(before: State, after: State) -> str:
    """Return what tools/compare_states.py says of two states, nothing when they are the same."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("before.json", "after.json")]
        for file, state in zip(files, (before, after), strict=True):
            file.write_text(json.dumps(state), encoding="utf-8")
        script = ROOT / "tools" / "compare_states.py"
        return subprocess.run([sys.executable, script, *files], capture_output=True, text=True, check=False).stdout


def without_work(state: State, home: str) -> State:
    """Return a state without what a student makes in the labs: it stays after a removal."""
    work = tuple(f"{home}/{name}" for name in ("labs", ".local"))
    files = {path: about for path, about in state["files"].items() if not path.startswith(work)}
    return {**state, "files": files}


def own(before: State, plain: State) -> State:
    """Return the part of a state that is not that of the plain machine: what the row had put there."""
    return {
        kind: {name: about for name, about in things.items() if plain.get(kind, {}).get(name) != about}
        for kind, things in before.items()
    }


def last_lines(text: str, count: int = 6) -> str:
    """Return the end of what was said."""
    return "\n".join(text.strip().splitlines()[-count:])


class Course:
    """One row's machine, and the steps that were done on it."""

    def __init__(self, row: Row, machines: Machines) -> None:
        self.row = row
        self.machines = machines
        self.steps: list[Step] = []
        self.end = 0.0
        self.words: dict[str, str] = {}
        self.machine = Machine("")
        self.before: State = {}
        self.home = CHECKOUT

    def step(self, name: str, act: Callable[[], str]) -> bool:
        """Do a step unless the row leaves it out; return whether it was right."""
        if name in self.row.leave_out or (name in STEPS and ONLY and name not in ONLY):
            return True
        start = time.monotonic()
        try:
            fault = act()
        except subprocess.TimeoutExpired:
            fault = f"it was not done when the row's {LIMIT_S} s were over"
        self.steps.append(Step(name, round(time.monotonic() - start, 1), fault.strip()))
        return not fault

    def run(self, command: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a line of shell as the row's user (or another), within the row's time."""
        if not user:
            settings = "".join(f"export {name}={shlex.quote(value)}; " for name, value in self.row.env.items())
            command = settings + command
        for name, value in self.words.items():
            command = command.replace(f"{{{name}}}", value)
        return self.machine.run(command, user or self.row.user, timeout=max(1.0, self.end - time.monotonic()))

    def wrong(self, name: str, done: subprocess.CompletedProcess[str]) -> str:
        """Return what is wrong with how a step ended, "" when it is as the row expects."""
        expected, said = self.row.expected(name), done.stdout + done.stderr
        faults = []
        if done.returncode != expected.status:
            faults.append(f"status {done.returncode}, not {expected.status}: {last_lines(said)}")
        if not re.search(expected.says, said):
            faults.append(f"it does not say “{expected.says}”: {last_lines(said)}")
        if "Traceback (most recent call last)" in said:
            faults.append(f"a traceback: {last_lines(said)}")
        return "\n".join(faults)

    def setup(self, words: str = "") -> subprocess.CompletedProcess[str]:
        """Call ./setup as the row does."""
        return self.run(f"cd {shlex.quote(self.home)} && {self.row.call} {words}")

    def prepare(self) -> str:
        """Make the machine that the row describes."""
        row = self.row
        if row.helper:
            helper = self.machines.clone(base_of("debian13"))
            helper.ok(PROXY)
            address = helper.ok("ip -4 -o address show eth0 | sed 's/.* inet //; s:/.*::'").strip()
            self.words[row.helper] = f"{address}:{PROXY_PORT}"
        size = ["--device", f"root,size={row.root_size}"] if row.root_size else []
        self.machine = self.machines.clone(base_of(row.base), *size)
        self.machine.put_checkout()
        if row.images == "built" and row.base != "golden":
            self.machine.ok(f"rm -rf {SEED}")
        if row.user != "root":
            self.machine.ok(row.account or ACCOUNT.format(user=shlex.quote(row.user)))
            home = self.machine.ok("cd ~ && pwd", user=row.user).strip()
            self.home = f"{home}/steiger"
            self.machine.ok(
                f"mv {CHECKOUT} {shlex.quote(self.home)} && chown -R {shlex.quote(row.user)} {shlex.quote(self.home)}"
            )
        self.words |= {"checkout": shlex.quote(self.home), "user": shlex.quote(row.user)}
        done = self.run(f"set -euo pipefail\n{row.before}", "root")
        if done.returncode:
            return f"the machine could not be made: {last_lines(done.stdout + done.stderr)}"
        if row.ready:
            for name, value in row.config.items():
                incus("config", "set", self.machine.name, f"{name}={value}")
            incus("restart", "--force", self.machine.name)
            self.machine.wait(row.ready)
        return ""

    def look(self) -> str:
        """Describe the machine, and see that --check changes nothing of it."""
        before = describe(self.machine, "--quick")
        fault = self.wrong("setup --check", self.setup("--check"))
        changed = differences(before, describe(self.machine, "--quick"))
        left = self.run("ls -A /tmp | grep steiger", "root").stdout
        return "\n".join(text for text in (fault, changed and f"--check changed {changed}", left) if text)

    def install(self) -> str:
        """Set the machine up; where the row does not mind the images they are there already."""
        # Set-up that is refused has no images, and takes none away.
        if not self.row.expected("setup").status:
            self.run(
                f"if test -d {SEED}/registry; then cp -a --reflink=auto {SEED}/registry/. {REGISTRY}-seed; mkdir -p {REGISTRY}; cp -a --reflink=auto {REGISTRY}-seed/. {REGISTRY}/; rm -rf {REGISTRY}-seed; fi",
                "root",
            )
        fault = self.wrong("setup", self.setup())
        if (
            self.row.base != "golden"
            and self.row.expected("setup").status
            and self.run("test -e /usr/local/bin/lab", "root").returncode == 0
        ):
            fault += "\nit gave up and left the command lab"
        return fault

    def practise(self) -> str:
        """Work through a lab as the row's user, from start to finish."""
        lab = self.row.lab
        for command, status in (
            (f"lab start {lab}", 0),
            (f"lab check {lab}", 1),
            (f"lab solve {lab}", 0),
            (f"lab check {lab}", 0),
            (f"lab finish {lab}", 0),
        ):
            done = self.run(command)
            if done.returncode != status:
                return f"{command}: status {done.returncode}, not {status}: {last_lines(done.stdout + done.stderr, 12)}"
        return self.wrong("lab", done)

    def again(self) -> str:
        """Set up once more: nothing is to change."""
        before = describe(self.machine, "--quick")
        done = self.setup()
        fault = self.wrong("setup again", done)
        said = (
            ""
            if re.search(NOTHING_CHANGED, done.stdout) or self.row.env
            else f"it does not say that nothing had to be changed: {last_lines(done.stdout)}"
        )
        # The log of a run is no change.
        changed = differences(before, describe(self.machine, "--quick"))
        return "\n".join(text for text in (fault, said, changed and f"it changed {changed}") if text)

    def take_away(self) -> str:
        """Take away what was made, and compare the machine with what it was."""
        fault = self.wrong("setup --remove", self.setup("--remove"))
        if self.row.base == "golden":
            left = self.run(f"ls -d {OURS} 2>/dev/null", "root").stdout
            return fault + (f"\nit left {left}" if left else "")
        home = str(Path(self.home).parent)
        if not self.before:
            return fault
        changed = differences(without_work(self.before, home), without_work(describe(self.machine), home))
        return fault + (f"\nnot as it was: {changed}" if changed else "")

    def whole(self) -> list[Step]:
        """Do all steps and return them."""
        row = self.row
        base_of(row.base)  # made once, and no part of the row's time
        self.end = time.monotonic() + LIMIT_S
        if not self.step("the machine", self.prepare):
            return self.steps
        if row.base != "golden" and "setup --remove" not in row.leave_out and not ONLY:
            self.before = describe(self.machine)
        self.step("setup --check", self.look)
        usable = self.step("setup", self.install)
        # A machine that was set up before is a lab machine, whatever is wrong with it now.
        if usable and (row.expected("setup").status == 0 or row.base == "golden"):
            self.step("lab", self.practise)
            self.step("doctor", lambda: self.wrong("doctor", self.run("lab doctor")))
            if row.after:
                self.step(
                    "after",
                    lambda: (
                        ""
                        if (done := self.run(row.after, "root")).returncode == 0
                        else last_lines(done.stdout + done.stderr)
                    ),
                )
            self.step("setup again", self.again)
        self.step("setup --remove", self.take_away)
        return self.steps


def write_down(row: Row, steps: list[Step]) -> None:
    """Keep what a row came to, for tools/matrix_table.py."""
    if ONLY:
        return
    RESULTS.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {
        "id": row.id,
        "faults": [f"{step.name}: {step.fault}" for step in steps if step.fault],
        "seconds": round(sum(step.seconds for step in steps), 1),
        "steps": [asdict(step) for step in steps],
    }
    (RESULTS / f"{row.id}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
