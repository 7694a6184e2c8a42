"""Ansible module: a machine for every student of a class, as Incus instances."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import json
import subprocess
import tempfile
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.incus_api import (
    CLASS_KEY,
    IncusError,
    MachineError,
    alone,
    call,
    create,
    delete,
    find,
    instance,
    instances,
    is_here,
    pull,
    push,
    trouble,
)
from ansible.module_utils.ssh import answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DOCUMENTATION = r"""
module: incus_machines
short_description: A machine for every student of a class
description:
  - Makes an Incus instance for each student, clones of one image, side by side.
  - Each gets keys, a seed and a host name of its own, and a port of its server that leads to its SSH.
  - The machines are unprivileged system containers.
  - A machine that fails is named in the result, and the others go on. One whose SSH shows another host key than it was given gets a new one.
  - Machines of the class whose student is no longer listed stay, unless told otherwise.
options:
  class_name:
    description: Name of the class; machines are called after it and the student.
    type: str
    required: true
  state:
    description: Whether the class has machines; V(absent) deletes them all, those that were kept for study too.
    type: str
    choices: [present, absent]
    default: present
  image:
    description: Alias of the golden image; required when O(state=present).
    type: str
  students:
    description: The students; required when O(state=present).
    type: list
    elements: dict
    suboptions:
      id:
        description: Id of the student.
        type: str
        required: true
      keys:
        description: Public keys that open the student's account.
        type: list
        elements: str
        default: []
      seed:
        description: What the student's values are derived from.
        type: str
        required: true
      language:
        description: Language of the student.
        type: str
        choices: [nl, en]
        default: en
  root_keys:
    description: Public keys of the instructor's side, which open root's account.
    type: list
    elements: str
    default: []
  account:
    description: The student's account in the image, of user id 1000.
    type: str
    default: student
  cpus:
    description: Processors that a machine may use; 0 for all.
    type: int
    default: 0
  memory:
    description: Memory that a machine may use, such as V(2GiB); empty for all.
    type: str
    default: ""
  disk:
    description: Size of a machine's disk, such as V(10GiB); empty for as much as there is.
    type: str
    default: ""
  bridge:
    description: The network that the machines are on.
    type: str
    default: steigerbr0
  servers:
    description:
      - Addresses of the servers by their names in the cluster; a server alone is called V(none).
      - Required when O(state=present).
    type: dict
  first_port:
    description: The first port of a server that leads to a machine.
    type: int
    default: 22001
  others:
    description: What becomes of machines of the class whose student is not listed.
    type: str
    choices: [keep, remove]
    default: keep
  replace:
    description:
      - Ids of students who get a fresh machine in place of theirs, at the same address and with the same host key.
      - The old machine is stopped, and kept under a name with the time.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait for the SSH of each machine.
    type: int
    default: 60
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Make the machines
  incus_machines:
    class_name: docker26
    image: steiger-golden
    students: [{id: jan, seed: "{{ seeds.jan }}", keys: []}]
    servers: {none: 192.0.2.10}
"""

RETURN = r"""
machines:
  description: Where the machine of each student is.
  type: dict
  returned: always
  sample: {jan: {server: none, address: 192.0.2.10, port: 22001, host_key: ssh-ed25519 AAAA}}
made:
  description: Students whose machine was made.
  type: list
  elements: str
  returned: always
mended:
  description: Students whose machine was started, or got what it lacked.
  type: list
  elements: str
  returned: always
others:
  description: Machines of the class whose student is not listed.
  type: list
  elements: str
  returned: always
older:
  description: Students whose machine was made from another image than the one that has the alias now.
  type: list
  elements: str
  returned: always
failed_machines:
  description: For each student who has no machine that answers, the kind of trouble (V(busy), V(host_key), V(server_down), V(silent) or V(other)) and its detail.
  type: dict
  returned: always
"""

STUDENT_KEY = "user.steiger.student"
PORT_KEY = "user.steiger.port"
ADDRESS_KEY = "user.steiger.address"
HOST_KEY = "user.steiger.host-key"
IDENTITY_KEY = "user.steiger.identity"
BASE_IMAGE = "volatile.base_image"
CLASS_OF_KEPT = "user.steiger.kept-of-class"
STUDENT_OF_KEPT = "user.steiger.kept-of-student"
HOST_KEY_FILE = "/etc/ssh/ssh_host_ed25519_key"
MACHINE_ID_FILE = "/etc/machine-id"
FRESH = "fresh"
STUDENT_UID = 1000
# The first addresses of a network are the bridge's and those that it hands out on its own.
FIRST_ADDRESS = 10
SIDE_BY_SIDE = 8
POLL_S = 0.05


@dataclass(frozen=True)
class Place:
    """Where a machine is: its server, its port there, and its own address on the bridge."""

    server: str
    port: int
    address: str


def machine_name(class_name: str, student: str) -> str:
    """Return the name of a student's instance."""
    return f"{class_name}-{student}"


@dataclass(frozen=True)
class Ground:
    """Where machines may be put: the servers, the bridge's address with its prefix length, and the first port."""

    servers: tuple[str, ...]
    network: str
    first_port: int


def places(
    students: Iterable[str], present: Mapping[str, Place], taken: Iterable[Place], ground: Ground
) -> dict[str, Place]:
    """Return a place for each student: the one that they have, or a free one on the server with the fewest.

    Args:
        students: the ids.
        present: places of students that have a machine.
        taken: all places in use, of other classes too.
        ground: where there may be more.

    Raises:
        ValueError: the network is full.
    """
    taken = list(taken)
    used = {(place.server, place.port) for place in taken}
    addresses = {(place.server, place.address) for place in taken}
    load = Counter(place.server for place in taken)
    hosts = [str(host) for host in ipaddress.IPv4Interface(ground.network).network.hosts()][FIRST_ADDRESS - 1 :]
    found = {}
    for student in students:
        if student in present:
            found[student] = present[student]
            continue
        server = min(ground.servers, key=lambda name: (load[name], name))
        port = next(port for port in range(ground.first_port, 65536) if (server, port) not in used)
        address = next((host for host in hosts if (server, host) not in addresses), "")
        if not address:
            raise ValueError(f"the network {ground.network} has no address left on {server}")
        used.add((server, port))
        addresses.add((server, address))
        load[server] += 1
        found[student] = Place(server, port, address)
    return found


def identity(student: Mapping[str, Any], root_keys: list[str], account: str) -> dict[str, tuple[str, int, int]]:
    """Return the files that make a machine a student's: content, mode and owner by path."""
    home = f"/home/{account}"
    return {
        "/etc/hostname": (f"{student['id']}\n", 0o644, 0),
        "/etc/steiger/student": (f"{student['id']}\n", 0o644, 0),
        "/etc/steiger/seed": (f"{student['seed']}\n", 0o644, 0),
        # PAM reads it for whoever logs in, also without a login shell.
        "/etc/default/locale": (f"LANG=C.UTF-8\nLANGUAGE={student['language']}\n", 0o644, 0),
        "/root/.ssh/authorized_keys": ("".join(f"{key}\n" for key in root_keys), 0o600, 0),
        f"{home}/.ssh/authorized_keys": ("".join(f"{key}\n" for key in student["keys"]), 0o600, STUDENT_UID),
    }


def digest(files: Mapping[str, tuple[str, int, int]]) -> str:
    """Return what tells one identity from another, and nothing of what is in it."""
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def options(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the instance options of each machine."""
    wanted = {CLASS_KEY: params["class_name"], "security.nesting": "true", "security.guestapi": "false"}
    if params["cpus"]:
        wanted["limits.cpu"] = str(params["cpus"])
    if params["memory"]:
        wanted["limits.memory"] = params["memory"]
    return wanted


def devices(params: Mapping[str, Any], place: Place, root: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the devices of a machine: a card that sees no other machine, a disk, and its port."""
    listen = params["servers"][place.server]
    disk = {**root, **({"size": params["disk"]} if params["disk"] else {})}
    return {
        "eth0": {
            "type": "nic",
            "name": "eth0",
            "network": params["bridge"],
            "ipv4.address": place.address,
            "security.port_isolation": "true",
            "security.mac_filtering": "true",
            "security.ipv4_filtering": "true",
        },
        "root": disk,
        "ssh": {
            "type": "proxy",
            "nat": "true",
            "listen": f"tcp:{listen}:{place.port}",
            "connect": f"tcp:{place.address}:22",
        },
    }


def differs(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> bool:
    """Tell whether something that is wanted is not there, or is otherwise."""
    return any(present.get(name) != value for name, value in wanted.items())


def new_host_key() -> tuple[str, str]:
    """Return a new ed25519 host key: the private file's text, and the public key without a comment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
        public = path.with_suffix(".pub").read_text(encoding="ascii").split()
        return path.read_text(encoding="ascii"), " ".join(public[:2])


def public_of(private: str) -> str:
    """Return the public key of a private one, "" when it is none."""
    command = ["ssh-keygen", "-y", "-P", "", "-f", "/dev/stdin"]
    done = subprocess.run(command, input=private, capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split()[:2])


def shown(address: str, port: int) -> str:
    """Return the ed25519 host key that an SSH server shows, "" when it shows none."""
    command = ["ssh-keyscan", "-T", "5", "-t", "ed25519", "-p", str(port), address]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    return " ".join(lines[0].split()[1:3]) if lines else ""


class Class:
    """The machines of one class on the servers of a cluster, or on one server."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        listed, down = instances()
        ids = [student["id"] for student in params["students"]]
        names = {student: machine_name(params["class_name"], student) for student in ids}
        self.down = {student: down[name] for student, name in names.items() if name in down}
        self.students = [student for student in params["students"] if student["id"] not in self.down]
        self.places = {box["name"]: place for box in listed if (place := self._place(box))}
        mine = [box for box in listed if box["config"].get(CLASS_KEY) == params["class_name"]]
        self.present = {box["config"].get(STUDENT_KEY, ""): box for box in mine}
        profile = call("GET", "/1.0/profiles/default")["devices"]
        self.root = next(device for device in profile.values() if device.get("path") == "/")
        self.network = call("GET", f"/1.0/networks/{params['bridge']}")["config"]["ipv4.address"]

    @staticmethod
    def _place(box: Mapping[str, Any]) -> Place | None:
        config = box["config"]
        with contextlib.suppress(KeyError, ValueError):
            return Place(box["location"], int(config[PORT_KEY]), config[ADDRESS_KEY])
        return None

    def plan(self) -> dict[str, Place]:
        """Return a place for each student.

        Raises:
            ValueError: there is no room.
        """
        name = self.params["class_name"]
        ids = [student["id"] for student in self.students]
        mine = {
            box: self.places[machine_name(name, box)] for box in self.present if machine_name(name, box) in self.places
        }
        ground = Ground(tuple(sorted(self.params["servers"])), self.network, self.params["first_port"])
        return places(ids, mine, self.places.values(), ground)

    def older(self) -> list[str]:
        """Return the students whose machine is no clone of the image as it is now."""
        image = find(f"/1.0/images/aliases/{self.params['image']}")
        kept = set(self.present) - set(self.params["replace"])
        return sorted(
            student for student in kept if image and self.present[student]["config"].get(BASE_IMAGE) != image["target"]
        )

    def others(self) -> list[str]:
        """Return the names of machines whose student is not listed."""
        ids = {student["id"] for student in self.params["students"]}
        return sorted(box["name"] for student, box in self.present.items() if student not in ids)

    def lacks(self, student: Mapping[str, Any], place: Place) -> str:
        """Return what a machine lacks: "all", "some", or "" when nothing, or when its server takes no part."""
        if place.server not in self.params["servers"]:
            return ""
        box = self.present.get(student["id"])
        if box is None or student["id"] in self.params["replace"]:
            return "all"
        files = identity(student, self.params["root_keys"], self.params["account"])
        config, wanted = self._config(student, place), devices(self.params, place, self.root)
        other = differs(config, box["config"]) or differs(wanted, box["devices"])
        other = other or box["config"].get(IDENTITY_KEY) != digest(files) or HOST_KEY not in box["config"]
        return "some" if other or box["status"] != "Running" else ""

    def ensure(self, student: Mapping[str, Any], place: Place) -> tuple[str, bool]:
        """Make a student's machine what it must be.

        Returns its host key once SSH answers with it, and whether that is a new one because it answered with another.

        Raises:
            IncusError: something is in the way.
        """
        if place.server not in self.params["servers"]:
            raise MachineError("server_down", place.server)
        name = machine_name(self.params["class_name"], student["id"])
        config, wanted = self._config(student, place), devices(self.params, place, self.root)
        box = self.present.get(student["id"])
        host_key = None
        if box is not None and student["id"] in self.params["replace"]:
            host_key = self._put_aside(box)
            box = None
        if box is None:
            if find(instance(name)):
                raise IncusError(f"there is an instance {name} already, which is not of this class")
            self._make(name, place, config, wanted)
            box = {"config": {}, "status": "Stopped"}
        elif differs(config, box["config"]) or differs(wanted, box["devices"]):
            call("PATCH", instance(name), {"config": config, "devices": {**box["devices"], **wanted}})
        public = self._personalise(name, student, box["config"], host_key)
        if box["status"] != "Running":
            call("PUT", instance(name, "state"), {"action": "start"})
        self._wait(place)
        if shown(self.params["servers"][place.server], place.port) == public:
            return public, False
        public = self._rekey(name)
        if shown(self.params["servers"][place.server], place.port) != public:
            raise MachineError("host_key", f"{self.params['servers'][place.server]}:{place.port}")
        return public, True

    def _put_aside(self, box: Mapping[str, Any]) -> tuple[str, str] | None:
        """Stop a machine and keep it under another name; return its host key when that is the one it was given."""
        name = box["name"]
        if box["status"] == "Running":
            call("PUT", instance(name, "state"), {"action": "stop", "force": True})
        public = box["config"].get(HOST_KEY, "")
        private = pull(name, HOST_KEY_FILE) if public else ""
        ours = {key: value for key, value in box["config"].items() if not key.startswith("user.steiger.")}
        kept = {CLASS_OF_KEPT: self.params["class_name"], STUDENT_OF_KEPT: box["config"].get(STUDENT_KEY, "")}
        left = {key: device for key, device in box["devices"].items() if key not in {"eth0", "ssh"}}
        writable = {key: box[key] for key in ("architecture", "description", "ephemeral", "profiles")}
        call("PUT", instance(name), {**writable, "config": {**ours, **kept}, "devices": left})
        moment = datetime.now(tz=UTC).strftime("%m%d-%H%M%S")
        call("POST", instance(name), {"name": f"kept-{moment}-{name}"[:63].rstrip("-")})
        return (private, public) if private and public_of(private) == public else None

    def _rekey(self, name: str) -> str:
        private, public = new_host_key()
        push(name, HOST_KEY_FILE, private, mode=0o600)
        push(name, f"{HOST_KEY_FILE}.pub", f"{public}\n")
        call("PATCH", instance(name), {"config": {HOST_KEY: public}})
        restart = {"command": ["systemctl", "restart", "ssh"], "wait-for-websocket": False, "interactive": False}
        call("POST", instance(name, "exec"), restart)
        return public

    def _config(self, student: Mapping[str, Any], place: Place) -> dict[str, str]:
        mine = {STUDENT_KEY: student["id"], PORT_KEY: str(place.port), ADDRESS_KEY: place.address}
        return {**options(self.params), **mine}

    def _make(self, name: str, place: Place, config: dict[str, str], wanted: dict[str, dict[str, str]]) -> None:
        create(
            "" if place.server == "none" else place.server,
            {
                "name": name,
                "type": "container",
                "source": {"type": "image", "alias": self.params["image"]},
                "config": config,
                "devices": wanted,
            },
        )

    def _personalise(
        self, name: str, student: Mapping[str, Any], config: Mapping[str, str], host_key: tuple[str, str] | None
    ) -> str:
        """Put in a machine what makes it the student's, and return its public host key."""
        files = identity(student, self.params["root_keys"], self.params["account"])
        if HOST_KEY in config and config.get(IDENTITY_KEY) == digest(files):
            return config[HOST_KEY]
        fresh = {}
        if HOST_KEY not in config:
            private, public = host_key or new_host_key()
            fresh = {
                HOST_KEY_FILE: (private, 0o600, 0),
                f"{HOST_KEY_FILE}.pub": (f"{public}\n", 0o644, 0),
                # A machine that makes its own does all the work of a first start, after every restore too.
                MACHINE_ID_FILE: (f"{uuid.uuid4().hex}\n", 0o444, 0),
            }
        for path, (content, mode, owner) in {**files, **fresh}.items():
            push(name, path, content, mode=mode, owner=owner)
        public = public if fresh else config[HOST_KEY]
        # Last, so that a run that was cut off begins again.
        call("PATCH", instance(name), {"config": {HOST_KEY: public, IDENTITY_KEY: digest(files)}})
        if fresh:
            call("POST", instance(name, "snapshots"), {"name": FRESH, "stateful": False})
        return public

    def _wait(self, place: Place) -> None:
        deadline = time.monotonic() + self.params["timeout"]
        listen = self.params["servers"][place.server]
        while not answers(listen, place.port):
            if time.monotonic() > deadline:
                raise MachineError("silent", f"{listen}:{place.port}, {self.params['timeout']} s")
            time.sleep(POLL_S)


def main() -> None:
    """Run the module."""
    student = {
        "id": {"type": "str", "required": True},
        "keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "seed": {"type": "str", "required": True, "no_log": True},
        "language": {"type": "str", "choices": ["nl", "en"], "default": "en"},
    }
    module = AnsibleModule(
        argument_spec={
            "class_name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "image": {"type": "str"},
            "students": {"type": "list", "elements": "dict", "options": student},
            "root_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "account": {"type": "str", "default": "student"},
            "cpus": {"type": "int", "default": 0},
            "memory": {"type": "str", "default": ""},
            "disk": {"type": "str", "default": ""},
            "bridge": {"type": "str", "default": "steigerbr0"},
            "servers": {"type": "dict"},
            "first_port": {"type": "int", "default": 22001},
            "others": {"type": "str", "choices": ["keep", "remove"], "default": "keep"},
            "replace": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "int", "default": 60},
        },
        required_if=[("state", "present", ["image", "students", "servers"])],
        supports_check_mode=True,
    )
    act = run if module.params["state"] == "present" else remove
    try:
        with contextlib.nullcontext() if module.check_mode else alone():
            module.exit_json(**act(module.params, check=module.check_mode))
    except (IncusError, OSError, ValueError) as error:
        module.fail_json(msg=str(error))


def remove(params: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    """Delete the machines of a class, and return the module's result."""
    listed = instances()[0] if is_here() else []
    names = sorted(
        box["name"]
        for box in listed
        if params["class_name"] in (box["config"].get(CLASS_KEY), box["config"].get(CLASS_OF_KEPT))
    )
    result = {
        "changed": bool(names),
        "made": [],
        "mended": [],
        "others": [],
        "older": [],
        "machines": {},
        "failed_machines": {},
    }
    if not check:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            list(pool.map(delete, names))
    return result


def run(params: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    """Bring the class to what is wanted, or only find out what that takes, and return the module's result."""
    ids = {student["id"] for student in params["students"]}
    if unknown := sorted(set(params["replace"]) - ids):
        raise ValueError(f"not on the roster, so there is nothing to replace: {', '.join(unknown)}")
    if not all(params["servers"].values()):
        raise ValueError("the server's address is not known: set classroom_address to the one that students can reach")
    if check and not is_here():
        return {
            "changed": True,
            "made": sorted(ids),
            "mended": [],
            "others": [],
            "older": [],
            "machines": {},
            "failed_machines": {},
        }
    group = Class(params)
    plan = group.plan()
    lacking = {student["id"]: group.lacks(student, plan[student["id"]]) for student in group.students}
    others = group.others()
    goes = others if params["others"] == "remove" else []
    result: dict[str, Any] = {
        "changed": bool(goes) or any(lacking.values()),
        "made": sorted(student for student, lack in lacking.items() if lack == "all"),
        "mended": sorted(student for student, lack in lacking.items() if lack == "some"),
        "others": others,
        "older": group.older(),
        "machines": {},
        "failed_machines": {
            student: trouble(MachineError("server_down", server)) for student, server in sorted(group.down.items())
        },
    }
    if check:
        return result
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        removed = {name: pool.submit(delete, name) for name in goes}
        asked = {student["id"]: pool.submit(group.ensure, student, plan[student["id"]]) for student in group.students}
        for student, future in asked.items():
            place = plan[student]
            try:
                host_key, rekeyed = future.result()
            except (IncusError, OSError, subprocess.CalledProcessError) as error:
                result["failed_machines"][student] = trouble(error)
                continue
            where = {"server": place.server, "address": params["servers"][place.server], "port": place.port}
            result["machines"][student] = {**where, "host_key": host_key}
            if rekeyed:
                result["changed"] = True
                result["mended"] = sorted({*result["mended"], student})
        for name, gone in removed.items():
            try:
                gone.result()
            except IncusError as error:
                result["failed_machines"][name] = trouble(error)
    return result


if __name__ == "__main__":
    main()
