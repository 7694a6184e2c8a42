"""HTTP over a Unix socket, as the Docker Engine and Incus speak it."""

from __future__ import annotations

import http.client
import socket


class Connection(http.client.HTTPConnection):
    """A connection to the server behind a socket's path."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)
