"""Ansible module: take away what the labs keep in users' homes."""

from __future__ import annotations

import base64
import contextlib
import grp
import json
import pwd
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.engine_api import get, wait
from ansible.module_utils.records import remembered
from ansible.module_utils.services import control

DOCUMENTATION = r"""
module: lab_users
short_description: Finish the users' labs and forget their progress
description:
  - Finishes each lab that a user has started, as C(lab finish) does, so that its containers and volumes go and the user's own work stays.
  - An engine that does not run is started for it, for it alone can remove what is in it.
  - Then removes the user's progress (F(~/.local/state/steiger)). Files in F(~/labs) that the user changed stay.
  - The progress of a user with a lab that could not be finished stays, for it says what is the lab's, unless O(forget) is true.
  - Everything is done as the user, for a home is the user's to fill with links, and within bounds of time and size.
  - An account that the name service knows and does not list counts when it is in O(group) or in O(record).
options:
  command:
    description: The command C(lab).
    type: path
    default: /usr/local/bin/lab
  forget:
    description: Whether progress goes also where a lab could not be finished.
    type: bool
    default: false
  group:
    description: The group of those who may use the engine.
    type: str
    default: docker
  record:
    description: Where C(group_members) remembers whom it put into that group.
    type: path
    default: /var/lib/steiger/group-docker.json
attributes:
  check_mode:
    description: Says whose labs would be finished.
    support: full
  diff_mode:
    description: Shows no diff.
    support: none
author: Steiger
"""

EXAMPLES = r"""
- name: Finish the labs of every user
  lab_users:
"""

RETURN = r"""
users:
  description: The users who had done labs here.
  returned: always
  type: list
  elements: str
unfinished:
  description: Labs that could not be finished, as "user, lab", with the reason.
  returned: always
  type: list
  elements: str
"""

ENGINE_SECONDS = 60
LOOK_SECONDS, FINISH_SECONDS = 20, 600
# Parents go when they are empty: they were made for what was in them.
FORGET = 'rm -rf "$1/.local/state/steiger"; rmdir "$1/.local/state" "$1/.local" 2>/dev/null; true'
# Prints a line for each progress file: the lab's id and, in base64, what is in it. Only plain files: a pipe has no end to wait for.
PROGRESS = """cd "$1/.local/state/steiger/labs" 2>/dev/null || exit 0
for file in *.json; do
  case ${file%.json} in -* | *[!a-z0-9-]*) continue ;; esac
  if [ -f "$file" ]; then printf '%s ' "${file%.json}"; head -c 1000000 -- "$file" | base64 -w 0; echo; fi
done | head -c 10000000"""


def started(listing: str) -> list[str]:
    """Return the ids of the labs that are begun and not finished, from what the script for progress prints."""
    found = []
    for line in listing.splitlines():
        name, _, text = line.partition(" ")
        try:
            phase = json.loads(base64.b64decode(text)).get("phase")
        except (ValueError, AttributeError, RecursionError):
            continue
        if phase:
            found.append(name)
    return sorted(found)


def as_user(user: pwd.struct_passwd, seconds: int) -> list[str]:
    """Return the beginning of a command that runs as a user, and not longer than that."""
    bounded = ["timeout", "--kill-after=5", str(seconds), "runuser", "-u", user.pw_name, "--"]
    return [*bounded, "env", f"HOME={user.pw_dir}", "LC_ALL=C.UTF-8"]


def accounts(group: str, record: Path) -> list[pwd.struct_passwd]:
    """Return who may have done labs: all accounts that are listed, and those in the group or on the record; one for each home."""
    names = {str(name) for name in remembered(record).get("users", [])}
    found = pwd.getpwall()
    with contextlib.suppress(KeyError):
        names |= set(grp.getgrnam(group).gr_mem)
    for name in sorted(names - {user.pw_name for user in found}):
        try:
            found.append(pwd.getpwnam(name))
        except KeyError:
            continue
    return list({user.pw_dir: user for user in found}.values())


def has_progress(module: AnsibleModule, user: pwd.struct_passwd) -> bool:
    """Tell whether a user has done labs here."""
    state = Path(user.pw_dir, ".local", "state", "steiger")
    try:
        return state.is_dir()
    except OSError:  # a home that is closed for root too
        status: int = module.run_command([*as_user(user, LOOK_SECONDS), "test", "-d", str(state)], cwd="/")[0]
        return status == 0


def finish(module: AnsibleModule, user: pwd.struct_passwd) -> list[str]:
    """Finish the labs of a user, and return which could not be finished, with the reason."""
    lab = module.params["command"]
    status, out, err = module.run_command(
        [*as_user(user, LOOK_SECONDS), "sh", "-c", PROGRESS, "sh", user.pw_dir], cwd="/"
    )
    if status:
        return [f"{user.pw_name}: which labs were begun cannot be read: {err.strip() or f'status {status}'}"]
    begun, unfinished = started(out), []
    # Without an engine there is nothing to finish any more.
    for name in begun if begun and start_engine(module) else []:
        status, out, err = 2, f"{lab} is not there any more", ""
        if Path(lab).exists():
            status, out, err = module.run_command([*as_user(user, FINISH_SECONDS), lab, "finish", name], cwd="/")
        if status != 0:
            why = (err or out).strip() or f"lab finish ended with status {status}"
            unfinished.append(f"{user.pw_name}, {name}: {why}")
    return unfinished


def start_engine(module: AnsibleModule) -> bool:
    """Start the engine when it does not run, and return whether there is one; whether it runs is seen when a lab is finished."""
    if get("/version") is not None:
        return True
    if not shutil.which("dockerd"):
        return False
    if not control(module.run_command, "start", "docker"):
        wait(ENGINE_SECONDS)
    return True


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "command": {"type": "path", "default": "/usr/local/bin/lab"},
            "forget": {"type": "bool", "default": False},
            "group": {"type": "str", "default": "docker"},
            "record": {"type": "path", "default": "/var/lib/steiger/group-docker.json"},
        },
        supports_check_mode=True,
    )
    users: list[str] = []
    unfinished: list[str] = []
    for user in accounts(module.params["group"], Path(module.params["record"])):
        if not has_progress(module, user):
            continue
        users.append(user.pw_name)
        if module.check_mode:
            continue
        left = finish(module, user)
        unfinished += left
        if left and not module.params["forget"]:
            continue
        forget = [*as_user(user, FINISH_SECONDS), "sh", "-c", FORGET, "sh", user.pw_dir]
        module.run_command(forget, check_rc=True, cwd="/")
    module.exit_json(changed=bool(users), users=users, unfinished=unfinished)


if __name__ == "__main__":
    main()
