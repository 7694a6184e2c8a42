"""Ansible module: stop the services of packages before they are purged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils import processes
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import remembered, save
from ansible.module_utils.services import halt, has_systemd

if TYPE_CHECKING:
    from collections.abc import Iterable

    Files = dict[str, list[str]]

DOCUMENTATION = r"""
module: package_services
short_description: Stop the services of packages before they are purged
description:
  - Stops each service through whatever runs it (systemd, an init script), then looks for processes of the package's programs, whoever
    started them, and ends those. With a program that keeps containers, its containers end too.
  - Remembers the programs, so that what still runs when the package is gone is found as well.
  - Without systemd the init script is switched off once its service is stopped, for some packages cannot be purged when there is
    nothing to stop. Starting and enabling a service switches it on again.
options:
  packages:
    description: Packages that are to be purged, with or without architecture.
    type: list
    elements: str
    required: true
  services:
    description: For each package that has any, the names of its services. They are stopped in this order.
    type: dict
    required: true
  record:
    description: Where to remember the programs.
    type: path
    default: /var/lib/steiger/programs.json
  patience:
    description: Seconds that a process may take to end before it is killed.
    type: int
    default: 20
attributes:
  check_mode: {support: full, description: Tells whether anything runs.}
author: [Steiger]
"""

EXAMPLES = r"""
- name: Stop the engine
  package_services:
    packages: [docker.io, containerd]
    services: {docker.io: [docker], containerd: [containerd]}
"""

RETURN = r"""
processes:
  description: What ran, as "123 (dockerd)".
  type: list
  elements: str
  returned: always
"""

# What keeps containers alive when it ends; they end with it only when they are ended too.
KEEPER = "containerd-shim"
FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/lib", "/bin", "/sbin", "/lib")


def programs(listing: str) -> list[str]:
    """Return the paths of programs, as processes have them, in the list of a package's files."""
    found = set()
    for line in listing.splitlines():
        path = Path(line)
        if line.startswith(FOLDERS) and path.is_file() and os.access(path, os.X_OK):
            found.add(str(path.resolve()))
    return sorted(found)


def own(processes_: list[processes.Process]) -> set[int]:
    """Return this process and those that it descends from."""
    parents = {one.pid: one.parent for one in processes_}
    pid, found = os.getpid(), set()
    while pid and pid not in found:
        found.add(pid)
        pid = parents.get(pid, 0)
    return found


def at_work(names: list[str], *, gone: bool) -> list[processes.Process]:
    """Return the processes of these programs; this run's own are not counted."""
    everything = processes.running()
    mine = own(everything)
    return [one for one in processes.of(names, everything, gone=gone) if one.pid not in mine]


def end(found: list[processes.Process], patience: float) -> None:
    """End processes, and what keepers of containers keep."""
    keepers = {one.pid for one in found if Path(one.program).name.startswith(KEEPER)}
    processes.end({one.pid for one in found} - keepers, patience)
    # A keeper that is asked to end only waits for its container.
    processes.end(processes.with_children(keepers, processes.running()), 1)


def all_at_work(present: Files, past: Files) -> list[processes.Process]:
    """Return the processes of programs that are there, and of those that were purged before."""
    found = [one for files in present.values() for one in at_work(files, gone=False)]
    return found + [one for files in past.values() for one in at_work(files, gone=True)]


def stop(module: AnsibleModule, present: Files, past: Files) -> None:
    """Stop services package by package, and end what is left of them."""
    patience = module.params["patience"]
    for name, files in present.items():
        for service in module.params["services"][name]:
            halt(module.run_command, service)
        end(at_work(files, gone=False), patience)
    for files in past.values():
        end(at_work(files, gone=True), patience)


def switch_off(services: Iterable[str]) -> None:
    """Take the init scripts' right to run away."""
    for script in (Path("/etc/init.d", service) for service in services):
        if script.is_file():
            script.chmod(0o644)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "str", "required": True},
            "services": {"type": "dict", "required": True},
            "record": {"type": "path", "default": "/var/lib/steiger/programs.json"},
            "patience": {"type": "int", "default": 20},
        },
        supports_check_mode=True,
    )
    run, record = module.run_command, Path(module.params["record"])
    services: dict[str, list[str]] = module.params["services"]
    going = {name.partition(":")[0] for name in module.params["packages"]}
    known: dict[str, list[str]] = remembered(record)
    listed = {name: run(["dpkg-query", "--listfiles", name])[1] for name in {*services, *known}}
    present = {name: files for name in services if name in going and (files := programs(listed[name]))}
    # Those of a package that an earlier run purged: its files are gone, its processes may not be.
    past = {name: files for name, files in known.items() if name not in present and not programs(listed[name])}
    names = [str(one) for one in all_at_work(present, past)]
    if module.check_mode:
        module.exit_json(changed=bool(names), processes=names)
    if {**past, **present} != known:
        save(record, {**past, **present})
    stop(module, present, past)
    if left := all_at_work(present, past):
        module.fail_json(msg=f"This does not end, not even when it is killed: process {', '.join(map(str, left))}")
    if not has_systemd():
        switch_off(service for name in present for service in services[name])
    module.exit_json(changed=bool(names), processes=names)


if __name__ == "__main__":
    main()
