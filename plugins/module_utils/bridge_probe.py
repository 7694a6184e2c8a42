"""Try what a machine on a bridge can reach: an address, a name, and what this machine itself reaches outside."""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import json
import os
import re
import signal
import socket
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ansible.module_utils.debian_sources import TARGETS, entries, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HERE, THERE = "steigerprobe", "eth0"
NEW_NETWORK = 0x40000000  # CLONE_NEWNET; os.unshare came with Python 3.12
PORTS = {"http": 80, "https": 443}
NAMES_PORT = 53
WAIT_S = 2.0
PROBE_S = 30
SEARCH_S = 15
TRIES = 2
# DHCP: a request, on Ethernet, whose answer is to be a broadcast; then the cookie, "discover", and the end.
DISCOVER = b"\1\1\6\0%s\0\0\x80\0" + bytes(16) + b"%s" + bytes(202) + b"c\x82Sc\x35\1\1\xff" + bytes(56)
# DNS: `version.bind`, which dnsmasq answers itself.
QUESTION = b"\0\1\1\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3"


@dataclass(frozen=True)
class Reached:
    """What a machine on the bridge has: an address by DHCP ("" when none), the bridge's name service, the target outside."""

    address: str = ""
    names: bool = False
    outside: bool = False


def candidates(uris: Iterable[str], resolv_conf: str) -> list[tuple[str, int]]:
    """Return hosts and TCP ports that a lab machine needs as well: where packages come from, then the name servers."""
    found = []
    for uri in uris:
        parts = urlsplit(uri.strip())
        if parts.hostname and (port := parts.port or PORTS.get(parts.scheme)):
            found.append((parts.hostname, port))
    found += [(server, NAMES_PORT) for server in re.findall(r"(?m)^nameserver\s+([\d.]+)\s*$", resolv_conf)]
    return list(dict.fromkeys(found))


def own_target() -> tuple[str, int] | None:
    """Return IPv4 address and TCP port outside that this machine reaches, None when it finds none in time."""
    child, answer, go = _fork(_tell_target, SEARCH_S)
    with _ended(child, answer, go):
        said = _read(answer)
    address, port = json.loads(said) if said else ("", 0)
    return (address, port) if address else None


def _tell_target(told: int, _: int) -> None:
    """Run in a child, for a name service that does not answer takes its time: look for a target and tell it."""
    listing = subprocess.run(TARGETS, capture_output=True, text=True, check=False).stdout
    proxy = subprocess.run(
        ["apt-config", "shell", "p", "Acquire::http::Proxy"], capture_output=True, text=True, check=False
    )
    uris = [*re.findall("'(.*)'", proxy.stdout), *(plain(uri) for _, _, uri in entries(listing))]
    servers = Path("/etc/resolv.conf")
    for host, port in candidates(uris, servers.read_text("utf-8") if servers.is_file() else ""):
        with contextlib.suppress(OSError, UnicodeError):
            address = str(socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
            # What is on this machine itself is reached on another way.
            if not ipaddress.ip_address(address).is_loopback and connects(address, port):
                os.write(told, json.dumps([address, port]).encode())
                return


def connects(address: str, port: int) -> bool:
    """Tell whether something listens there; a refusal may be a firewall's."""
    for _ in range(TRIES):
        with contextlib.suppress(OSError):
            socket.create_connection((address, port), WAIT_S).close()
            return True
    return False


def probe(bridge: str, target: tuple[str, int] | None) -> Reached | None:
    """Try from a network namespace on the bridge; None where there may be no such thing."""
    child, answer, go = _fork(lambda told, go: _on_the_bridge(told, go, target), PROBE_S)
    with _ended(child, answer, go):
        if not (os.read(answer, 1) and _plug_in(bridge, child)):
            return None
        os.write(go, b"\n")
        said = _read(answer)
    return Reached(**json.loads(said)) if said else None


def _fork(work: Callable[[int, int], None], seconds: int) -> tuple[int, int, int]:
    """Run a function in a process of its own for so long at most; return the process, what it writes to, what it reads from."""
    answer, told = os.pipe()
    go, ready = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            signal.alarm(seconds)
            work(told, go)
        os._exit(0)
    os.close(told)
    os.close(go)
    return child, answer, ready


@contextlib.contextmanager
def _ended(child: int, *files: int) -> Iterator[None]:
    """Have the process and its pipes gone afterwards."""
    try:
        yield
    finally:
        for file in files:
            os.close(file)
        os.kill(child, signal.SIGKILL)  # not waited for yet, so it is no other's number
        os.waitpid(child, 0)


def _read(file: int) -> bytes:
    """Return all that comes."""
    return b"".join(iter(lambda: os.read(file, 4096), b""))


def _plug_in(bridge: str, process: int) -> bool:
    """Join the network of a process to the bridge by a cable, which goes when the process ends."""
    plugs = ["type", "veth", "peer", "name", THERE, "netns", str(process)]
    words = [["add", HERE, *plugs], ["set", HERE, "master", bridge, "up"]]
    return all(
        subprocess.run(["ip", "link", *each], capture_output=True, check=False).returncode == 0 for each in words
    )


def _ip(*words: str) -> str:
    """Run `ip` and return what it prints."""
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def _on_the_bridge(told: int, go: int, target: tuple[str, int] | None) -> None:
    """Run in the child: have a network of its own, and tell what it reaches."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK):
        return
    os.write(told, b"\n")
    os.read(go, 1)
    _ip("link", "set", "lo", "up")
    _ip("link", "set", THERE, "up")
    # The answer of DHCP comes from an address to which there must be a way.
    _ip("route", "add", "default", "dev", THERE)
    address, gateway = _ask_for_address()
    reached = Reached()
    if address:
        _ip("address", "add", f"{address}/32", "dev", THERE)
        _ip("route", "replace", gateway, "dev", THERE)
        _ip("route", "replace", "default", "via", gateway, "dev", THERE)
        reached = Reached(address, _asks_a_name(gateway), target is not None and connects(*target))
    os.write(told, json.dumps(asdict(reached)).encode())


def _ask_for_address() -> tuple[str, str]:
    """Return the address that DHCP offers and who offers it, "" when nobody does."""
    card = json.loads(_ip("-json", "link", "show", THERE))[0]["address"]
    call = os.urandom(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, THERE.encode())
        link.bind(("", 68))
        link.settimeout(WAIT_S)
        for _ in range(TRIES):
            link.sendto(DISCOVER % (call, bytes.fromhex(card.replace(":", ""))), ("255.255.255.255", 67))
            with contextlib.suppress(TimeoutError):
                offer, (server, _) = link.recvfrom(2048)
                if offer[4:8] == call:
                    return socket.inet_ntoa(offer[16:20]), server
    return "", ""


def _asks_a_name(server: str) -> bool:
    """Tell whether the bridge's name service answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(WAIT_S)
        asking.connect((server, NAMES_PORT))
        for _ in range(TRIES):
            with contextlib.suppress(OSError):
                asking.send(QUESTION)
                asking.recv(512)
                return True
    return False
