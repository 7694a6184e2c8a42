"""Starts Ansible: the only place that does."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import ROOT, state_dir
from steiger.text import harmless

SECONDS = 300
REASON_LIMIT = 300


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
        **os.environ,
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


def _ansible_playbook() -> str:
    return str(Path(sys.executable).with_name("ansible-playbook"))


def _reason(output: str, errors: str) -> str:
    for line in (output + errors).splitlines():
        if line.startswith(("fatal:", "[ERROR]:", "ERROR!")):
            _head, arrow, tail = line.partition(" => ")
            if not arrow:
                return line.partition(":")[2].strip() or line
            try:
                result = json.loads(tail)
            except ValueError:
                return tail
            return str(result.get("stderr") or result.get("msg") or tail).strip()
    return "ansible-playbook"
