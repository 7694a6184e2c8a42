#!/usr/bin/env python3
"""Say in one line why apt, dpkg, pip, uv or Ansible failed, and what to do.

    tools/reasons.py en|nl FILE [EARLIER]

FILE has what the program said, EARLIER what `apt-get update` said before it. Where the text alone does not tell the
cause, this machine is looked at: does the host answer, is the clock right, what is held back. What is not known is
not guessed: then the line is the program's own. It runs on any Python from 3.11 on, before anything of ours is there.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tools import machine_seen
from tools.reason_table import REASONS, SEEN, WORDS, Reason

END = 60_000
LIMIT = 400
HOUR = 3600
UNITS = {"d": 24 * HOUR, "h": HOUR, "min": 60, "s": 1}


def explain(text: str, earlier: str, language: str, seen: Any = machine_seen) -> str:
    """Return the line for what a program said.

    Args:
        text: what it said.
        earlier: what `apt-get update` said before it, "" when it did not run.
        language: `en` or `nl`.
        seen: what answers for this machine; see the module `machine_seen`.
    """
    text, earlier = (re.sub(r"://[^/@\s]+@", "://", said) for said in (text, earlier))
    found = find(text)
    if found and found[0].look == "missing":
        found = _nowhere(*found, earlier, seen)
    line = sentence(*found, text, language, seen) if found else own_words(text)
    return " ".join(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", line).split())[:LIMIT]


def find(text: str) -> tuple[Reason, dict[str, str]] | None:
    """Return the first reason that a text holds, with its parts."""
    for reason in REASONS:
        if match := re.search(reason.pattern, text):
            # name2 is another place where a name can stand.
            groups = {key.rstrip("0123456789"): value for key, value in match.groupdict().items() if value}
            return reason, groups
    return None


def _nowhere(reason: Reason, parts: dict[str, str], earlier: str, seen: Any) -> tuple[Reason, dict[str, str]]:
    """Return the reason for a package that is nowhere: a source that failed, when it can be the one that has it."""
    of_docker = re.match(r"docker-(?:ce\b|\S+-plugin$)|containerd\.io$", parts["name"])
    texts: dict[bool, list[str]] = {True: [], False: []}
    can = True
    for line in earlier.splitlines():
        # An indented line goes on with what the line above says.
        if not line.startswith((" ", "\t")):
            url = re.search(r"(?:https?|ftp)://[^\s'\"]+|cdrom:", line)
            can = not url or ("docker" in url[0] if of_docker else seen.own(url[0]))
        texts[can].append(line)
    before, other = (find("\n".join(texts[can])) for can in (True, False))
    if before and before[0].look != "missing":
        return before
    if other and (stale := other[1].get("url") or other[1].get("host")):
        return reason, {**parts, "stale": stale.partition("/dists/")[0]}
    return reason, parts


def own_words(text: str) -> str:
    """Return the last error of apt's in a text, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ([line for line in lines if line.startswith("E: ")] or lines or [""])[-1]


def sentence(reason: Reason, parts: dict[str, str], text: str, language: str, seen: Any) -> str:
    """Return the line of a reason, after a look at this machine where that is needed."""
    dutch = language == "nl"
    texts = SEEN.get(reason.key, (reason.en, reason.nl))
    if reason.look == "clock":
        texts = SEEN[_clock(reason.key, parts, language, seen)]
    elif reason.look == "network":
        texts = SEEN[_network(parts, language, seen)]
    elif reason.look == "index":
        what = re.search(
            r"\[Errno -?\d+\] ([^'\"\n()]+)|Tunnel connection failed: ([^'\"\n]+)|([Tt]ime[do]* ?out)", text
        )
        parts["what"] = next((group for group in (what.groups() if what else ()) if group), "?")
    elif reason.look == "missing" and (file := seen.pinned(parts["name"])):
        parts["file"], texts = str(file), SEEN["pinned"]
    elif reason.look == "missing" and "stale" in parts:
        texts = SEEN["missing_stale"]
    elif reason.look == "hook" and (file := seen.hook(parts["what"], parts["line"])):
        parts["file"], texts = str(file), SEEN["hook_file"]
    elif reason.look == "unmet":
        held = [name for name in sorted(seen.held()) if re.search(rf"(?<![\w.+-]){re.escape(name)}(?![\w.+-])", text)]
        if held:
            parts["names"] = " ".join(held)
            texts = next((row.en, row.nl) for row in REASONS if row.key == "held")
    return texts[dutch].format_map(_whole(parts, language, seen))


def _whole(parts: dict[str, str], language: str, seen: Any) -> dict[str, str]:
    """Return the parts with those that follow from them."""
    dutch = language == "nl"
    words = {name: pair[dutch] for name, pair in WORDS.items()}
    url = parts.get("url", "")
    host = parts.get("host") or _host(url) or words["that_server"]
    now = datetime.fromtimestamp(seen.now(), UTC).astimezone()
    whole = {"place": words["files"], "now": f"{now:%Y-%m-%d %H:%M}", "set_clock": words["set_clock"]}
    whole |= {"name": unquote(url.rpartition("/")[2]), **parts, "host": host}
    if "names" in parts:
        whole["names"] = " ".join(parts["names"].replace("*", " ").split())
    if "unit" in parts:
        whole["unit"] = words[parts["unit"]]
    if "source" not in parts:
        place = seen.source(url, parts.get("suite", "")) if url else None
        whole["source"] = f"{place[0]} ({words['line']} {place[1]})" if place else words["sources"]
    return whole


def _clock(key: str, parts: dict[str, str], language: str, seen: Any) -> str:
    """Return which sentence on the clock is true, and put the time that it is off into the parts."""
    if "until" in parts:
        off = datetime.fromisoformat(parts["until"]).timestamp() - seen.now()
    else:
        off = sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(min|d|h|s)\b", parts["span"]))
    ahead = seen.ahead(parts["url"])
    if ahead is not None and key == "early" and ahead < -HOUR:
        key, off = "clock_behind", -ahead
    elif ahead is not None and key == "late":
        key, off = ("clock_ahead", ahead) if ahead > HOUR else ("stale", off)
    parts["span"] = span(off, language)
    return key


def span(seconds: float, language: str) -> str:
    """Return a time in words, in its largest fitting unit."""
    names = ("dagen", "uur", "minuten") if language == "nl" else ("days", "hours", "minutes")
    for name, size in zip(names, (24 * HOUR, HOUR, 60), strict=True):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {name}"
    return f"{max(0, int(seconds))} s"


def _network(parts: dict[str, str], language: str, seen: Any) -> str:
    """Return which sentence on the network is true: it is tried."""
    url = urlsplit(parts.get("url", ""))
    if "host" not in parts and (proxy := seen.proxies().get(url.scheme)):
        url = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    host = parts.setdefault("host", url.hostname or "")
    named = parts.get("port", str(url.port or url.scheme))
    parts["port"] = {"http": "80", "https": "443", "": "80"}.get(named, named)
    if host in seen.proxy_hosts():
        parts["source"] = WORDS["proxies"][language == "nl"]
    return str(seen.reach(host.strip("[]"), int(parts["port"])))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def main(arguments: list[str]) -> int:
    """Print the line."""
    language, *files = arguments
    texts = [Path(file).read_text(encoding="utf-8", errors="replace")[-END:] for file in files]
    print(explain(texts[0], texts[1] if texts[1:] else "", language))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
