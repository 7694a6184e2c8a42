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

SECONDS = 300


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
    with tempfile.TemporaryDirectory(prefix="steiger-") as folder:
        playbook = Path(folder) / "start.yml"
        playbook.write_text(json.dumps(play), encoding="utf-8")
        environment = {
            **os.environ,
            # A folder that anyone may write to (WSL's /mnt/c) would make Ansible ignore ours.
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_STDOUT_CALLBACK": "default",
            "ANSIBLE_LOCAL_TEMP": f"{folder}/local",
            "ANSIBLE_REMOTE_TEMP": f"{folder}/remote",
            "ANSIBLE_HOME": f"{folder}/home",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [_ansible_playbook(), "-i", "localhost,", str(playbook)]
        try:
            done = subprocess.run(  # noqa: S603 - our own command, no shell
                command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SteigerError(_("the start state could not be made: {why}").format(why=error)) from error
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        raise SteigerError(_("the start state could not be made: {why} (all of it: {log})").format(why=_reason(done.stdout, done.stderr), log=log))


def _ansible_playbook() -> str:
    return str(Path(sys.executable).with_name("ansible-playbook"))


def _reason(output: str, errors: str) -> str:
    for line in (output + errors).splitlines():
        if line.startswith(("fatal:", "[ERROR]:", "ERROR!")):
            _head, arrow, tail = line.partition(" => ")
            if not arrow:
                return line.partition(":")[2].strip()[:300]
            try:
                result = json.loads(tail)
            except ValueError:
                return tail[:300]
            return str(result.get("stderr") or result.get("msg") or tail).strip()[:300]
    return "ansible-playbook"
