"""The bench: what a check gets in its hands.

A check is a plain function of a Bench. It looks at the state of the machine and calls
`bench.fail` with a finding that lab.yml knows; when it returns, the task is right.
"""

import functools
import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from steiger.engine import Engine
from steiger.text import harmless

if TYPE_CHECKING:
    from testinfra.host import Host

READ_LIMIT = 64 * 1024
_ANSWER = re.compile(r"^\s*([A-Za-z][\w -]*?)\s*[=:]\s*(.*?)\s*$")


class Failed(Exception):  # noqa: N818 - a finding, not an error
    """A check found that a task is not right (yet)."""

    def __init__(self, finding: str, seen: Mapping[str, str]) -> None:
        super().__init__(finding)
        self.finding = finding
        self.seen = seen


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; the body is text of at most 64 KiB."""

    status: int
    body: str


@dataclass
class Bench:
    """One student's machine, seen by the checks of one lab."""

    values: Mapping[str, str]
    folder: Path
    engine: Engine = field(default_factory=Engine)

    @functools.cached_property
    def host(self) -> "Host":
        """The machine, as testinfra shows it."""
        import testinfra  # noqa: PLC0415 - slow to import; many checks do without

        return testinfra.get_host("local://")

    def answer(self, key: str) -> str:
        """Return what the student wrote behind `key =` in answers.txt; "" when nothing."""
        for line in (self.read("answers.txt") or "").splitlines():
            match = _ANSWER.match(line)
            if match and match[1].lower().replace("-", "_").replace(" ", "_") == key:
                return match[2].strip("\"'`“”‘’ \t")
        return ""

    def read(self, path: str) -> str | None:
        """Return a text file of the work folder, at most 64 KiB; None when it is not there or leads out."""
        try:
            real = (self.folder / path).resolve()
            if not real.is_relative_to(self.folder.resolve()) or not real.is_file():
                return None
            with real.open("rb") as source:
                return source.read(READ_LIMIT).decode(errors="replace")
        except (OSError, ValueError):
            return None

    def http(self, port: str | int, path: str = "/", timeout: float = 2.0) -> Reply | None:
        """Return the answer of http://127.0.0.1:port/path within `timeout` seconds, or None."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=timeout)
        except ValueError:
            return None
        deadline = time.monotonic() + timeout
        body = b""
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            while len(body) < READ_LIMIT and time.monotonic() < deadline:
                part = response.read1(READ_LIMIT - len(body))
                if not part:
                    break
                body += part
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
        return Reply(response.status, body.decode(errors="replace"))

    def fail(self, finding: str, **seen: object) -> NoReturn:
        """Say that the task is not right; `seen` fills the finding's text.

        Raises:
            Failed: always.
        """
        raise Failed(finding, {name: harmless(thing) for name, thing in seen.items()})
