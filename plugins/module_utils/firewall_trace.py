"""Find out which rule of a machine's firewall drops what comes from a bridge, by following the packets."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE = "steiger_trace"
# Before all that may drop. With bridge-nf-call-iptables, which Docker turns on, a packet that was marked in the first
# of these hooks comes to the others without its mark.
PRIORITY = -400
HOOKS = ("prerouting", "input", "forward")
# How long a monitor gets to begin and to write; a busy server needs more.
SETTLES_S = (0.4, 2.0, 6.0)
PART = re.compile(r"trace id \w+ (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) (?P<what>.*)")
DROPS = re.compile(r"policy drop|verdict drop|.*\(verdict drop\)")


@dataclass(frozen=True)
class Culprit:
    """The base chain in which a packet was dropped."""

    family: str
    table: str
    chain: str

    def __str__(self) -> str:
        """Return its name as `nft` writes it."""
        return f"{self.family} {self.table} {self.chain}"


def first_drop(trace: str, packet: str) -> Culprit | None:
    """Return the base chain that first dropped a packet; `packet` is a pattern for it. None when none was dropped.

    `trace` is what `nft monitor trace` wrote: a line on the packet opens each base chain.
    """
    base = None
    for line in trace.splitlines():
        part = PART.match(line)
        if not part:
            continue
        if part["what"].startswith("packet:"):
            base = Culprit(part["family"], part["table"], part["chain"]) if re.search(packet, part["what"]) else None
        elif base and DROPS.match(part["what"]):
            return base
    return None


@contextlib.contextmanager
def following(matches: list[str], settle: float) -> Iterator[Callable[[], str | None]]:
    """Follow the packets that rules match; yield what returns the trace up to now, None where nftables cannot be had.

    `settle` is how long, in seconds, the monitor gets to begin, and to write.
    """
    rules = "\n".join(f"{match} meta nftrace set 1" for match in matches)
    chains = "\n".join(f"chain {hook} {{\ntype filter hook {hook} priority {PRIORITY};\n{rules}\n}}" for hook in HOOKS)
    # Declared first: an old one, of a run that was killed, goes with it.
    text = f"table inet {TABLE}\ndelete table inet {TABLE}\ntable inet {TABLE} {{\n{chains}\n}}\n"
    if (
        not shutil.which("nft")
        or subprocess.run(["nft", "-f", "-"], input=text, text=True, capture_output=True, check=False).returncode
    ):
        yield lambda: None
        return
    monitor = subprocess.Popen(
        ["nft", "monitor", "trace"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )

    def end() -> str:
        time.sleep(settle)
        monitor.terminate()
        return monitor.communicate()[0]

    try:
        time.sleep(settle)
        yield end
    finally:
        monitor.kill()
        monitor.wait()
        subprocess.run(["nft", "delete", "table", "inet", TABLE], capture_output=True, check=False)


def remedy(culprit: Culprit, bridge: str, *, passing: bool) -> str:
    """Return how the machines on a bridge are let through, ending in a command.

    Args:
        culprit: what drops their packets.
        bridge: name of the bridge.
        passing: to the outside; else to the bridge's own DHCP and name service.
    """
    iptables = (culprit.family, culprit.table) == ("ip", "filter")
    if culprit.chain.startswith("ufw") or (iptables and uses_ufw()):
        ways = [
            f"allow in on {bridge} proto udp to any port 53,67",
            f"route allow in on {bridge}",
            f"route allow out on {bridge}",
        ]
        return "allow it with: " + " && ".join(f"ufw {way}" for way in ways)
    if culprit.table == "firewalld":
        return f"allow it with: firewall-cmd --permanent --zone=trusted --change-interface={bridge} && firewall-cmd --reload"
    lasting = "allow it, in the settings of that firewall too, with: "
    if iptables and culprit.chain in ("INPUT", "FORWARD"):
        own = [f"-i {bridge} -p udp -m multiport --dports 53,67 -j ACCEPT"]
        through = [f"-i {bridge} -j ACCEPT", f"-o {bridge} -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT"]
        return lasting + " && ".join(f"iptables -I {culprit.chain} {rule}" for rule in (through if passing else own))
    own = [f"iifname {bridge} udp dport {{ 53, 67 }} accept"]
    answers = [f"oifname {bridge} ct {what} accept" for what in ("state established,related", "status dnat")]
    rules = [f"iifname {bridge} accept", *answers] if passing else own
    return lasting + "nft '" + "; ".join(f"insert rule {culprit} {rule}" for rule in rules) + "'"


def uses_ufw() -> bool:
    """Tell whether ufw has rules on this machine."""
    return (
        subprocess.run(["iptables", "-w", "-S", "ufw-before-forward"], capture_output=True, check=False).returncode == 0
    )
