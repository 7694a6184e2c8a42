"""Why packets do not reach containers, as far as can be seen: what was seen, and what helps.

Only root may read the firewall's rules; for another user the programs that keep one are named.
"""

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

from steiger import processes
from steiger.i18n import _

_KEEPERS = ("nftables", "firewalld", "ufw")
_GONE = re.compile(r"iptables.*(No chain/target/match|does a matching rule exist|Chain .* does not exist)", re.DOTALL)
_STOPS = re.compile(r"-j (DROP|REJECT)\b")
_DAEMON_JSON = Path("/etc/docker/daemon.json")

Why = tuple[str, str]


def restart() -> str:
    """Return how to restart the engine here; it then makes its rules again."""
    return _("restart Docker: {command}").format(command=service("restart"))


def service(verb: str, name: str = "docker") -> str:
    """Return the command that starts or restarts the engine, or another service, here."""
    if Path("/run/systemd/system").is_dir():
        return f"sudo systemctl {verb} {name}"
    return f"sudo service {name} {verb}"


def journal() -> str:
    """Return the command that shows what the engine said last here."""
    if Path("/run/systemd/system").is_dir():
        return "sudo journalctl --unit docker --lines 20"
    return "sudo tail /var/log/docker.log"


def of_refusal(said: str) -> Why:
    """Return why the engine refused to make a container or a network with a try's settings."""
    if _GONE.search(said):
        return _flushed()
    if "address pool" in said:
        return _("the engine has no addresses left for another network"), _("run: docker network prune")
    if "session key" in said and "quota exceeded" in said:
        return said, _("run: sudo sysctl kernel.keys.{setting}={more}").format(setting="maxkeys", more=2000)
    if "o space left" in said:
        return said, _("make room; what Docker keeps without need: docker system df")
    return said, _("see what the engine says of it: {command}").format(command=journal())


def without_proxy(port: int) -> Why:
    """Return why a container answers at its own address, and not on the published port of 127.0.0.1."""
    if processes.listening(port):
        return (
            _(
                "a container answers at its own address; what listens on 127.0.0.1 for it (docker-proxy) does not pass it on"
            ),
            restart(),
        )
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if json.loads(_DAEMON_JSON.read_text(encoding="utf-8-sig")).get("userland-proxy") is False:
            return (
                _('"userland-proxy": false in {file}: nothing answers on 127.0.0.1').format(file=_DAEMON_JSON),
                _("take that line out, then {restart}").format(restart=restart()),
            )
    return _("a container answers at its own address, and nothing listens on 127.0.0.1 for it"), restart()


def to_containers() -> Why:
    """Return why a container that runs cannot be reached from this machine at all."""
    rules = rules_now()
    stopping = first_stop(rules, ("INPUT", "OUTPUT"), policies=True)
    if stopping:
        return dropped(stopping)
    return (
        _("a container runs, and this machine cannot reach it{keeper}").format(keeper=_kept_by()),
        _("{restart}; and look at the firewall: sudo iptables -S").format(restart=restart()),
    )


def between_containers(backend: str) -> Why:
    """Return why a container does not reach another on its own network, though it knows the address.

    Args:
        backend: what the engine keeps its rules with, as `docker info` says; "" for engines that know iptables alone.
    """
    rules = "" if "nftables" in backend else rules_now()
    if rules and "-N DOCKER\n" not in rules:
        return _flushed()
    stopping = first_stop(rules, ("DOCKER-USER", "FORWARD"))
    if stopping:
        return dropped(stopping)
    return (
        _("a container knows another by name and does not reach it: a firewall is between them{keeper}").format(
            keeper=_kept_by()
        ),
        _("{restart}; when that does not help, see: sudo iptables -S FORWARD").format(restart=restart()),
    )


def first_stop(rules: str, chains: tuple[str, ...], *, policies: bool = False) -> str:
    """Return the first rule of the chains that drops packets before Docker's own rules are asked; "" when none does.

    Args:
        rules: what `iptables -S` says.
        chains: where to look, in order.
        policies: whether a chain's policy counts: that of FORWARD is Docker's own doing.
    """
    for chain in chains:
        for line in rules.splitlines():
            if policies and line == f"-P {chain} DROP":
                return line
            if not line.startswith(f"-A {chain} "):
                continue
            if _STOPS.search(line):
                return line
            if chain == "FORWARD" and re.search(r"-j DOCKER(?!-USER)|-[io] (docker0|br-)", line):
                break
    return ""


def rules_now() -> str:
    """Return the rules of the filter table; "" for who may not read them."""
    if os.geteuid() != 0:
        return ""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(["iptables", "-S"], capture_output=True, text=True, timeout=5, check=False)
        return done.stdout if done.returncode == 0 else ""
    return ""


def dropped(rule: str, address: str = "") -> Why:
    """Return what a rule that `first_stop` found means for containers, or for an address, and how it goes."""
    says = _("the firewall drops what goes to containers: {rule}").format(rule=rule)
    if address:
        says = _("the firewall drops what goes to {address}: {rule}").format(address=address, rule=rule)
    command = f"sudo iptables {rule.replace('-A', '-D', 1)}"
    if rule.startswith("-P"):
        command = f"sudo iptables {rule.replace('DROP', 'ACCEPT')}"
    return says, _("take that rule away ({command}), and where it comes from{keeper}").format(
        command=command, keeper=_kept_by()
    )


def _flushed() -> Why:
    return _("Docker's rules are gone from the firewall: something emptied it{keeper}").format(
        keeper=_kept_by()
    ), restart()


def _kept_by() -> str:
    """Return which program that keeps a firewall is at work here, in brackets; "" when none is known."""
    found = [name for name in _KEEPERS if _active(name)]
    return _(" ({programs} is at work here)").format(programs=", ".join(found)) if found else ""


def _active(unit: str) -> bool:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        asked = ["systemctl", "is-active", "--quiet", unit]
        return subprocess.run(asked, capture_output=True, timeout=5, check=False).returncode == 0
    return False
