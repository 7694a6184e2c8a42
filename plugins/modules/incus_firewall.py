"""Ansible module: let the machines on Incus' bridges through the firewall of their server."""

from __future__ import annotations

import contextlib
import http.client
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.bridge_probe import NAMES_PORT, Reached, own_target, probe
from ansible.module_utils.firewall_trace import SETTLES_S, first_drop, following, remedy
from ansible.module_utils.incus_api import IncusError, alone, reached
from ansible.module_utils.incus_rules import lost_rules, write_again
from ansible.module_utils.services import enable, has_systemd

DOCUMENTATION = r"""
module: incus_firewall
short_description: Let the machines on Incus' bridges through the firewall of their server
description:
  - Has a script put rules into the chain that a Docker engine keeps for others, now and whenever the engine starts.
  - Has Incus write its own rules again when somebody flushed them; what runs goes on.
  - Tries from each bridge whether a machine there gets an address, names, and what the server itself reaches outside.
    When it does not, the module fails with the chain that drops the packets, and with the command that lets them through.
  - No rule of anybody else is changed.
options:
  script:
    description: The script, which is an init script; it knows C(start), C(stop) and C(status).
    type: str
    required: true
  bridges:
    description: Names of the bridges.
    type: list
    elements: str
    default: []
  outside:
    description: Whether a machine must reach what the server itself reaches outside.
    type: bool
    default: true
  state:
    description: V(absent) takes away the script and its rules.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Let the machines through the firewall
  incus_firewall:
    script: "{{ lookup('ansible.builtin.template', 'steiger-forward') }}"
    bridges: [steigerbr0]
"""

RETURN = r"""
mended:
  description: What was put right.
  type: list
  elements: str
  returned: when state is present
  sample: ["steiger-forward", "the rules of steigerbr0"]
"""

NAME = "steiger-forward"
SCRIPT = Path("/etc/init.d", NAME)
UNIT = Path("/etc/systemd/system", f"{NAME}.service")
WANTED = UNIT.with_name("docker.service.wants") / UNIT.name
# Wanted by an engine that may come later.
UNIT_TEXT = f"""\
# The role incus wrote this file.
[Unit]
Description=Let lab machines through the firewall of the Docker engine
After=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={SCRIPT} start

[Install]
WantedBy=docker.service
"""
DHCP_PORT = 67
SCRIPT_MODE, UNIT_MODE = 0o755, 0o644


def files(script: str) -> dict[Path, tuple[str, int]]:
    """Return text and mode of the files that this machine is to have."""
    wanted = {SCRIPT: (script.rstrip("\n") + "\n", SCRIPT_MODE)}
    return {**wanted, UNIT: (UNIT_TEXT, UNIT_MODE)} if has_systemd() else wanted


def differs(path: Path, text: str, mode: int) -> bool:
    """Tell whether a file is not there, or is another."""
    return not path.is_file() or path.read_text("utf-8") != text or path.stat().st_mode & 0o777 != mode


def install(module: AnsibleModule) -> list[str]:
    """Have the script there, run at each start of an engine; return what was put right."""
    wanted = files(module.params["script"])
    stale = [path for path, (text, mode) in wanted.items() if differs(path, text, mode)]
    waits = (
        not any(Path("/etc").glob(f"rc[2-5].d/S[0-9][0-9]{NAME}")) if UNIT not in wanted else not WANTED.is_symlink()
    )
    if module.check_mode:
        return [NAME] if stale or waits else []
    for path in stale:
        text, mode = wanted[path]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(mode)
    if stale and UNIT in wanted:
        module.run_command(["systemctl", "daemon-reload"])
    if waits:
        enable(module.run_command, NAME)
    return [NAME] if stale or waits else []


def run_script(module: AnsibleModule, verb: str) -> tuple[int, str]:
    """Run the script as it is to be, installed or not; return status and complaint."""
    status, out, err = module.run_command(["sh", "-s", verb], data=module.params["script"])
    return status, " ".join((err or out).split())


def through_docker(module: AnsibleModule) -> list[str]:
    """Have the rules in Docker's chain, where there is one; return what was put right."""
    if run_script(module, "status")[0] == 0:
        return []
    if not module.check_mode:
        status, complaint = run_script(module, "start")
        if status:
            module.fail_json(msg=f"No way for the lab machines through Docker's firewall: {complaint}")
    return ["the rules in DOCKER-USER"]


def rules_of_incus(module: AnsibleModule) -> list[str]:
    """Have Incus' own rules there; return what was put right."""
    if not reached():
        return []
    bridges, boxes = lost_rules(module.params["bridges"])
    if (bridges or boxes) and not module.check_mode:
        with alone():
            # While we waited somebody else may have done it.
            bridges, boxes = lost_rules(module.params["bridges"])
            write_again(bridges, boxes)
    return [f"the rules of {name}" for name in [*bridges, *(name for name, _ in boxes)]]


def trouble(bridge: str, target: tuple[str, int] | None) -> str:
    """Try what a machine on the bridge reaches; return what it does not and why, "" when nothing is wrong or can be told."""
    seen = probe(bridge, target)
    if seen is None or (seen.names and (seen.outside or not target)):
        return ""
    text: str | None = ""
    for settle in SETTLES_S:
        with following(asked(bridge, target, seen), settle) as trace:
            again = probe(bridge, target)
            text = trace()
        if text is None or first_drop(text, ""):
            break
    return told(bridge, target, again, text or "") if again else ""


def asked(bridge: str, target: tuple[str, int] | None, seen: Reached) -> list[str]:
    """Return what to follow of what was not reached, and nothing else: a class's own questions would crowd it out."""
    if not seen.names or not target:
        return [f"iifname {bridge} udp dport {NAMES_PORT if seen.address else DHCP_PORT}"]
    address, port = target
    return [f"iifname {bridge} ip daddr {address} tcp dport {port}", f"ip saddr {address} tcp sport {port}"]


def told(bridge: str, target: tuple[str, int] | None, seen: Reached, trace: str) -> str:
    """Return in one line what is not reached and what drops it; "" when nothing is wrong or can be told."""
    if not seen.names:
        # What goes on from a card of the bridge to another has an `oif`.
        port, what = (NAMES_PORT, "names") if seen.address else (DHCP_PORT, "address")
        culprit = first_drop(trace, rf"^(?!.* oif ).* udp dport {port}\b")
        if not culprit:
            return ""
        why = f"{culprit} drops what they ask; {remedy(culprit, bridge, passing=False)}"
        return f"Machines on {bridge} get no {what} from it: {why}"
    if seen.outside or not target:
        return ""
    said = f"Machines on {bridge} do not reach {target[0]} port {target[1]}, which this server reaches"
    culprit = first_drop(trace, rf" tcp [sd]port {target[1]}\b")
    if not culprit:
        # A monitor that is late or full loses packets: that no rule drops it is not known.
        return f"{said}, and what drops it was not seen: look at the firewall and the routes of this server"
    return f"{said}: {culprit} drops it; {remedy(culprit, bridge, passing=True)}"


def boot_links() -> list[Path]:
    """Return what starts and stops the script with the machine; systemd makes such links too when it enables a unit."""
    return sorted(Path("/etc").glob(f"rc[0-6S].d/[SK][0-9][0-9]{NAME}"))


def remove(module: AnsibleModule) -> None:
    """Take away the script, what starts it, and its rules."""
    there = [path for path in (SCRIPT, UNIT) if path.exists()]
    rules = bool(shutil.which("iptables")) and run_script(module, "left")[0] == 0
    # A removal that was cut off leaves the links alone.
    links = boot_links()
    if not module.check_mode:
        if rules:
            run_script(module, "stop")
        if UNIT in there:
            module.run_command(["systemctl", "disable", "--now", "--quiet", UNIT.name])
        for path in there:
            path.unlink()
        if there or links:
            module.run_command(["update-rc.d", NAME, "remove"])
        if UNIT in there:
            # Its folder is the owner's when there is more in it.
            with contextlib.suppress(OSError):
                WANTED.parent.rmdir()
            module.run_command(["systemctl", "daemon-reload"])
    module.exit_json(changed=bool(there or rules or links))


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "script": {"type": "str", "required": True},
            "bridges": {"type": "list", "elements": "str", "default": []},
            "outside": {"type": "bool", "default": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    if module.params["state"] == "absent":
        remove(module)
    mended = install(module) + through_docker(module)
    try:
        mended += rules_of_incus(module)
    except (IncusError, OSError, http.client.HTTPException) as error:
        module.fail_json(msg=f"Incus' rules for its machines: {error}")
    # What would be put right is still in the way.
    if not module.check_mode:
        target = own_target() if module.params["outside"] else None
        for bridge in module.params["bridges"]:
            if told := trouble(bridge, target):
                module.fail_json(msg=told)
    module.exit_json(changed=bool(mended), mended=mended)


if __name__ == "__main__":
    main()
