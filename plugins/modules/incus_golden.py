"""Ansible module: the golden image of a class, made by Steiger's own ./setup."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.incus_api import (
    IncusError,
    alone,
    call,
    classes,
    create,
    delete,
    find,
    instance,
    is_here,
    member,
    push,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENTATION = r"""
module: incus_golden
short_description: Make the golden image that the machines of a class are clones of
description:
  - Runs F(setup) of a checkout on a machine made from a plain image, takes away what must differ between clones, and publishes the result.
  - The image remembers a hash of what it was made from; an unchanged one is not made again.
  - Machines that were made from an older image stay as they are.
  - When F(setup) works but cannot bring an image or package, the golden image is made without it, and RV(waiting) tells. The next run makes it again.
  - What could only not be tried there, such as a published port without an image to try it with, is told once.
options:
  name:
    description: Alias of the golden image.
    type: str
    required: true
  base:
    description: Alias of the plain image to begin with; it has systemd and an SSH server. Required when O(state=present).
    type: str
  house:
    description: The checkout on this server. Required when O(state=present).
    type: path
  release:
    description: What tells one checkout from another, such as a hash of its content. Required when O(state=present).
    type: str
  account:
    description: The student's account; it gets user id 1000 and may use Docker.
    type: str
    default: student
  settings:
    description: Variables of the roles, which F(setup) then follows.
    type: dict
    default: {}
  state:
    description: Whether the image is to be there; with V(absent) it stays while a class has machines.
    type: str
    choices: [present, absent]
    default: present
  language:
    description: Language of RV(waiting).
    type: str
    choices: [nl, en]
    default: en
  log:
    description: File for all that was said on the way.
    type: path
    default: /var/log/steiger-golden.log
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Make the golden image
  incus_golden:
    name: steiger-golden13
    base: steiger-debian13
    house: /var/lib/steiger-server/current
    release: 9b1c4bd9f2a0f3aa
"""

RETURN = r"""
fingerprint:
  description: The image's fingerprint.
  type: str
  returned: when the image is there
seconds:
  description: How long it took to make; 0 when nothing was made.
  type: int
  returned: always
waiting:
  description: What labs of the image wait for and what could not be tried, in one line; empty when it has all.
  type: str
  returned: always
whole:
  description: Whether the image has all that it is to have; one that has not is made again by the next run.
  type: bool
  returned: always
"""

SETUP_READY = "/opt/steiger/current/bin/ready"
# Its exit status when what was tried works, but labs wait for a part or not all could be tried.
SETUP_WAITS = 3
RECIPE = 1  # raise it when the code below makes another image from the same input
# Says what set-up wrote down that it could not bring; nothing when it brought everything.
WRITTEN_DOWN = 'for file in /var/lib/steiger/waiting/*.json; do [ ! -e "$file" ] || cat "$file" || exit; done'
INPUT = "steiger.input"
BUILDER = "{name}-builder"
HOME = "/root/steiger"
NETWORK_S = 60
POLL_S = 0.3
SAID_LINES = 5
SSHD = """\
# Steiger: keys only. Each machine has one host key, which its server made.
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""
SSHD_START = """\
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -s /etc/ssh/ssh_host_ed25519_key || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
ExecStartPre=/usr/sbin/sshd -t
"""
FILES = {
    "/etc/ssh/sshd_config.d/10-steiger.conf": SSHD,
    "/etc/systemd/system/ssh.service.d/host-keys.conf": SSHD_START,
    # Masked: keys of kinds that nobody asks for, 0.4 s.
    "/etc/systemd/system/sshd-keygen.service": "",
}
# What clones would share, what was there for the building alone, and what says who built it.
CLEAN = """\
set -e
systemctl stop docker.socket docker containerd docker-registry 2>/dev/null || systemctl stop docker.service
rm -rf {home} /root/.cache /root/.ansible /root/.bash_history /var/cache/apt/archives/*.deb /var/lib/apt/lists/*
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id /var/lib/systemd/random-seed /etc/hostname
rm -f /var/lib/docker/engine-id /etc/docker/key.json /var/cache/apt/*.bin
rm -rf /var/log/journal/* /tmp/* /var/tmp/*
find /var/log -type f -exec truncate -s 0 {{}} +
echo uninitialized >/etc/machine-id
fstrim / 2>/dev/null || sync
"""


def input_hash(params: Mapping[str, Any], base: str) -> str:
    """Return the hash of everything that the image is made from; `base` is the plain image's fingerprint."""
    text = json.dumps([RECIPE, base, params["release"], params["account"], params["settings"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def last_words(text: str) -> str:
    """Return the end of what a command said, on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-SAID_LINES:])


def run(name: str, log: Path, *command: str, data: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Run a command in the machine; what it says goes to the log.

    Raises:
        IncusError: it ended with another status than 0; the message has its last words.
    """
    settings = [f"--env={key}={value}" for key, value in (env or {}).items()]
    with contextlib.ExitStack() as files:
        source: Any = files.enter_context(data.open("rb")) if data else subprocess.DEVNULL
        done = subprocess.run(
            ["incus", "exec", "--mode=non-interactive", *settings, name, "--", *command],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    said = done.stdout.decode("utf-8", "replace")
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {command[0]}\n{said}\n")
    if done.returncode:
        raise IncusError(f"{command[0]} failed in {name}: {last_words(said)} (all of it: {log})")


def set_up(params: Mapping[str, Any], name: str, log: Path) -> str:
    """Run ./setup in the machine; return what labs there wait for, "" when it brought everything.

    Raises:
        IncusError: it failed; with parts that are lacking it works all the same.
    """
    account = params["account"]
    try:
        run(name, log, f"{HOME}/setup", env={"SUDO_USER": account, "HOME": "/root"})
    except IncusError:
        user = ["setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups", SETUP_READY]
        user += ["--lang", params["language"]]
        asked = subprocess.run(
            ["incus", "exec", "--mode=non-interactive", f"--env=HOME=/home/{account}", name, "--", *user],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
        if asked.returncode != SETUP_WAITS:
            raise
        return last_words(asked.stdout.decode("utf-8", "replace"))
    return ""


def lacks_parts(name: str) -> bool:
    """Tell whether ./setup wrote down that it could not bring something, or nobody can tell."""
    asked = subprocess.run(
        ["incus", "exec", "--mode=non-interactive", name, "--", "sh", "-c", WRITTEN_DOWN],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return asked.returncode != 0 or bool(asked.stdout.strip(b"{} \n"))


def has_address(name: str) -> bool:
    """Tell whether a machine is on the network."""
    cards = (call("GET", instance(name, "state")).get("network") or {}).items()
    return any(
        address["family"] == "inet" and address["scope"] == "global"
        for card, found in cards
        if card != "docker0"
        for address in found["addresses"]
    )


def build(params: Mapping[str, Any], name: str) -> tuple[str, bool]:
    """Make a stopped machine from which the image can be published.

    Returns:
        What there is to say of it, and whether it has all that it is to have: what could only not be tried is there.

    Raises:
        IncusError: something fails; the machine stays for the caller to delete.
    """
    log = Path(params["log"])
    log.write_text("", encoding="utf-8")
    log.chmod(0o600)
    config = {"security.nesting": "true", "user.steiger.golden": params["name"]}
    source = {"type": "image", "alias": params["base"]}
    create(member(), {"name": name, "type": "container", "source": source, "config": config})
    for path, content in FILES.items():
        push(name, path, content)
    call("PUT", instance(name, "state"), {"action": "start"})
    deadline = time.monotonic() + NETWORK_S
    while not has_address(name):
        if time.monotonic() > deadline:
            raise IncusError(f"{name} has no address after {NETWORK_S} s")
        time.sleep(POLL_S)
    run(name, log, "useradd", "--create-home", "--uid", "1000", "--shell", "/bin/bash", params["account"])
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder, "house.tar")
        with tarfile.open(packed, "w") as tar:
            tar.add(Path(params["house"]).resolve(), ".")
        run(name, log, "mkdir", "-p", HOME)
        run(name, log, "tar", "-x", "--no-same-owner", "-C", HOME, data=packed)
    push(name, f"{HOME}/inventories/local/group_vars/all.yml", json.dumps(params["settings"], indent=1) + "\n")
    waiting = set_up(params, name, log)
    whole = not (waiting and lacks_parts(name))
    run(name, log, "sh", "-c", CLEAN.format(home=HOME))
    call("PUT", instance(name, "state"), {"action": "stop", "timeout": 60, "force": False})
    return waiting, whole


def publish(params: Mapping[str, Any], name: str, digest: str) -> str:
    """Publish a stopped machine under the alias, drop the image that had it, and return the fingerprint.

    Raises:
        IncusError: Incus refuses.
    """
    made = call(
        "POST",
        "/1.0/images",
        {
            "source": {"type": "instance", "name": name},
            "compression_algorithm": "zstd" if shutil.which("zstd") else "none",
            "properties": {"description": f"Steiger: {params['base']} as a lab machine", INPUT: digest},
        },
    )
    fingerprint = str(made["metadata"]["fingerprint"])
    alias = f"/1.0/images/aliases/{params['name']}"
    old = find(alias)
    if old:
        call("PUT", alias, {"target": fingerprint})
    else:
        call("POST", "/1.0/images/aliases", {"name": params["name"], "target": fingerprint})
    if old and old["target"] != fingerprint:
        with contextlib.suppress(IncusError):  # somebody else may have deleted it
            call("DELETE", f"/1.0/images/{old['target']}")
    return fingerprint


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "base": {"type": "str"},
            "house": {"type": "path"},
            "release": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "account": {"type": "str", "default": "student"},
            "settings": {"type": "dict", "default": {}},
            "language": {"choices": ["nl", "en"], "default": "en"},
            "log": {"type": "path", "default": "/var/log/steiger-golden.log"},
        },
        required_if=[("state", "present", ["base", "house", "release"])],
        supports_check_mode=True,
    )
    try:
        with contextlib.nullcontext() if module.check_mode else alone():
            if module.params["state"] == "absent":
                module.exit_json(changed=remove(module.params, check=module.check_mode))
            module.exit_json(**make(module.params, check=module.check_mode))
    except (IncusError, OSError) as error:
        module.fail_json(msg=f"The golden image could not be made: {error}")


def remove(params: Mapping[str, Any], *, check: bool) -> bool:
    """Delete the image, and return whether there was one."""
    alias = find(f"/1.0/images/aliases/{params['name']}") if is_here() and not classes() else None
    if alias and not check:
        call("DELETE", f"/1.0/images/{alias['target']}")
        Path(params["log"]).unlink(missing_ok=True)
    return alias is not None


def make(params: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    """Make the image when it is missing or old, and return the module's result.

    Raises:
        IncusError: something fails; nothing half done is left.
    """
    nothing = {"seconds": 0, "waiting": "", "whole": True}
    if check and not is_here():
        return {"changed": True, **nothing}
    base = find(f"/1.0/images/aliases/{params['base']}")
    if base is None:
        if check:
            return {"changed": True, **nothing}
        raise IncusError(f"there is no image {params['base']}")
    digest = input_hash(params, base["target"])
    alias = find(f"/1.0/images/aliases/{params['name']}")
    image = alias and find(f"/1.0/images/{alias['target']}")
    name = BUILDER.format(name=params["name"])
    if image and image["properties"].get(INPUT) == digest:
        return {"changed": False, **nothing, "fingerprint": image["fingerprint"]}
    if check:
        return {"changed": True, **nothing}
    started = time.monotonic()
    delete(name)  # of a run that was killed
    try:
        waiting, whole = build(params, name)
        # Under another mark, so that the next run tries again to make it whole.
        fingerprint = publish(params, name, digest if whole else f"{digest} incomplete")
    finally:
        delete(name)
    seconds = int(time.monotonic() - started)
    return {"changed": True, "seconds": seconds, "fingerprint": fingerprint, "waiting": waiting, "whole": whole}


if __name__ == "__main__":
    main()
