"""An image as the engine saves it: its config and its layers, looked into in memory.

A layer is what the OCI image specification says: a tar of what was added and changed,
with an empty file `.wh.NAME` where NAME was removed.
https://github.com/opencontainers/image-spec/blob/main/layer.md
"""

import gzip
import io
import json
import posixpath
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FILE_LIMIT = 64 * 1024
MEMBER_LIMIT = 20_000
_GZIP = b"\x1f\x8b"
_REMOVED = ".wh."
_EMPTIED = ".wh..wh..opq"
# Any of these means "no image": the bytes may be whatever a student built or loaded.
_NOT_READABLE = (
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    tarfile.TarError,
    zlib.error,
)


@dataclass(frozen=True)
class File:
    """A plain file of a layer: size in bytes, mode, time, and at most 64 KiB of its content."""

    size: int
    mode: int
    mtime: float
    data: bytes

    @property
    def text(self) -> str:
        """The content as text."""
        return self.data.decode(errors="replace")


@dataclass(frozen=True)
class Layer:
    """A layer: its tar, not compressed; its plain files by path; the paths of all else, marks of removal too."""

    raw: bytes
    files: Mapping[str, File]
    others: frozenset[str]

    def hides(self, path: str) -> bool:
        """Tell whether what lower layers have at a path is removed or replaced here."""
        parts = path.split("/")
        for depth, name in enumerate(parts, 1):
            folder = "/".join(parts[: depth - 1])
            here = posixpath.join(folder, name)
            if posixpath.join(folder, _REMOVED + name) in self.others or here in self.files:
                return True
            if depth < len(parts) and posixpath.join(here, _EMPTIED) in self.others:
                return True
        return False


@dataclass(frozen=True)
class Saved:
    """An image: its config as JSON bytes (history, environment and labels are in it), its layers, lowest first."""

    config: bytes
    layers: tuple[Layer, ...]

    def file(self, path: str) -> File | None:
        """Return a plain file as a container of this image would find it; links are not followed."""
        path = _path(path)
        for layer in reversed(self.layers):
            if path in layer.files:
                return layer.files[path]
            if path in layer.others or layer.hides(path):
                return None
        return None


def unpack(raw: bytes, limit: int) -> Saved | None:
    """Return the first image in what `docker save` writes; None when it is none, or more than `limit` bytes."""
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as tar:
            members = {member.name: member for member in _members(tar, MEMBER_LIMIT)}
            entry = json.loads(_read(tar, members["manifest.json"], limit))[0]
            config = _read(tar, members[entry["Config"]], limit)
            layers = []
            left = MEMBER_LIMIT
            for name in entry["Layers"]:
                layer = _layer(_read(tar, members[name], limit), left)
                left -= len(layer.files) + len(layer.others)
                limit -= len(layer.raw)
                layers.append(layer)
        return Saved(config, tuple(layers))
    except _NOT_READABLE:
        return None


def _layer(raw: bytes, members: int) -> Layer:
    files: dict[str, File] = {}
    others: set[str] = set()
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as tar:
        for member in _members(tar, members):
            path = _path(member.name)
            linked = files.get(_path(member.linkname)) if member.islnk() else None
            if linked:
                files[path] = linked
            elif member.isreg() and not posixpath.basename(path).startswith(_REMOVED):
                start = member.offset_data
                data = raw[start : start + min(member.size, FILE_LIMIT)]
                files[path] = File(member.size, member.mode, float(member.mtime), data)
            else:
                others.add(path)
    return Layer(raw, files, frozenset(others))


def _members(tar: tarfile.TarFile, limit: int) -> Iterator[tarfile.TarInfo]:
    for number, member in enumerate(tar):
        if number >= limit:
            raise ValueError(limit)
        yield member


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    source = tar.extractfile(member)
    data = source.read(limit + 1) if source else b""
    if data.startswith(_GZIP):
        with gzip.open(io.BytesIO(data)) as packed:
            data = packed.read(limit + 1)
    if len(data) > limit:
        raise ValueError(limit)
    return data


def _path(name: str) -> str:
    return posixpath.normpath(f"/{name}").lstrip("/")
