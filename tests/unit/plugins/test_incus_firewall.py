"""Tests of the module incus_firewall and of what it uses: what it decides without a server."""

from __future__ import annotations

import contextlib
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import bridge_probe, firewall_trace, incus_rules
from ansible.module_utils.bridge_probe import Reached
from ansible.module_utils.firewall_trace import Culprit, first_drop, remedy

import incus_firewall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TARGET = ("203.0.113.80", 80)
# As nft 1.1 writes it: a packet to another card of the bridge, the same to the bridge, and one to the outside.
TRACE = """\
trace id a1 inet seen c packet: iif "br0" ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67
trace id a1 inet seen c policy accept
trace id a2 inet filter forward packet: iif "br0" oif "br0" ip saddr 0.0.0.0 udp sport 68 udp dport 67 udp length 308
trace id a2 inet filter forward policy drop
trace id a3 inet incus in.br0 packet: iif "br0" ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67
trace id a3 inet incus in.br0 rule iifname "br0" udp dport 67 accept (verdict accept)
"""
FORWARDED = """\
trace id b1 ip filter FORWARD packet: iif "br0" oif "eth0" ip daddr 203.0.113.80 tcp sport 3325 tcp dport 80
trace id b1 ip filter FORWARD rule counter packets 4 bytes 232 jump MINE (verdict jump MINE)
trace id b1 ip filter MINE rule tcp dport 80 reject (verdict drop)
"""
REFUSED = """\
trace id c1 inet filter input packet: iif "br0" ip daddr 10.0.0.1 udp sport 4000 udp dport {0} udp length 28
trace id c1 inet filter input policy drop
"""
ANSWER = """\
trace id d1 inet own in packet: iif "eth0" oif "br0" ip saddr 203.0.113.80 tcp sport 80 tcp dport 3325
trace id d1 inet own in rule drop (verdict drop)
"""


@pytest.fixture(autouse=True)
def no_ufw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firewall_trace, "uses_ufw", lambda: False)


@pytest.mark.parametrize(
    ("trace", "packet", "expected"),
    [
        ("", "tcp dport 80", None),
        ("what is this\n", "", None),
        (TRACE, "udp dport 67", "inet filter forward"),
        (TRACE, r"^(?!.* oif ).* udp dport 67\b", None),
        (FORWARDED, r"tcp [sd]port 80\b", "ip filter FORWARD"),
        (FORWARDED, r"tcp [sd]port 8\b", None),
        (ANSWER, r"tcp [sd]port 80\b", "inet own in"),
    ],
)
def test_the_base_chain_that_drops_a_packet_is_found(trace: str, packet: str, expected: str | None) -> None:
    found = first_drop(trace, packet)
    assert (str(found) if found else None) == expected


@pytest.mark.parametrize(
    ("seen", "trace", "starts", "ends"),
    [
        (Reached("10.0.0.9", names=True, outside=True), FORWARDED, "", ""),
        (Reached(), TRACE, "", ""),
        (Reached(), REFUSED.format(67), "Machines on br0 get no address from it: inet filter input drops", "accept'"),
        (Reached("10.0.0.9"), REFUSED.format(53), "Machines on br0 get no names from it: inet filter input", "accept'"),
        (Reached("10.0.0.9"), REFUSED.format(67), "", ""),
        (
            Reached("10.0.0.9", names=True),
            FORWARDED,
            "Machines on br0 do not reach 203.0.113.80 port 80, which this server reaches: ip filter FORWARD drops it",
            "DNAT -j ACCEPT",
        ),
        (
            Reached("10.0.0.9", names=True),
            TRACE,
            "Machines on br0 do not reach 203.0.113.80 port 80, which this server reaches, and what drops it was not seen",
            "of this server",
        ),
        (
            Reached("10.0.0.9", names=True),
            "",
            "Machines on br0 do not reach 203.0.113.80 port 80, which this server reaches, and what drops it was not seen",
            "of this server",
        ),
    ],
)
def test_only_what_was_seen_is_told(seen: Reached, trace: str, starts: str, ends: str) -> None:
    said = incus_firewall.told("br0", TARGET, seen, trace)
    assert said.startswith(starts)
    assert said.endswith(ends)
    assert bool(said) == bool(starts)
    assert "\n" not in said


@pytest.mark.parametrize(("traces", "rounds"), [(["", FORWARDED], 2), ([FORWARDED], 1), ([None], 1), (["", "", ""], 3)])
def test_packets_that_a_late_monitor_missed_are_followed_again(
    monkeypatch: pytest.MonkeyPatch, traces: list[str | None], rounds: int
) -> None:
    settles: list[float] = []

    @contextlib.contextmanager
    def following(_: list[str], settle: float) -> Iterator[Callable[[], str | None]]:
        settles.append(settle)
        yield lambda: traces[len(settles) - 1]

    monkeypatch.setattr(incus_firewall, "following", following)
    monkeypatch.setattr(incus_firewall, "probe", lambda *_: Reached("10.0.0.9", names=True))
    said = incus_firewall.trouble("br0", TARGET)
    assert settles == list(firewall_trace.SETTLES_S[:rounds])
    assert ("drops it; allow" in said) == (traces[-1] == FORWARDED)


def test_only_what_was_not_reached_is_followed() -> None:
    names = incus_firewall.asked("br0", TARGET, Reached("10.0.0.9"))
    outside = incus_firewall.asked("br0", TARGET, Reached("10.0.0.9", names=True))
    assert names == ["iifname br0 udp dport 53"]
    assert incus_firewall.asked("br0", TARGET, Reached()) == ["iifname br0 udp dport 67"]
    assert outside == ["iifname br0 ip daddr 203.0.113.80 tcp dport 80", "ip saddr 203.0.113.80 tcp sport 80"]


def test_a_server_that_reaches_nothing_itself_blames_nobody() -> None:
    assert incus_firewall.told("br0", None, Reached("10.0.0.9", names=True), FORWARDED) == ""


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (Culprit("ip", "filter", "ufw-reject-forward"), "ufw route allow out on br0"),
        (Culprit("inet", "firewalld", "filter_FORWARD"), "firewall-cmd --reload"),
        (Culprit("ip", "filter", "FORWARD"), "iptables -I FORWARD -i br0 -j ACCEPT && "),
        (Culprit("inet", "own", "passing"), "nft 'insert rule inet own passing iifname br0 accept; "),
    ],
)
def test_each_firewall_is_told_in_its_own_words(chain: Culprit, expected: str) -> None:
    assert expected in remedy(chain, "br0", passing=True)


@pytest.mark.parametrize(
    ("uris", "resolv", "expected"),
    [
        ([], "", []),
        (["file:///srv/x", "cdrom:[x]/", "http://a.test/debian", "http://a.test/security"], "", [("a.test", 80)]),
        (["https://b.test/", "http://c.test:3142"], "nameserver 192.0.2.53\nnameserver ::1\n",
         [("b.test", 443), ("c.test", 3142), ("192.0.2.53", 53)]),
    ],
)  # fmt: skip
def test_what_a_lab_machine_needs_is_tried(uris: list[str], resolv: str, expected: list[tuple[str, int]]) -> None:
    assert bridge_probe.candidates(uris, resolv) == expected


def box(**devices: dict[str, str]) -> dict[str, Any]:
    return {"name": "jan", "devices": devices}


PORT = {"type": "proxy", "nat": "true", "listen": "tcp:192.0.2.1:22001"}
CARD = {"type": "nic", "network": "br0", "security.mac_filtering": "true", "security.port_isolation": "true"}


@pytest.mark.parametrize(
    ("there", "lost"),
    [
        ({"inet incus prert.jan.ssh", "bridge incus in.jan.eth0"}, []),
        ({"inet incus prert.jan.ssh"}, ["eth0"]),
        ({"inet incus prert.eva.ssh", "bridge incus in.jan.eth0"}, ["ssh"]),
        (set(), ["eth0", "ssh"]),
    ],
)
def test_devices_whose_rules_were_flushed_are_found(there: set[str], lost: list[str]) -> None:
    plain = {"type": "nic", "network": "br0"}
    found = incus_rules.devices_without_rules(box(eth0=CARD, ssh=PORT, root={"type": "disk"}, eth1=plain), there)
    assert found == lost


def test_a_card_stays_while_its_rules_come_back() -> None:
    left = incus_rules.without({"eth0": CARD, "ssh": PORT}, ["eth0", "ssh"])
    assert left == {"eth0": {"type": "nic", "network": "br0", "security.port_isolation": "true"}}
    assert "security.mac_filtering" in CARD


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"ipv4.address": "10.0.0.1/24", "ipv4.nat": "true"}, "inet incus fwd.br0"),
        ({"ipv4.address": "10.0.0.1/24", "ipv4.nat": "true", "ipv4.firewall": "false"}, "inet incus pstrt.br0"),
        ({"ipv4.address": "none"}, ""),
    ],
)
def test_a_bridge_has_the_rules_that_its_settings_ask_for(config: dict[str, str], expected: str) -> None:
    assert incus_rules.chain_of_network("br0", config) == expected


def test_the_chains_of_nftables_are_read() -> None:
    listed = json.dumps({"nftables": [{"metainfo": {}}, {"chain": {"family": "inet", "table": "t", "name": "c"}}]})
    assert incus_rules.chains(listed) == {"inet t c"}


def test_a_file_that_is_not_as_it_should_be_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "steiger-forward"
    assert incus_firewall.differs(path, "x", 0o755)
    path.write_text("x", "utf-8")
    path.chmod(stat.S_IRUSR)
    assert incus_firewall.differs(path, "x", 0o755)
    path.chmod(0o755)
    assert not incus_firewall.differs(path, "x", 0o755)
    assert incus_firewall.differs(path, "y", 0o755)


class Module:
    """What a removal asks of Ansible's module."""

    check_mode = False

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.result: dict[str, Any] = {}

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        """Note what is run."""
        self.asked.append(command)
        return 0, "", ""

    def exit_json(self, **result: Any) -> None:
        """Note the answer."""
        self.result = result


@pytest.mark.parametrize(
    ("kept", "links", "changed"),
    [
        ((), 0, False),
        # systemd makes links for a unit whose name a script has too; a removal that was cut off left them alone.
        ((), 4, True),
        (("script",), 4, True),
        (("script", "unit"), 4, True),
    ],
)
def test_a_removal_leaves_no_link_to_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: tuple[str, ...], links: int, changed: bool
) -> None:
    paths = {name: tmp_path / name for name in ("script", "unit")}
    for name in kept:
        paths[name].write_text("x", "utf-8")
    monkeypatch.setattr(incus_firewall, "SCRIPT", paths["script"])
    monkeypatch.setattr(incus_firewall, "UNIT", paths["unit"])
    monkeypatch.setattr(incus_firewall, "WANTED", tmp_path / "wants" / "unit")
    monkeypatch.setattr(incus_firewall, "boot_links", lambda: [tmp_path / str(number) for number in range(links)])
    monkeypatch.setattr(incus_firewall, "run_script", lambda _module, _verb: (3, ""))
    module = Module()
    incus_firewall.remove(module)
    assert module.result == {"changed": changed}
    assert (["update-rc.d", "steiger-forward", "remove"] in module.asked) is changed
    assert [path for path in paths.values() if path.exists()] == []
