"""Ansible module: have Debian's docker-registry serve as this machine's registry mirror."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.mounts import delete
from ansible.module_utils.processes import end
from ansible.module_utils.records import write
from ansible.module_utils.registry_api import Registry
from ansible.module_utils.services import at_work, control, enable, halt, is_enabled, is_running, log_of, port_owner

if TYPE_CHECKING:
    from ansible.module_utils.services import Run

DOCUMENTATION = r"""
module: mirror_registry
short_description: Have Debian's docker-registry serve as a registry mirror
description:
  - Writes the registry's configuration; it listens on 127.0.0.1 alone. That is done before the package is there too, so that the
    registry starts with it.
  - Once the package is there, the registry runs and starts at boot.
  - Refuses, before anything is changed, when another process has the port, and when there is a registry that is not ours.
options:
  port:
    description: TCP port.
    type: int
    default: 5000
  commands:
    description: The commands that are needed, with the package of each.
    type: dict
    default: {docker-registry: docker-registry}
  state:
    description: Whether there is to be a registry mirror; with V(absent) it is stopped and the images in it go.
    type: str
    choices: [present, absent]
    default: present
author: [Steiger]
attributes:
  check_mode: {support: full, description: Tells whether something would change.}
  diff_mode: {support: full, description: Shows the configuration before and after.}
"""

EXAMPLES = r"""
- name: Run a registry mirror
  mirror_registry:
    port: 5000
"""

RETURN = r"""
missing:
  description: The packages that must still be installed.
  type: list
  elements: str
  returned: when state is present
"""

CONFIG = Path("/etc/docker/registry/config.yml")
DATA = Path("/var/lib/docker-registry")
MARK = "# Steiger's registry mirror; roles/mirror writes this file.\n"
SERVICE = "docker-registry"
OFF = "or set mirror_enabled: false to do without Steiger's"
START_SECONDS = 20


def configuration(port: int) -> str:
    """Return the text of the registry's configuration."""
    return (
        f"{MARK}version: 0.1\n"
        "log: {level: warn, accesslog: {disabled: true}}\n"
        "storage:\n"
        "  cache: {blobdescriptor: inmemory}\n"
        f"  filesystem: {{rootdirectory: {DATA}}}\n"
        "  delete: {enabled: true}\n"
        "http:\n"
        f"  addr: 127.0.0.1:{port}\n"
        "  headers: {X-Content-Type-Options: [nosniff]}\n"
    )


def refusal(text: str | None, owner: tuple[int, str] | None, port: int, *, installed: bool) -> str:
    """Return why there can be no mirror of ours here, "" when there can.

    `text` is the configuration that is there, None for none; `owner` is who listens on the port.
    """
    ours = text is not None and text.startswith(MARK)
    if text is not None and not ours:
        return (
            f"There is a docker-registry on this machine that is not Steiger's ({CONFIG}): "
            f"remove it with its settings (apt-get purge docker-registry), {OFF}"
        )
    if owner and not (installed and ours and owner[1] == SERVICE):
        who = f"by process {owner[0]} ({owner[1]})" if owner[0] else "by a process that cannot be seen from here"
        return (
            f"Port {port} of 127.0.0.1 is taken {who}: stop that, give the mirror another port with mirror_port, {OFF}"
        )
    return ""


def serve(module: AnsibleModule, run: Run, *, restart: bool) -> None:
    """Start the registry, or start it anew, and wait until it answers."""
    if not is_enabled(run, SERVICE):
        enable(run, SERVICE)
    complaint = control(run, "restart" if restart else "start", SERVICE)
    end = time.monotonic() + START_SECONDS
    registry = Registry(f"http://127.0.0.1:{module.params['port']}", timeout=2)
    while not complaint and not registry.answers():
        if time.monotonic() > end:
            complaint = (log_of(run, SERVICE)[-1:] or ["it does not answer"])[0]
        time.sleep(0.1)
    if complaint:
        module.fail_json(msg=f"The registry mirror does not start: {complaint}")


def remove(module: AnsibleModule) -> None:
    """Stop the registry and throw its images away, when it is ours."""
    ours = CONFIG.is_file() and CONFIG.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    if ours and not module.check_mode:
        halt(module.run_command, SERVICE)
        # Also one that was started by hand, which its init script does not know.
        if left := end({one.pid for one in at_work(SERVICE)}, START_SECONDS):
            module.fail_json(msg=f"The registry does not stop: process {min(left)} lives on, even when it is killed")
        for entry in DATA.iterdir() if DATA.is_dir() else []:
            if why := delete(module.run_command, entry):
                module.fail_json(msg=f"The images of the registry mirror cannot be thrown away: {why}")
        Path("/var/log", f"{SERVICE}.log").unlink(missing_ok=True)
        if not shutil.which(SERVICE):
            CONFIG.unlink()
    module.exit_json(changed=ours and (shutil.which(SERVICE) is None or DATA.is_dir()))


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "port": {"type": "int", "default": 5000},
            "commands": {"type": "dict", "default": {"docker-registry": "docker-registry"}},
            "state": {"choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    if module.params["state"] == "absent":
        remove(module)
    port, run = module.params["port"], module.run_command
    installed = shutil.which(SERVICE) is not None
    before = CONFIG.read_text(encoding="utf-8", errors="replace") if CONFIG.is_file() else None
    if why := refusal(before, port_owner(port), port, installed=installed):
        module.fail_json(msg=why)
    after = configuration(port)
    missing = sorted({package for command, package in module.params["commands"].items() if not shutil.which(command)})
    new = before != after
    idle = installed and not (is_running(run, SERVICE) and is_enabled(run, SERVICE))
    if not module.check_mode:
        if new:
            write(CONFIG, after)
        if installed and (new or idle):
            serve(module, run, restart=new)
    module.exit_json(changed=new or idle, missing=missing, diff={"before": before or "", "after": after} if new else {})


if __name__ == "__main__":
    main()
