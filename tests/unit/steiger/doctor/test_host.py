"""The machine below the engine: room in bytes and in files, and a clock that can be right."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import Server, tcp_server

from steiger.doctor import host

if TYPE_CHECKING:
    from collections.abc import Callable

    Seen = Callable[[], tuple[str, float] | None]

DAY = 86400


def silent() -> None:
    """Be a mirror that does not answer."""


@pytest.mark.parametrize(
    ("free", "files", "counted", "good", "says"),
    [
        (9_000_000_000, 500_000, 600_000, True, "9.0 GB free at /srv"),
        (9_000_000_000, 0, 0, True, "9.0 GB free at /srv"),
        (400_000_000, 500_000, 600_000, False, "0.4 GB free at /srv, at least 1 GB is needed"),
        (9_000_000_000, 12, 600_000, False, "room for 12 more files (inodes) at /srv, at least 20000 are needed"),
    ],
)
def test_room(monkeypatch: pytest.MonkeyPatch, free: int, files: int, counted: int, good: bool, says: str) -> None:
    """A file system such as btrfs counts no files: zero of zero is no lack."""
    answer = os.statvfs_result((4096, 4096, 0, 0, free // 4096, counted, files, files, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _path: answer)
    seen = host.disk([Path("/srv")])
    assert (seen.good, seen.says) == (good, says)
    assert bool(seen.cure) is not good


def test_the_fullest_place_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(path: Path) -> os.statvfs_result:
        if path == Path("/var/closed/data"):
            raise PermissionError
        free = 100 if path == Path("/var/closed") else 10_000_000
        return os.statvfs_result((4096, 4096, 0, 0, free, 0, 0, 0, 0, 255))

    monkeypatch.setattr(os, "statvfs", answer)
    seen = host.disk([Path("/home"), Path("/var/closed/data")])
    assert (seen.good, seen.says) == (False, "0.0 GB free at /var/closed/data, at least 1 GB is needed")


def test_a_clock_that_is_right(tmp_path: Path) -> None:
    seen = host.clock(silent, [tmp_path, tmp_path / "none"])
    assert (seen.good, seen.cure) == (True, "")
    assert seen.says.startswith(time.strftime("%Y-%m-%d "))


def test_a_clock_that_is_behind_what_was_written(tmp_path: Path) -> None:
    written = tmp_path / "status"
    written.touch()
    later = time.time() + 400 * DAY
    os.utime(written, (later, later))
    seen = host.clock(silent, [tmp_path, written])
    then = time.strftime("%Y-%m-%d", time.localtime(later))
    assert seen.good is False
    assert seen.says.endswith(f" is 399 days before {written} was written ({then})")
    assert seen.cure.startswith("set the clock: ")


@pytest.mark.parametrize(
    ("ahead", "good", "says"),
    [(1.0, True, ""), (-800 * DAY, False, "is 800 days behind deb.example"), (7300, False, "is 2 hours ahead of ")],
)
def test_a_clock_against_a_mirrors(tmp_path: Path, ahead: float, good: bool, says: str) -> None:
    """A mirror knows better than a file whose date somebody set."""
    written = tmp_path / "status"
    written.touch()
    os.utime(written, (time.time() + 9 * DAY,) * 2)
    seen = host.clock(lambda: ("deb.example", ahead), [written])
    assert seen.good is good
    assert says in seen.says


@pytest.mark.parametrize(("said", "ahead"), [("Tue, 01 Jan 2019 00:00:00 GMT", True), ("never", False), ("", False)])
def test_the_date_of_a_mirror(web: Server, said: str, ahead: bool) -> None:
    web.otherwise = f"HTTP/1.1 404 Not Found\r\nDate: {said}\r\nContent-Length: 0\r\n\r\n".encode()
    seen = host.NetworkTime([f"127.0.0.1:{web.port}"]).ahead()
    assert (seen is not None) is ahead
    if seen:
        assert seen[1] > 7 * 365 * DAY


def test_a_mirror_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "NETWORK_SECONDS", 0.3)
    server = tcp_server()
    server.otherwise = [3.0]
    begun = time.monotonic()
    assert host.NetworkTime([f"127.0.0.1:{server.port}"]).ahead() is None
    assert time.monotonic() - begun < 2
    server.stop()
    assert host.NetworkTime([]).ahead() is None


def test_the_mirrors_of_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources.list").write_text(
        "# deb http://no.example/debian x main\ndeb [arch=amd64] http://one.example/debian trixie main\n",
        encoding="utf-8",
    )
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x.sources").write_text("Types: deb\nURIs: http://two.example:80/debian\n", encoding="utf-8")
    for name in ("a.list.save", "b.disabled", "c.sources.distUpgrade"):
        (tmp_path / "d" / name).write_text("deb http://old.example/debian x main\n", encoding="utf-8")
    monkeypatch.setattr(host, "_SOURCES", (tmp_path / "sources.list", tmp_path / "d", tmp_path / "none"))
    assert host._mirrors() == ["one.example", "two.example:80"]  # noqa: SLF001
