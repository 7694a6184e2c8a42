"""Reading what another side sends, bounded in size and time: it may be a student's program."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator


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
