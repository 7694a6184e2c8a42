"""Streams as the Docker Engine sends them: a container's output in frames, files of it in an archive."""

import contextlib
import io
import tarfile
from collections.abc import Iterator

_FRAME_HEADER = 8


def demultiplex(raw: bytes) -> str:
    """Return the text of a stream with the engine's 8-byte frame headers, or of a plain one."""
    return b"".join(_frames(raw)).decode(errors="replace")


def _frames(raw: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(raw):
        header = raw[position : position + _FRAME_HEADER]
        if len(header) < _FRAME_HEADER or header[0] > 2 or header[1:4] != b"\0\0\0":
            yield raw[position:]
            return
        size = int.from_bytes(header[4:], "big")
        yield raw[position + _FRAME_HEADER : position + _FRAME_HEADER + size]
        position += _FRAME_HEADER + size


def first_file(raw: bytes, limit: int) -> str | None:
    """Return the text of the first file of a tar archive, at most `limit` bytes; None when that is no plain file."""
    with contextlib.suppress(tarfile.TarError, EOFError), tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        member = archive.next()
        if member is not None and member.isreg():
            source = archive.extractfile(member)
            return source.read(limit).decode(errors="replace") if source else None
    return None
