"""The machines of a class, as its playbook wrote them down: where each student's is, and its host key."""

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from steiger.classroom.files import replace
from steiger.errors import SteigerError
from steiger.i18n import _

# Hidden, for Ansible reads whatever else is in the folder of an inventory.
KEPT = ".class"
FILE = "machines.json"
KNOWN_HOSTS = "known_hosts"
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_HOST_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True)
class Machine:
    """A student's machine: the server it is on, and the address, port and ed25519 host key of its SSH server."""

    server: str
    address: str
    port: int
    host_key: str


def read(folder: Path) -> dict[str, Machine]:
    """Return the machines of a class by student; none when none were made.

    Args:
        folder: the class's folder, with the roster.

    Raises:
        SteigerError: the file is damaged.
    """
    path = folder / KEPT / FILE
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {student: _machine(data) for student, data in known.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise SteigerError(
            _("{path} is damaged; remove it and run playbooks/classroom.yml again").format(path=path)
        ) from error


def write(folder: Path, machines: Mapping[str, Machine]) -> bool:
    """Write down the machines of a class, and their host keys as SSH reads them; return whether anything changed."""
    kept = folder / KEPT
    kept.mkdir(mode=0o700, exist_ok=True)
    changed = False
    lines = [f"{_pattern(each)} {each.host_key}\n" for each in machines.values()]
    for name, text in (
        (FILE, json.dumps({student: asdict(each) for student, each in machines.items()}, indent=1) + "\n"),
        (KNOWN_HOSTS, "".join(lines)),
    ):
        path = kept / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            replace(path, text)
            changed = True
    return changed


def _pattern(machine: Machine) -> str:
    return machine.address if machine.port == 22 else f"[{machine.address}]:{machine.port}"


def _machine(data: Mapping[str, Any]) -> Machine:
    machine = Machine(**data)
    strings = (machine.server, machine.address, machine.host_key)
    if not all(isinstance(each, str) for each in strings) or not isinstance(machine.port, int):
        raise TypeError
    if not _is_host(machine.address) or not 0 < machine.port < 65536 or not _HOST_KEY.fullmatch(machine.host_key):
        raise ValueError
    return machine


def _is_host(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return _HOST.fullmatch(address) is not None
    return True
