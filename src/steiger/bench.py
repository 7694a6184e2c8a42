"""The bench: what a check gets in its hands.

A check is a plain function of a Bench. It looks at the state of the machine and calls
`bench.fail` with a finding that lab.yml knows; when it returns, the task is right.
"""

import codecs
import functools
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from steiger import bounded, compose, processes
from steiger.engine import Engine
from steiger.paths import inside
from steiger.processes import Process
from steiger.text import harmless

if TYPE_CHECKING:
    from testinfra.host import Host

    from steiger.building import Built, Yard

READ_LIMIT = 64 * 1024
_SIGN = re.compile("[=:]")
_AROUND = "\"'`“”‘’" + string.whitespace + "\u00a0"


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
        """Return what the student wrote first behind `key =` in answers.txt; "" when nothing."""
        for line in (self.read("answers.txt") or "").splitlines():
            written, sign, answer = _SIGN.sub("=", line, count=1).partition("=")
            name = written.strip().lower().replace("-", "_").replace(" ", "_")
            if sign and name == key and (answer := answer.strip(_AROUND)):
                return answer
        return ""

    def read(self, path: str) -> str | None:
        """Return a text file of the work folder, at most 64 KiB; None when it is not there or leads out."""
        try:
            real = inside(self.folder, path)
            if real is None or not real.is_file():
                return None
            with real.open("rb") as source:
                return _decoded(source.read(READ_LIMIT))
        except OSError:
            return None

    def compose_config(self, *files: str, env_files: Sequence[str] = ()) -> compose.Composed:
        """Return what Docker Compose makes of compose files of the work folder, bounded in time, memory and size."""
        return compose.read(self.folder, files, env_files)

    def http(self, port: str | int, path: str = "/", timeout: float = 2.0, address: str = "127.0.0.1") -> Reply | None:
        """Return the answer of http://address:port/path within `timeout` seconds, or None.

        With a container's own address it is that container that answers, published or not.
        """
        status, body = bounded.get(f"{address}:{port}", path, READ_LIMIT, timeout)
        return Reply(status, body.decode(errors="replace")) if status else None

    def process(self, pid: int) -> Process | None:
        """Return a process of the machine: `.owner`, `.argv`, `.line`, `.program`, `.memory` (bytes); or None."""
        return processes.one(pid)

    def processes(self) -> list[Process]:
        """Return all processes of the machine but the kernel's own."""
        return processes.every()

    def listener(self, port: str | int) -> Process | None:
        """Return the student's process that listens on a TCP port, or None."""
        return processes.listener(int(port))

    @functools.cached_property
    def yard(self) -> "Yard":
        """Where Dockerfiles of the work folder are built, and what came of them is run."""
        from steiger.building import Yard  # noqa: PLC0415 - few labs build

        return Yard(self.engine, self.folder)

    def build(self, folder: str, files: Mapping[str, str | bytes] | None = None, seconds: float = 15.0) -> "Built":
        """Build a folder's Dockerfile within some seconds, with these files changed or added in a copy of it."""
        return self.yard.build(folder, files or {}, seconds)

    def close(self) -> None:
        """Take away what the checks made for themselves."""
        if "yard" in self.__dict__:
            self.yard.close()

    def fail(self, finding: str, **seen: object) -> NoReturn:
        """Say that the task is not right; `seen` fills the finding's text.

        Raises:
            Failed: always.
        """
        raise Failed(finding, {name: harmless(thing) for name, thing in seen.items()})


def _decoded(data: bytes) -> str:
    # What Windows calls Unicode is UTF-16; its UTF-8 begins with a mark.
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return data.decode(encoding, errors="replace")
