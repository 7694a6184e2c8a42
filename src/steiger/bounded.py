"""Reading what another side sends, bounded in size and time: it may be a student's program."""

import contextlib
import http.client
import os
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Limits in the kernel's hands: they hold also when nobody is left to wait for the end.
_LIMITED = 'ulimit -t "$1"; ulimit -d "$2"; ulimit -c 0; shift 2; exec "$@"'


@dataclass(frozen=True)
class Limits:
    """What a command may take: seconds, on the clock and of a processor; bytes of memory; bytes that it writes."""

    seconds: float
    memory: int
    output: int


@dataclass(frozen=True)
class Ended:
    """What a command left; its status is None when it was stopped, for it took or wrote too much."""

    status: int | None
    output: bytes
    errors: bytes


def body(response: http.client.HTTPResponse, limit: int, deadline: float) -> bytes:
    """Return at most `limit` bytes of an answer's body, read until the deadline (monotonic seconds)."""
    parts: list[bytes] = []
    size = 0
    while size < limit and time.monotonic() < deadline:
        part = response.read1(min(65536, limit - size))
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def get(
    address: str, path: str, limit: int, seconds: float, method: str = "GET", accept: str = "*/*"
) -> tuple[int, bytes]:
    """Return status and body of http://address/path; (0, b"") when no answer began in `seconds`.

    A socket's own timeout counts from the last byte, so one byte a second would last for ever.
    """
    deadline = time.monotonic() + seconds
    try:
        connection = http.client.HTTPConnection(address, timeout=seconds)
        with contextlib.closing(connection):
            connection.connect()
            with _cut_after(connection.sock, seconds):
                connection.request(method, path, headers={"Accept": accept, "Connection": "close"})
                with connection.getresponse() as response:
                    if time.monotonic() >= deadline:
                        return 0, b""
                    return response.status, body(response, limit, deadline)
    except (OSError, OverflowError, ValueError, http.client.HTTPException):
        return 0, b""


@contextlib.contextmanager
def _cut_after(sock: socket.socket, seconds: float) -> Iterator[None]:
    def cut() -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    limits: Limits,
    source: int = subprocess.DEVNULL,
) -> Ended:
    """Run a command that reads what a student wrote, and stop it, with all that it started, when it goes too far.

    Args:
        command: the program, and its arguments.
        folder: where it runs.
        environment: all that it gets of one.
        limits: how far it may go.
        source: an open file that it may read from.

    Raises:
        OSError: it cannot be started.
    """
    kernel = [str(int(limits.seconds) + 1), str(limits.memory // 1024)]
    deadline = time.monotonic() + limits.seconds
    with subprocess.Popen(
        ["/bin/sh", "-c", _LIMITED, "sh", *kernel, *command],
        cwd=folder,
        env=dict(environment),
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        status = None
        try:
            output, errors, whole = _both(process, limits.output, deadline)
            if whole:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    status = process.wait(max(0.0, deadline - time.monotonic()))
        finally:
            # No polite signal: a program that counts for ever does not hear it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return Ended(status, output, errors)


def _both(process: subprocess.Popen[bytes], limit: int, deadline: float) -> tuple[bytes, bytes, bool]:
    """Return what a process wrote on both its streams, and whether that was all."""
    parts: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    with selectors.DefaultSelector() as selector:
        for name in parts:
            selector.register(getattr(process, name), selectors.EVENT_READ, name)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _events in selector.select(left):
                part = os.read(key.fd, 65536)
                if not part:
                    selector.unregister(key.fileobj)
                parts[key.data] += part
            if sum(map(len, parts.values())) > limit:
                break
        whole = not selector.get_map()
    return bytes(parts["stdout"]), bytes(parts["stderr"]), whole
