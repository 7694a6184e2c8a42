"""Ansible module: snapshots of the machines of a class."""

from __future__ import annotations

import contextlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.incus_api import (
    CLASS_KEY,
    IncusError,
    MachineError,
    alone,
    call,
    instance,
    instances,
    trouble,
)
from ansible.module_utils.ssh import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCUMENTATION = r"""
module: incus_snapshots
short_description: Take, put back and drop snapshots of the machines of a class
description:
  - Works on the machines of a class, or of some of its students, side by side.
  - Every machine has a snapshot V(fresh) from the moment that it was made; that one can only be put back.
options:
  class_name:
    description: Name of the class.
    type: str
    required: true
  students:
    description: Ids of students; the whole class when empty.
    type: list
    elements: str
    default: []
  name:
    description: Name of the snapshot, of small letters, digits and hyphens.
    type: str
    required: true
  state:
    description:
      - V(taken) takes the snapshot where there is none of this name.
      - V(restored) puts it back, starts the machine and waits for its SSH; what happened since is gone.
      - V(absent) drops it.
    type: str
    choices: [taken, restored, absent]
    required: true
  timeout:
    description: Seconds to wait for the SSH of a machine that was put back.
    type: int
    default: 60
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Keep every machine as it is before the exam
  incus_snapshots:
    class_name: docker26
    name: before-exam
    state: taken
"""

RETURN = r"""
done:
  description: Students whose machine was changed, with the seconds that it took.
  type: dict
  returned: always
  sample: {jan: 0.9}
failed_machines:
  description: For each student whose machine it did not succeed with, the kind of trouble (V(busy), V(silent) or V(other)) and its detail.
  type: dict
  returned: always
"""

STUDENT_KEY = "user.steiger.student"
FRESH = "fresh"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,29}[a-z0-9])?")
SIDE_BY_SIDE = 8
POLL_S = 0.05


def take(box: Mapping[str, Any], name: str, timeout: int) -> None:
    """Take a snapshot."""
    del timeout
    call("POST", instance(box["name"], "snapshots"), {"name": name, "stateful": False})


def drop(box: Mapping[str, Any], name: str, timeout: int) -> None:
    """Drop a snapshot."""
    del timeout
    call("DELETE", instance(box["name"], "snapshots", name))


def put_back(box: Mapping[str, Any], name: str, timeout: int) -> None:
    """Put a snapshot back, and wait for SSH.

    Raises:
        IncusError: Incus refuses, or nothing answers in time.
    """
    path = instance(box["name"])
    if box["status"] == "Running":
        call("PUT", f"{path}/state", {"action": "stop", "force": True})
    deadline = time.monotonic() + timeout
    while not restored(path, name):
        # What was forced to stop may hold its disk for a moment.
        if time.monotonic() > deadline:
            raise MachineError("busy", f"{timeout} s")
        time.sleep(POLL_S)
    call("PUT", f"{path}/state", {"action": "start"})
    _, address, port = box["devices"]["ssh"]["listen"].split(":")
    while not answers(address, int(port)):
        if time.monotonic() > deadline:
            raise MachineError("silent", f"{address}:{port}, {timeout} s")
        time.sleep(POLL_S)


def restored(path: str, name: str) -> bool:
    """Put a snapshot back on a stopped machine; return False when its disk is in use.

    Raises:
        IncusError: Incus refuses for another reason.
    """
    try:
        call("PUT", path, {"restore": name})
    except IncusError as error:
        if "in use" not in str(error).lower():
            raise
        return False
    return True


ACTIONS: dict[str, Callable[[Mapping[str, Any], str, int], None]] = {
    "taken": take,
    "restored": put_back,
    "absent": drop,
}


def refusal(params: Mapping[str, Any], machines: Mapping[str, Mapping[str, Any]]) -> str:
    """Return why nothing is done, "" when there is no reason; `machines` are those of the class by student."""
    name, state = params["name"], params["state"]
    if not NAME.fullmatch(name):
        return "the name of a snapshot is 1 to 31 small letters, digits and hyphens, such as before-exam"
    if name == FRESH and state != "restored":
        return f"the snapshot {FRESH} is that of the new machine, and stays"
    if unknown := sorted(set(params["students"]) - set(machines)):
        return f"there is no machine of: {', '.join(unknown)}"
    if not machines:
        return f"the class {params['class_name']} has no machines"
    wanted = params["students"] or list(machines)
    without = sorted(student for student in wanted if name not in snapshots(machines[student]))
    if state == "restored" and without:
        return f"there is no snapshot {name} of: {', '.join(without)}"
    return ""


def snapshots(box: Mapping[str, Any]) -> set[str]:
    """Return the names of a machine's snapshots."""
    return {snapshot["name"].rpartition("/")[2] for snapshot in box.get("snapshots") or []}


def run(params: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    """Do what is asked for, or only find out what that is, and return the module's result.

    Raises:
        IncusError: nothing answers.
        ValueError: it makes no sense.
    """
    machines = {
        box["config"].get(STUDENT_KEY, ""): box
        for box in instances(2)[0]
        if box["config"].get(CLASS_KEY) == params["class_name"]
    }
    if why := refusal(params, machines):
        raise ValueError(why)
    name, state = params["name"], params["state"]
    wanted = params["students"] or sorted(machines)
    todo = [
        student
        for student in wanted
        if state == "restored" or (name in snapshots(machines[student])) == (state == "absent")
    ]
    result: dict[str, Any] = {"changed": bool(todo), "done": dict.fromkeys(todo, 0.0), "failed_machines": {}}
    if check:
        return result

    def timed(student: str) -> float:
        started = time.monotonic()
        ACTIONS[state](machines[student], name, params["timeout"])
        return round(time.monotonic() - started, 1)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        asked = {student: pool.submit(timed, student) for student in todo}
        for student, future in asked.items():
            try:
                result["done"][student] = future.result()
            except (IncusError, OSError, KeyError) as error:
                result["failed_machines"][student] = trouble(error)
                del result["done"][student]
    return result


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "class_name": {"type": "str", "required": True},
            "students": {"type": "list", "elements": "str", "default": []},
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": list(ACTIONS), "required": True},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    try:
        with contextlib.nullcontext() if module.check_mode else alone():
            module.exit_json(**run(module.params, check=module.check_mode))
    except (IncusError, OSError, ValueError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
