"""Merge settings into the engine's daemon.json, and take exactly those out again."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

Settings = dict[str, Any]
MIRRORS = "registry-mirrors"
BOM = "\ufeff"
FILE = "/etc/docker/daemon.json"
RETRY = "and run this again"
# The engine takes these over while it runs (dockerd, "Configuration reload behavior").
RELOADABLE = {
    "allow-nondistributable-artifacts", "cluster-advertise", "debug", "insecure-registries", "labels", "live-restore",
    "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts", MIRRORS, "shutdown-timeout",
}  # fmt: skip


def read(text: str) -> Settings:
    """Return the settings in a text; raise ValueError with the place and what is wrong."""
    text = text.removeprefix(BOM)  # Windows' editors put one there; the engine takes it from version 23 on
    if not text.strip():
        return {}
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    if not isinstance(settings, dict):
        raise ValueError("it must hold one object, { ... }")  # noqa: TRY004 -- of the text, for its writer
    mirrors = settings.get(MIRRORS, [])
    if not isinstance(mirrors, list) or not all(isinstance(mirror, str) for mirror in mirrors):
        raise ValueError(f'"{MIRRORS}" must be a list of URLs')
    return settings


def show(settings: Settings) -> str:
    """Return the text of a file with these settings."""
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"


def merge(present: Settings, wanted: Settings) -> Settings:
    """Return the present settings with the wanted ones; registry mirrors are added behind those that are there."""
    merged = deepcopy(present)
    for key, value in wanted.items():
        if key == MIRRORS:
            known = {mirror.rstrip("/") for mirror in merged.get(MIRRORS, [])}
            more = [mirror for mirror in value if mirror.rstrip("/") not in known]
            if more:
                merged[MIRRORS] = [*merged.get(MIRRORS, []), *more]
        else:
            merged[key] = deepcopy(value)
    return merged


def note(record: Settings, present: Settings, merged: Settings) -> Settings:
    """Return the record, with what the merge adds: mirrors, and keys with the value that they had before."""
    new = deepcopy(record)
    for key in merged:
        if merged[key] == present.get(key) and key in present:
            continue
        if key == MIRRORS:
            added = [mirror for mirror in merged[key] if mirror not in present.get(key, [])]
            new["mirrors"] = [*new.get("mirrors", []), *(m for m in added if m not in new.get("mirrors", []))]
            new.setdefault("had_mirrors", MIRRORS in present)
        else:
            keys = new.setdefault("keys", {})
            before = keys.get(key, {"old": [present[key]] if key in present else []})["old"]
            keys[key] = {"value": merged[key], "old": before}
    return new


def unmerge(present: Settings, record: Settings, mirrors: list[str] | None = None) -> tuple[Settings, Settings]:
    """Return the settings without what the record names, and what is left of the record.

    With `mirrors` only these go. A key that somebody gave another value since stays.
    """
    settings, rest = deepcopy(present), deepcopy(record)
    going = [mirror for mirror in record.get("mirrors", []) if mirrors is None or mirror in mirrors]
    if going:
        left = [mirror for mirror in settings.get(MIRRORS, []) if mirror not in going]
        if left or record.get("had_mirrors"):
            settings[MIRRORS] = left
        else:
            settings.pop(MIRRORS, None)
        rest["mirrors"] = [mirror for mirror in rest["mirrors"] if mirror not in going]
    if mirrors is None:
        for key, entry in record.get("keys", {}).items():
            if key in settings and settings[key] == entry["value"]:
                del settings[key]
                if entry["old"]:
                    settings[key] = entry["old"][0]
        rest = {}
    if not rest.get("mirrors") and not rest.get("keys"):
        rest = {}
    return settings, rest


def changed_keys(before: Settings, after: Settings) -> set[str]:
    """Return the keys that differ."""
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def decoded(content: bytes) -> str:
    """Return the text of a file; raise ValueError when it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8: save it as UTF-8") from None


def unfit(content: bytes, starter: str, *, reads_bom: bool = True) -> str:
    """Return why an engine that does not run would not start with a file, "" when nothing is known against it.

    `starter` is the command with which the service starts the engine, "" where that says nothing of the file's settings.
    """
    try:
        text = decoded(content)
        settings = read(text)
    except ValueError as error:
        return f"{FILE} cannot be read, {error}: put that right, or move the file away, {RETRY}"
    if text.startswith(BOM) and not reads_bom:
        return f"{FILE} begins with a byte order mark, which this engine does not read: save it as UTF-8 without one, {RETRY}"
    if "hosts" in settings and any(word.startswith(("-H", "--host")) for word in starter.split()):
        return (
            f'{FILE} says "hosts" and the service docker says it as well ({starter}), with which the engine does not start: '
            f"take it out of {FILE}, or out of the service (systemctl edit docker), {RETRY}"
        )
    return ""
