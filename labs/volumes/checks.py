"""Checks of the lab `volumes`: one function per task, named after its id."""

import bz2
import gzip
import io
import lzma
import os
import re
import stat
import tarfile
from collections.abc import Callable
from typing import Any

from steiger.bench import Bench

WEB_ROOT = "/usr/share/nginx/html"
WRECK_LABEL = "nl.steiger.wreck"
BACKUPS = ("backup.tar", "backup.tar.gz", "backup.tgz")
TAR_LIMIT = 16 * 1024 * 1024
FILE_LIMIT = 64 * 1024
MEMBER_LIMIT = 2000
OPENERS: dict[bytes, Callable[[io.BytesIO], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda source: gzip.GzipFile(fileobj=source),
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}
UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
MIB = 1024**2

Box = dict[str, Any]


def named(bench: Bench) -> None:
    name = bench.values["vol"]
    volume = bench.engine.volume(name)
    if volume is None:
        if (bench.folder / name).exists():
            bench.fail("folder")
        bench.fail("absent", seen=_volume_names(bench))
    labels = volume.get("Labels") or {}
    owner = labels.get("owner")
    if owner is None:
        bench.fail("unlabelled", seen=[f"{key}={value}" for key, value in labels.items()])
    if owner.strip() != bench.values["owner"]:
        bench.fail("foreign", seen=owner)


def outlive(bench: Bench) -> None:
    name = bench.values["log"]
    if bench.engine.volume(name) is None:
        bench.fail("absent", seen=_volume_names(bench))
    entry = bench.engine.read_volume(name, "entry.txt")
    if entry is None:
        bench.fail("missing")
    if bench.values["entry"] not in entry:
        bench.fail("wrong", seen=entry)
    users = [box["Names"][0].lstrip("/") for box in bench.engine.containers() if _on_volume(box, name)]
    if users:
        bench.fail("inuse", seen=sorted(users))


def shared(bench: Bench) -> None:
    name = bench.values["box"]
    boxes = {role: _running(bench, bench.values[role]) for role in ("sender", "reader")}
    for role, box in boxes.items():
        if not _on_volume(box, name):
            bench.fail("apart", name=bench.values[role], seen=_mounts(box))
    inside = _on_volume(boxes["reader"], name)[0]["Destination"].rstrip("/")
    message = bench.engine.read_in(bench.values["reader"], f"{inside}/message.txt")
    if message is None:
        bench.fail("missing", path=f"{inside}/message.txt")
    if bench.values["message"] not in message:
        bench.fail("wrong", seen=message)


def bind(bench: Bench) -> None:
    box = _running(bench, bench.values["site"])
    folder = bench.folder / "site"
    mounts = [m for m in box["Mounts"] if m["Type"] == "bind" and _path(m["Destination"]) == WEB_ROOT]
    if not mounts:
        bench.fail("unbound", seen=_mounts(box))
    if os.path.realpath(mounts[0]["Source"]) != os.path.realpath(folder):
        bench.fail("elsewhere", seen=mounts[0]["Source"])
    if mounts[0]["RW"]:
        bench.fail("writable")
    reply = bench.http(bench.values["gate"])
    published = _published(box)
    own_network = box["HostConfig"]["NetworkMode"] != "host"
    if reply is None or (own_network and bench.values["gate"] not in published):
        bench.fail("silent", seen=[f"{port} → {inside}" for port, inside in published.items()])
    if bench.values["page"] not in reply.body:
        bench.fail("page", status=reply.status, seen=_text_of(reply.body))


def scratch(bench: Bench) -> None:
    name = bench.values["desk"]
    box = _running(bench, name)
    mount = next((m for m in box["Mounts"] if _path(m["Destination"]) == "/scratch"), None)
    if mount and not _in_memory(bench, mount):
        bench.fail("kind", seen=mount["Type"])
    ran = bench.engine.run_in(name, ["cat", "/proc/mounts"])
    rows = [line.split() for line in (ran.output if ran else "").splitlines()]
    options = [row[3] for row in rows if len(row) > 3 and row[1] == "/scratch" and row[2] == "tmpfs"]
    if not options:
        bench.fail("plain")
    size = re.search(r"\bsize=(\d+)([kmg]?)", options[-1])
    if size is None:
        bench.fail("unlimited")
    if round(int(size[1]) * UNITS[size[2]] / MIB, 2) != int(bench.values["size"]):
        bench.fail("size", seen=f"{int(size[1]) * UNITS[size[2]] / MIB:g}")


def backup(bench: Bench) -> None:
    there = list(bench.folder.iterdir()) if bench.folder.is_dir() else []
    made = [path for path in there if path.name in BACKUPS]
    if not made:
        if bench.engine.volume(bench.values["stock"]) is None:
            bench.fail("gone")
        bench.fail("absent", seen=sorted(path.name for path in there))
    name = max(made, key=lambda path: path.lstat().st_mtime).name
    packed = _unpack(_regular(bench, name))
    if packed is None:
        bench.fail("unreadable", name=name)
    wanted = ("stock.csv", "orders/today.txt", ".seal")
    found = {want: [text for path, text in packed.items() if f"/{path}".endswith(f"/{want}")] for want in wanted}
    missing = [want for want in wanted if not found[want]]
    if missing:
        bench.fail("incomplete", name=name, missing=missing, seen=list(packed))
    for want in wanted:
        if not any(bench.values["seal"] in text for text in found[want]):
            bench.fail("wrong", name=name, file=want, seen=found[want][0])


def restore(bench: Bench) -> None:
    name = bench.values["restored"]
    if bench.engine.volume(name) is None:
        bench.fail("absent", seen=_volume_names(bench))
    for file in ("ship.log", "crew/names.txt"):
        text = bench.engine.read_volume(name, file)
        if text is None:
            if bench.engine.read_volume(name, "rescue.tar") is not None:
                bench.fail("packed", file=file)
            bench.fail("missing", file=file)
        if bench.values["voyage"] not in text:
            bench.fail("wrong", file=file, seen=text)


def rescued(bench: Bench) -> None:
    wreck, vault = bench.values["wreck"], bench.values["vault"]
    box = bench.engine.container(wreck)
    nameless = [
        volume["Name"]
        for volume in bench.engine.volumes()
        if (volume.get("Labels") or {}).get(WRECK_LABEL) == wreck and volume["Name"] != vault
    ]
    treasure = bench.engine.read_volume(vault, "treasure.txt")
    if treasure is None:
        if not nameless:
            bench.fail("lost")
        if bench.engine.volume(vault) is None:
            bench.fail("absent", seen=_volume_names(bench))
        bench.fail("missing")
    if bench.values["treasure"] not in treasure:
        bench.fail("wrong", seen=treasure)
    if box is not None:
        bench.fail("container", status=box["State"]["Status"])
    if nameless:
        bench.fail("dangling", seen=_short(nameless[0]))


def _running(bench: Bench, name: str) -> Box:
    """Return the inspected container of this name, or fail with `absent` or `stopped`."""
    box = bench.engine.container(name)
    if box is None or box["Name"] != f"/{name}":
        bench.fail("absent", name=name, seen=bench.engine.container_names())
    if box["State"]["Status"] != "running":
        bench.fail("stopped", name=name, status=box["State"]["Status"])
    return box


def _volume_names(bench: Bench) -> list[str]:
    return sorted(_short(volume["Name"]) for volume in bench.engine.volumes())


def _short(name: str) -> str:
    """Return a volume's name; of one that the engine made up, the first 12 digits."""
    return f"{name[:12]}…" if re.fullmatch(r"[0-9a-f]{64}", name) else name


def _on_volume(box: Box, name: str) -> list[Box]:
    return [mount for mount in box["Mounts"] if mount["Type"] == "volume" and mount.get("Name") == name]


def _mounts(box: Box) -> list[str]:
    """Return each mount as `type source → path`."""
    return [f"{m['Type']} {_short(m.get('Name') or m.get('Source') or '')} → {m['Destination']}" for m in box["Mounts"]]


def _path(path: str) -> str:
    return os.path.normpath(path)


def _published(box: Box) -> dict[str, str]:
    """Return the machine's ports that lead to a container, each with the port inside."""
    ports = (box.get("NetworkSettings") or {}).get("Ports") or {}
    return {host["HostPort"]: inside for inside, hosts in ports.items() for host in hosts or []}


def _text_of(page: str) -> str:
    """Return a page's text without its tags."""
    return " ".join(re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).split())


def _in_memory(bench: Bench, mount: Box) -> bool:
    """Tell whether a mount is a tmpfs, be it by way of a volume of that type."""
    if mount["Type"] == "volume":
        volume = bench.engine.volume(mount["Name"]) or {}
        return (volume.get("Options") or {}).get("type") == "tmpfs"
    return bool(mount["Type"] == "tmpfs")


def _regular(bench: Bench, name: str) -> bytes:
    """Return the first 16 MiB of a plain file of the work folder; b"" for a link, a pipe or no right to read."""
    try:
        handle = os.open(bench.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as source:
            return source.read(TAR_LIMIT) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    except OSError:
        return b""


def _unpack(raw: bytes) -> dict[str, str] | None:
    """Return path and text of the small files in a tar, compressed or not; None when it is no tar."""
    packed: dict[str, str] = {}
    try:
        if opener := OPENERS.get(raw[:2]):
            with opener(io.BytesIO(raw)) as plain:
                raw = plain.read(TAR_LIMIT)
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for _, member in zip(range(MEMBER_LIMIT), archive, strict=False):
                source = archive.extractfile(member) if member.isreg() else None
                if source:
                    packed[os.path.normpath(member.name)] = source.read(FILE_LIMIT).decode(errors="replace")
    except (tarfile.TarError, OSError, EOFError, lzma.LZMAError, ValueError):
        return packed or None
    return packed
