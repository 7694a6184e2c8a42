"""Ansible module: take away what the labs keep in users' homes."""

from __future__ import annotations

import json
import pwd
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.engine_api import get, wait
from ansible.module_utils.services import control

DOCUMENTATION = r"""
module: lab_users
short_description: Finish the users' labs and forget their progress
description:
  - Finishes each lab that a user has started, as C(lab finish) does, so that its containers and volumes go and the user's own work stays.
  - An engine that does not run is started for it, for it alone can remove what is in it.
  - Then removes the user's progress (F(~/.local/state/steiger)). Files in F(~/labs) that the user changed stay.
  - The progress of a user with a lab that could not be finished stays, for it says what is the lab's, unless O(forget) is true.
  - Everything is done as the user, for a home is the user's to fill with links.
options:
  command:
    description: The command C(lab).
    type: path
    default: /usr/local/bin/lab
  forget:
    description: Whether progress goes also where a lab could not be finished.
    type: bool
    default: false
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
# Parents go when they are empty: they were made for what was in them.
FORGET = 'rm -rf "$1/.local/state/steiger"; rmdir "$1/.local/state" "$1/.local" 2>/dev/null; true'


def started(state: Path) -> list[str]:
    """Return the ids of the labs that a progress folder says are begun and not finished."""
    found = []
    for file in sorted((state / "labs").glob("*.json")):
        try:
            phase = json.loads(file.read_text(encoding="utf-8")).get("phase")
        except (OSError, ValueError, AttributeError):
            continue
        if phase:
            found.append(file.stem)
    return found


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
        },
        supports_check_mode=True,
    )
    lab = module.params["command"]
    users: list[str] = []
    unfinished: list[str] = []
    homes = {user.pw_dir: user for user in pwd.getpwall()}
    for user in homes.values():
        state = Path(user.pw_dir, ".local", "state", "steiger")
        if not state.is_dir():
            continue
        users.append(user.pw_name)
        if module.check_mode:
            continue
        as_user = ["runuser", "-u", user.pw_name, "--", "env", f"HOME={user.pw_dir}", "LC_ALL=C.UTF-8"]
        begun = started(state)
        here = len(unfinished)
        # Without an engine there is nothing to finish any more.
        for name in begun if begun and start_engine(module) else []:
            status, out, err = 2, f"{lab} is not there any more", ""
            if Path(lab).exists():
                status, out, err = module.run_command([*as_user, lab, "finish", name], cwd="/")
            if status != 0:
                unfinished.append(f"{user.pw_name}, {name}: {(err or out).strip()}")
        if len(unfinished) > here and not module.params["forget"]:
            continue
        module.run_command([*as_user, "sh", "-c", FORGET, "sh", user.pw_dir], check_rc=True, cwd="/")
    module.exit_json(changed=bool(users), users=users, unfinished=unfinished)


if __name__ == "__main__":
    main()
