"""Run on a machine: start a command on a terminal of its own and turn its pages; print all that the terminal was told.

terminal.py COLUMNS COMMAND…
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

SECONDS = 30
# Where less or more waits for a key; `q` at the end.
WAITS = re.compile(rb"(:|--More--|\(END\))(\x1b\[[0-9;]*[A-Za-z]|\x0f|\r)*$")


def main(columns: str, *command: str) -> int:
    """Return 0 when the command ended by itself."""
    child, terminal = pty.fork()
    if not child:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
        os.execvp(command[0], command)  # noqa: S606 - a program and its words
    said = b""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                break
            said += part
        elif (waits := WAITS.search(said)) is not None:
            os.write(terminal, b"q" if waits[1] == b"(END)" else b" ")
    sys.stdout.buffer.write(said)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
