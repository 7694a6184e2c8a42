"""Name what an engine leaves in the kernel's network: bridges, and rules of iptables."""

from __future__ import annotations

import ipaddress
import re
import shlex

CHAIN = re.compile(r"DOCKER(-(USER|ISOLATION-STAGE-[12]|FORWARD|CT|BRIDGE|INTERNAL|INGRESS))?")
USERS = "DOCKER-USER"
# In INPUT the engine writes nothing.
SHARED = {"FORWARD", "POSTROUTING", "PREROUTING", "OUTPUT"}
BRIDGE = re.compile(r"br-[0-9a-f]{12}")


def bridges(links: list[str], networks: bytes) -> list[str]:
    """Return those of a machine's links that are an engine's bridges; `networks` is the engine's own list of its networks."""
    ours = {"docker0", "docker_gwbridge"}
    return [name for name in links if name in ours or (BRIDGE.fullmatch(name) and name[3:].encode() in networks)]


def value(words: list[str], option: str) -> str:
    """Return what follows an option in a rule, "" when the rule does not have it."""
    return words[words.index(option) + 1] if option in words[:-1] else ""


def is_hairpin(words: list[str], subnets: list[str]) -> bool:
    """Tell whether a rule is the one by which a container of these networks reaches its own published port."""
    source = value(words, "-s")
    if value(words, "-j") != "MASQUERADE" or not source or source != value(words, "-d"):
        return False
    address = ipaddress.ip_interface(source).ip
    return any(address in ipaddress.ip_interface(subnet).network for subnet in subnets)


def leftovers(saved: str, names: list[str], subnets: list[str]) -> list[list[str]]:
    """Return the arguments of iptables, call by call, that take away an engine's chains and rules.

    `saved` is what iptables-save prints, `names` are the engine's bridges, `subnets` their addresses with prefix length.
    Rules that a user put into DOCKER-USER stay, with the chain.
    """
    calls: list[list[str]] = []
    for part in re.split(r"^\*", saved, flags=re.MULTILINE)[1:]:
        table, _, text = part.partition("\n")
        calls += in_table(table.strip(), text.splitlines(), names, subnets)
    return calls


def in_table(table: str, lines: list[str], names: list[str], subnets: list[str]) -> list[list[str]]:
    """Return the calls for one table."""
    rules = [shlex.split(line) for line in lines if line.startswith("-A ")]
    declared = [line[1:].split() for line in lines if line.startswith(":")]
    theirs = [words for words in rules if words[1] == USERS and words[2:] != ["-j", "RETURN"]]
    chains = [name for name, *_ in declared if CHAIN.fullmatch(name) and not (name == USERS and theirs)]
    going = [
        words
        for words in rules
        if words[1] in SHARED
        and (value(words, "-j") in chains or not {*names}.isdisjoint(words) or is_hairpin(words, subnets))
    ]
    calls = [["-t", table, "-D", *words[1:]] for words in going]
    calls += [["-t", table, "-F", name] for name in chains] + [["-t", table, "-X", name] for name in chains]
    others = [words for words in rules if words[1] == "FORWARD" and words not in going]
    # The engine closes FORWARD when it opens the kernel's forwarding; with rules of others there, it may be theirs.
    if chains and not others and ["FORWARD", "DROP"] in [words[:2] for words in declared]:
        calls.append(["-t", table, "-P", "FORWARD", "ACCEPT"])
    return calls
