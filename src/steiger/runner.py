"""Starts Ansible: the only place that does."""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from steiger.errors import SteigerError
from steiger.i18n import _, language
from steiger.paths import ROOT, state_dir
from steiger.surroundings import surroundings
from steiger.text import harmless

SECONDS = 300
REASON_LIMIT = 300
REASON_LINES = 3


class PlayError(SteigerError):
    """A playbook failed; `said` are the lines that it said nevertheless."""

    def __init__(self, message: str, said: Sequence[str]) -> None:
        super().__init__(message)
        self.said = said


@dataclass(frozen=True)
class Played:
    """What a playbook came to: the lines that it said, and how many tasks changed something."""

    said: tuple[str, ...]
    changed: int


def play(
    playbook: Path, inventory: Path, variables: Mapping[str, Any], log: Path, *, steps: int, options: Sequence[str] = ()
) -> Played:
    """Run a playbook, and show a line for each of its roles.

    Args:
        playbook: the playbook.
        inventory: a folder or file.
        variables: extra variables.
        log: file for all that Ansible says.
        steps: how many roles there are.
        options: more words for ansible-playbook, such as --check.

    Raises:
        PlayError: something failed; the message has Ansible's reason and names the log.
        SteigerError: Ansible cannot run.
    """
    try:
        with contextlib.ExitStack() as opened:
            folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="steiger-"))
            said = opened.enter_context(log.open("w", encoding="utf-8"))
            screen = os.dup(sys.stdout.fileno())
            opened.callback(os.close, screen)
            notes = Path(folder, "notes")
            notes.mkdir()
            shown = {
                **_secrets(),
                "ANSIBLE_CALLBACKS_ENABLED": "progress",
                "STEIGER_PROGRESS": str(screen),
                "STEIGER_NOTES": str(notes),
                "STEIGER_LANG": language(),
                "STEIGER_STEPS": str(steps),
            }
            sys.stdout.flush()
            status = subprocess.run(
                [_ansible_playbook(), "-i", str(inventory), *options, "-e", json.dumps(variables), str(playbook)],
                cwd=ROOT,
                env={**_environment(folder), **shown},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                pass_fds=(screen,),
                check=False,
            ).returncode
            found = {path.name: path.read_text(encoding="utf-8") for path in notes.iterdir()}
    except OSError as error:
        raise SteigerError(_("Ansible cannot run: {why}").format(why=harmless(error, REASON_LIMIT))) from error
    said_lines = found.get("said", "").splitlines()
    if status:
        lines = [line for line in found.get("error", "").splitlines() if line.strip()]
        why = harmless(lines[-1] if lines else _reason(log.read_text(encoding="utf-8"), ""), REASON_LIMIT)
        raise PlayError(_("{why} (all of it: {log})").format(why=why, log=log), said_lines)
    return Played(tuple(said_lines), int(found.get("changed", "0")))


def run_tasks(tasks: Path, variables: Mapping[str, str]) -> None:
    """Run a file of Ansible tasks on this machine, as the one who calls.

    Raises:
        SteigerError: a task failed; the message names it and the log.
    """
    play = [
        {
            "name": "Make the start state",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable, **variables},
            "tasks": [{"name": "Include the lab's tasks", "ansible.builtin.import_tasks": str(tasks)}],
        }
    ]
    log = state_dir() / "start.log"
    try:
        with tempfile.TemporaryDirectory(prefix="steiger-") as folder:
            playbook = Path(folder) / "start.yml"
            playbook.write_text(json.dumps(play), encoding="utf-8")
            done = subprocess.run(
                [_ansible_playbook(), "-i", "localhost,", str(playbook)],
                # The shell may stand in a folder that `lab finish` took away.
                cwd=folder,
                env=_environment(folder),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
                # It inherits the student's lock: should we be killed, the next command waits for its end.
                close_fds=False,
            )
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SteigerError(
            _("the start state could not be made: {why}").format(why=harmless(error, REASON_LIMIT))
        ) from error
    if done.returncode:
        why = harmless(_reason(done.stdout, done.stderr), REASON_LIMIT)
        raise SteigerError(_("the start state could not be made: {why} (all of it: {log})").format(why=why, log=log))


def _environment(folder: str) -> dict[str, str]:
    return {
        **surroundings(),
        # A folder that anyone may write to (WSL's /mnt/c) would make Ansible ignore ours.
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        # Ansible refuses a locale that is no UTF-8, and one that ssh brought along and nobody generated.
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_STDOUT_CALLBACK": "default",
        "ANSIBLE_LOCAL_TEMP": f"{folder}/local",
        "ANSIBLE_REMOTE_TEMP": f"{folder}/remote",
        "ANSIBLE_HOME": f"{folder}/home",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _secrets() -> dict[str, str]:
    """Return what opens a class's vault: with no terminal to ask on, a file that is there is the only way."""
    file = os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE", "")
    return {"ANSIBLE_VAULT_PASSWORD_FILE": file} if Path(file).is_file() else {}


def _ansible_playbook() -> str:
    return str(Path(sys.executable).with_name("ansible-playbook"))


def _reason(output: str, errors: str) -> str:
    """Return why a task failed: what its command said, rather than that it ended with a status."""
    lines = (output + errors).splitlines()
    for number, line in enumerate(lines):
        if line.startswith(("fatal:", "failed:")):
            tail = line.partition(" =>")[2].strip()
            below = itertools.takewhile(lambda text: text.startswith("    "), lines[number + 1 :])
            try:
                result = json.loads(tail) if tail else yaml.safe_load(textwrap.dedent("\n".join(below)))
                said = str(result.get("stderr") or result.get("msg") or tail)
            except (AttributeError, ValueError, yaml.YAMLError):
                said = tail
            return "\n".join(said.strip().splitlines()[-REASON_LINES:]) or line
    for line in lines:
        if line.startswith(("[ERROR]:", "ERROR!")):
            return line.partition(":")[2].strip() or line
    return "ansible-playbook"
