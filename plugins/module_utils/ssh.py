"""Whether SSH answers."""

from __future__ import annotations

import socket


def answers(address: str, port: int) -> bool:
    """Tell whether an SSH server greets at this address and port within a second."""
    try:
        with socket.create_connection((address, port), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
