"""Ansible module: look which parts of Docker this machine has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.daemon_settings import FILE, unfit
from ansible.module_utils.dpkg import is_installed
from ansible.module_utils.services import has_systemd, is_enabled, is_running

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[[list[str]], tuple[int, str, str]]

DOCUMENTATION = r"""
module: docker_parts
short_description: Look which parts of Docker a machine has
description:
  - Looks for the engine, the command and its plugins whoever installed them, so that only what is missing gets installed.
  - Fails before anything is installed when F(/etc/docker/daemon.json) is there already and no engine would start with it, and
    when the command C(docker) is that of another program.
options:
  packages:
    description: The package that brings each part, of C(engine), C(cli), C(compose) and C(buildx).
    type: dict
    required: true
  packages_of_docker:
    description: The same for a machine that has the engine from Docker's own packages (C(docker-ce)).
    type: dict
    default: {}
  reads_bom:
    description: Whether the engine that would be installed reads a F(daemon.json) that begins with a byte order mark.
    type: bool
    default: true
author: [Steiger]
attributes:
  check_mode: {support: full, description: Nothing is ever changed.}
"""

EXAMPLES = r"""
- name: Look what is missing
  docker_parts:
    packages: {engine: docker.io, cli: docker-cli, compose: docker-compose, buildx: docker-buildx}
  register: docker
"""

RETURN = r"""
missing:
  description: The packages of the parts that are not there.
  type: list
  elements: str
  returned: always
ready:
  description: Whether the engine is there, runs, and starts at boot.
  type: bool
  returned: always
"""

PLUGIN_FOLDERS = ("/usr/libexec", "/usr/lib", "/usr/local/libexec", "/usr/local/lib")


def find_parts(root: Path = Path("/")) -> set[str]:
    """Return the parts that are there, below the folder `root`."""
    folders = [
        root / folder
        for folder in ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin", "snap/bin")
    ]
    path = ":".join(str(folder) for folder in folders)
    parts = {part for part, command in (("engine", "dockerd"), ("cli", "docker")) if shutil.which(command, path=path)}
    for part in ("compose", "buildx"):
        plugins = [root / folder.lstrip("/") / f"docker/cli-plugins/docker-{part}" for folder in PLUGIN_FOLDERS]
        if any(plugin.is_file() for plugin in plugins):
            parts.add(part)
    return parts


def missing_packages(parts: set[str], packages: dict[str, str]) -> list[str]:
    """Return the packages of the parts that are not there, each once."""
    return sorted({package for part, package in packages.items() if part not in parts})


def taken(run: Run) -> str:
    """Return why the command `docker` cannot be had, "" when it can."""
    if is_installed(run, "podman-docker"):
        return (
            "The command docker is podman's here, of the package podman-docker, and the labs need Docker's own: "
            "remove that package (apt-get remove podman-docker; podman itself can stay) and run this again"
        )
    return ""


def starter(run: Run, drop_ins: Path = Path("/etc/systemd/system/docker.service.d")) -> str:
    """Return the command with which the service starts the engine, or would start it; "" without systemd."""
    if not has_systemd():
        return ""
    _, shown, _ = run(["systemctl", "show", "docker.service", "--property", "ExecStart", "--value"])
    if "argv[]=" in shown:
        return shown.split("argv[]=", 1)[1].split(" ;", 1)[0].strip()
    lines = [line for file in sorted(drop_ins.glob("*.conf")) for line in file.read_text(errors="replace").splitlines()]
    own = [line.partition("=")[2].strip() for line in lines if line.strip().startswith("ExecStart=")]
    return ([command for command in own if command] or ["dockerd -H fd://"])[-1]


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "dict", "required": True},
            "packages_of_docker": {"type": "dict", "default": {}},
            "reads_bom": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    if why := taken(module.run_command):
        module.fail_json(msg=why)
    parts = find_parts()
    from_docker = is_installed(module.run_command, "docker-ce")
    packages = module.params["packages_of_docker"] if from_docker else module.params["packages"]
    running = "engine" in parts and is_running(module.run_command, "docker")
    settings = Path(FILE)
    # One that runs has a file that does: daemon_json looks at the rest.
    if not running and settings.is_file():
        why = unfit(settings.read_bytes(), starter(module.run_command), reads_bom=module.params["reads_bom"])
        if why:
            module.fail_json(msg=why)
    ready = running and is_enabled(module.run_command, "docker")
    module.exit_json(changed=False, missing=missing_packages(parts, packages), ready=ready)


if __name__ == "__main__":
    main()
