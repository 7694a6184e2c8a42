"""Lines on a terminal, through a pager when there are more than fit: the user's own, else less."""

import contextlib
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Quit when all fits, show styles, leave the text on the screen: to work with after reading.
_LESS = "FRX"
# A pager that fails within so many seconds has shown nothing that anyone read.
AT_ONCE = 1.0


def coloured(environment: Mapping[str, str]) -> bool:
    """Tell whether styles can be shown: not where NO_COLOR is set, nor on a terminal that knows none."""
    return not environment.get("NO_COLOR") and environment.get("TERM", "dumb") not in ("", "dumb", "unknown")


def command(environment: Mapping[str, str]) -> list[str]:
    """Return the pager and its options; [] for none."""
    if environment.get("TERM", "dumb") in ("", "dumb", "unknown"):
        return []
    wanted = environment.get("PAGER")
    if wanted is None:
        wanted = next((name for name in ("less", "more") if shutil.which(name, path=environment.get("PATH"))), "")
    try:
        words = shlex.split(wanted)
    except ValueError:
        return []
    if not words or Path(words[0]).name == "cat":
        return []
    if _is_less(words, environment.get("PATH")):
        words.append("-R")
    return words


def shows_styles(pager: Sequence[str]) -> bool:
    """Tell whether a pager passes the codes of styles on to the terminal; of one that we do not know we cannot."""
    return not pager or _is_less(pager)


def show(lines: Sequence[str], pager: Sequence[str], environment: Mapping[str, str]) -> None:
    """Print lines, through the pager when there is one and they do not fit on the screen."""
    text = "\n".join(lines) + "\n"
    if pager and len(lines) >= shutil.get_terminal_size().lines:
        settings = {"LESS": _LESS, "LESSCHARSET": "utf-8", **environment}
        with contextlib.suppress(OSError):
            if _through(pager, text, settings):
                return
    sys.stdout.write(text)


def _through(pager: Sequence[str], text: str, environment: Mapping[str, str]) -> bool:
    """Tell whether the pager showed the text: not when it failed at once, as on an option that it does not know."""
    sys.stdout.flush()
    begun, interrupted = time.monotonic(), False
    with subprocess.Popen(pager, stdin=subprocess.PIPE, env=dict(environment)) as process:
        # Who has read enough ends the pager.
        with contextlib.suppress(OSError), process.stdin or contextlib.nullcontext() as entry:
            if entry:
                entry.write(text.encode())
        while process.returncode is None:
            try:
                process.wait()
            except KeyboardInterrupt:  # is the pager's, which goes on
                interrupted = True
    return process.returncode == 0 or interrupted or time.monotonic() - begun >= AT_ONCE


def _is_less(words: Sequence[str], path: str | None = None) -> bool:
    # `pager` links to less, or to another that does not know less' options.
    program = shutil.which(words[0], path=path)
    return (Path(program).resolve() if program else Path(words[0])).name == "less"
