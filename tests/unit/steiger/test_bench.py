"""The bench: what a check may look at, bounded and inside the work folder."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.steiger.fakes import Server, endless, http_answer

from steiger.bench import READ_LIMIT, Bench, Failed, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a work folder."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def bench(folder: Path) -> Bench:
    """Return a bench without an engine behind it."""
    return Bench({"code": "abc"}, folder)


ANSWERS = {
    "plain": ("image_id = abc", "abc"),
    "no spaces": ("image_id=abc", "abc"),
    "colon": ("image_id: abc", "abc"),
    "spaces in the key": ("Image ID = abc", "abc"),
    "dashes in the key": ("image-id=abc", "abc"),
    "capitals": ("IMAGE_ID = abc", "abc"),
    "indented": ("\t  image_id =   abc  \t", "abc"),
    "double quotes": ('image_id = "abc"', "abc"),
    "single quotes": ("image_id = 'abc'", "abc"),
    "backquotes": ("image_id = `abc`", "abc"),
    "curly quotes": ("image_id = “abc”", "abc"),
    "a sign in the answer": ("image_id = sha256:abc=", "sha256:abc="),
    "an equals sign in the answer": ("image_id: a=b", "a=b"),
    "Windows lines": ("other = 1\r\nimage_id = abc\r\n", "abc"),
    "a byte order mark": ("\ufeffimage_id = abc", "abc"),
    "spaces within": ("image_id = a b  c", "a b  c"),
    "the capitals of the answer stay": ("image_id = AbC", "AbC"),
    "empty": ("image_id =", ""),
    "empty quotes": ('image_id = ""', ""),
    "commented out": ("# image_id = abc", ""),
    "another key": ("my_image_id = abc", ""),
    "longer key": ("image_id_2 = abc", ""),
    "no sign": ("image_id abc", ""),
    "no line": ("", ""),
    "the empty line left, the answer below": ("image_id =\n\nimage_id = abc", "abc"),
    "two answers": ("image_id = abc\nimage_id = def", "abc"),
    "no break space": ("image_id\u00a0=\u00a0abc", "abc"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_is_read_as_people_write(bench: Bench, folder: Path, case: str) -> None:
    source, answer = ANSWERS[case]
    (folder / "answers.txt").write_bytes(source.encode())
    assert bench.answer("image_id") == answer


def test_an_answer_written_by_windows(bench: Bench, folder: Path) -> None:
    """Notepad's and PowerShell's "Unicode" is UTF-16."""
    (folder / "answers.txt").write_text("image_id = abc\r\n", encoding="utf-16")
    assert bench.answer("image_id") == "abc"


def test_no_file_no_answer(bench: Bench) -> None:
    assert bench.answer("image_id") == ""


@given(value=st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_answer_is_what_was_written(bench: Bench, folder: Path, value: str) -> None:
    (folder / "answers.txt").write_text(f"a = 1\nkey = {value}\nz = 2\n", encoding="utf-8")
    assert bench.answer("key") == value.strip("\"'`“”‘’ \t").strip().strip("\"'`“”‘’ \t")


@pytest.mark.parametrize(
    "line", ["a" + " " * READ_LIMIT, "a =" + " x" * (READ_LIMIT // 2), "a" * READ_LIMIT, "=" * READ_LIMIT]
)
def test_a_line_made_to_take_long_takes_no_time(bench: Bench, folder: Path, line: str) -> None:
    (folder / "answers.txt").write_text(line, encoding="utf-8")
    begun = time.monotonic()
    bench.answer("key")
    bench.answer("a")
    assert time.monotonic() - begun < 1


def test_a_file_is_read(bench: Bench, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "x").write_bytes(b"caf\xc3\xa9\xff")
    (folder / "inside").symlink_to("sub/x")
    assert bench.read("sub/x") == "café\ufffd"
    assert bench.read("inside") == "café\ufffd"
    assert bench.read("sub/../sub/x") == "café\ufffd"


def test_a_big_file_is_read_in_part(bench: Bench, folder: Path) -> None:
    with (folder / "big").open("wb") as big:
        big.truncate(10**12)
    content = bench.read("big")
    assert content is not None
    assert len(content) == READ_LIMIT


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "out",
        "out-folder/secret",
        "/etc/passwd",
        "sub",
        "",
        ".",
        "none",
        "fifo",
        "loop",
        "a\0b",
        "x" * 5000,
    ],
)
def test_what_leads_out_or_is_no_file_is_not_read(bench: Bench, folder: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "out-folder").symlink_to(tmp_path)
    (folder / "sub").mkdir()
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "fifo")
    assert bench.read(path) is None


def test_a_work_folder_that_is_a_link_is_as_good(bench: Bench, folder: Path, tmp_path: Path) -> None:
    (folder / "x").write_text("hello", encoding="utf-8")
    (tmp_path / "link").symlink_to(folder)
    assert Bench({}, tmp_path / "link").read("x") == bench.read("x") == "hello"


def test_a_work_folder_that_is_gone(bench: Bench, folder: Path) -> None:
    folder.rmdir()
    assert bench.read("x") is None
    assert bench.answer("x") == ""


def test_an_http_answer(bench: Bench, web: Server) -> None:
    web.answers["GET /x"] = http_answer("<h1>café</h1>")
    assert bench.http(web.port, "/x") == Reply(200, "<h1>café</h1>")
    assert bench.http(str(web.port), "/y") == Reply(404, '{"message": "no such thing"}')
    assert bench.http(web.port, "/x", address="localhost") == Reply(200, "<h1>café</h1>")
    assert bench.http(web.port, "/x", timeout=0.5, address="127.0.0.2") is None
    assert bench.http(web.port, "/x", timeout=0.5, address="") is None


def test_a_redirect_is_not_followed(bench: Bench, web: Server) -> None:
    web.otherwise = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    assert bench.http(web.port) == Reply(302, "")


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
NEVER: dict[str, Callable[[], Iterable[bytes | float]]] = {
    "silence": lambda: [30.0],
    "drops of a head": endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.1),
    "drops of one header": endless(b"HTTP/1.1 200 OK\r\nX: ", b"y", 0.1),
    "continue for ever": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "continue slowly": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.1),
    "closed": lambda: [b""],
    "no http": lambda: [b"\x00\x01\x02"],
    "redis": lambda: [b"-ERR unknown command\r\n"],
}


@pytest.mark.parametrize("case", NEVER)
def test_what_never_answers_is_no_answer_in_time(bench: Bench, web: Server, case: str) -> None:
    web.otherwise = NEVER[case]()
    begun = time.monotonic()
    assert bench.http(web.port, timeout=0.5) is None
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_a_body_without_end_is_cut_in_size_and_time(bench: Bench, web: Server, pause: float) -> None:
    web.otherwise = endless(HEAD, b"x" * 4096, pause)()
    begun = time.monotonic()
    reply = bench.http(web.port, timeout=1.5)
    assert reply is not None
    assert reply.status == 200
    assert 0 < len(reply.body) <= READ_LIMIT
    assert (len(reply.body) == READ_LIMIT) == (not pause)
    assert time.monotonic() - begun < 4


def test_a_body_that_stops_half_way_is_what_came(bench: Bench, web: Server) -> None:
    web.otherwise = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", 30.0]
    begun = time.monotonic()
    reply = bench.http(web.port, timeout=0.5)
    assert reply is None or reply.body == "hello"
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("port", ["", "web", 0, -1, 1, 65536, 10**30, "1e3", "²"])
def test_a_port_where_nothing_is(bench: Bench, port: str | int) -> None:
    assert bench.http(port, timeout=0.5) is None


@pytest.mark.parametrize("path", ["/a b", "/é", "/\r\nX: y", "", "no-slash", "/\udc80"])
def test_a_strange_path_is_no_error(bench: Bench, web: Server, path: str) -> None:
    assert bench.http(web.port, path, timeout=0.5) in (None, Reply(404, '{"message": "no such thing"}'))


def test_no_proxy_is_asked(bench: Bench, web: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    web.otherwise = http_answer("hello")
    assert bench.http(web.port) == Reply(200, "hello")


def test_fail_carries_the_finding_and_harmless_words(bench: Bench) -> None:
    with pytest.raises(Failed) as caught:
        bench.fail("absent", name="web", seen=[], log="\x1b[31mred\n" + "x" * 500)
    assert caught.value.finding == "absent"
    assert caught.value.seen["seen"] == "–"
    assert caught.value.seen["log"].startswith("red xxx")
    assert len(caught.value.seen["log"]) == 120
