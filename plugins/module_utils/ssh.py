"""Whether SSH answers."""

from __future__ import annotations

import socket

# What begins before the machine has its address is only tried again after a second (RFC 6298, 2.1): ask anew instead.
CONNECT_S = 0.1
GREETING_S = 1.0


def answers(address: str, port: int) -> bool:
    """Tell whether an SSH server that is near greets at this address and port, within 1.1 seconds."""
    try:
        with socket.create_connection((address, port), timeout=CONNECT_S) as connection:
            connection.settimeout(GREETING_S)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
