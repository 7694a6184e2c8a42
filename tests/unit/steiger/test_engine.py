"""The engine's API against a fake engine: bounded in size and time, one clear line when it is not there."""

from __future__ import annotations

import io
import json
import os
import tarfile
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.steiger.fakes import Server, endless, frame, http_answer

from steiger import engine as engine_module
from steiger.engine import PROBE_LABEL, Engine, Ran
from steiger.errors import EngineError
from steiger.streams import demultiplex

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.fixture
def engine(engine_server: Server) -> Engine:
    """Return an Engine that asks the fake one."""
    assert engine_server
    return Engine()


def test_the_socket_comes_from_the_caller_or_docker_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Engine().socket_path == "/var/run/docker.sock"
    assert Engine("/x").socket_path == "/x"
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/1/docker.sock")
    assert Engine().socket_path == "/run/user/1/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", "tcp://1.2.3.4:2375")
    assert Engine().socket_path == "/var/run/docker.sock"


ASKED: list[tuple[Callable[[Engine], object], str, Any, object]] = [
    (lambda e: e.info(), "GET /info", {"a": 1}, {"a": 1}),
    (lambda e: e.containers(), "GET /containers/json?all=1", [{"Id": "1"}], [{"Id": "1"}]),
    (lambda e: e.containers(), "GET /containers/json?all=1", "null", []),
    (lambda e: e.container_names(), "GET /containers/json?all=1", [{"Names": ["/b", "/a"]}], ["a", "b"]),
    (lambda e: e.container("web-1"), "GET /containers/web-1/json", {"Id": "1"}, {"Id": "1"}),
    (lambda e: e.container("a/b c"), "GET /containers/a%2Fb%20c/json", {"Id": "1"}, {"Id": "1"}),
    (lambda e: e.container("a", size=True), "GET /containers/a/json?size=1", {"SizeRw": 1}, {"SizeRw": 1}),
    (
        lambda e: e.changed_paths("a"),
        "GET /containers/a/changes",
        [{"Path": "/y", "Kind": 1}, {"Path": "/x", "Kind": 0}],
        ["/x", "/y"],
    ),
    (lambda e: e.images(), "GET /images/json", [], []),
    (lambda e: e.image("a/b:1"), "GET /images/a/b:1/json", {"Id": "1"}, {"Id": "1"}),
    (lambda e: e.image("a@sha256:1"), "GET /images/a@sha256:1/json", {"Id": "1"}, {"Id": "1"}),
    (lambda e: e.history("a"), "GET /images/a/history", [{"Id": "1"}], [{"Id": "1"}]),
    (lambda e: e.volumes(), "GET /volumes", {"Volumes": [{"Name": "v"}]}, [{"Name": "v"}]),
    (lambda e: e.volumes(), "GET /volumes", {"Volumes": None}, []),
    (lambda e: e.volume("v"), "GET /volumes/v", {"Name": "v"}, {"Name": "v"}),
    (lambda e: e.networks(), "GET /networks", [{"Id": "1"}], [{"Id": "1"}]),
    (lambda e: e.network("n"), "GET /networks/n", {"Id": "1"}, {"Id": "1"}),
    (
        lambda e: e.build_records(),
        "GET /system/df?type=build-cache&verbose=1",
        {"BuildCache": [{"ID": "1"}]},
        [{"ID": "1"}],
    ),
    (lambda e: e.build_records(), "GET /system/df?type=build-cache&verbose=1", {"BuildCache": None}, []),
    (
        lambda e: e.prune_build(["a1", "b2"]),
        "POST /build/prune?all=1&filters=%7B%22id%22%3A+%5B%22%2F%5E%28a1%7Cb2%29%24%2F%22%5D%7D",
        {"CachesDeleted": []},
        None,
    ),
    (lambda e: e.make_container("a", {"Image": "x"}), "POST /containers/create?name=a", {"Id": "1"}, "1"),
    (lambda e: e.start_container("a"), "POST /containers/a/start", "", None),
    (lambda e: e.stop_container("a", 2), "POST /containers/a/stop?t=2", "", None),
    (lambda e: e.remove_container("a"), "DELETE /containers/a?force=1&v=1", "", None),
    (lambda e: e.remove_container("a", volumes=False), "DELETE /containers/a?force=1&v=0", "", None),
    (lambda e: e.remove_volume("a"), "DELETE /volumes/a", "", None),
    (lambda e: e.remove_network("a"), "DELETE /networks/a", "", None),
    (lambda e: e.remove_image("a/b:1"), "DELETE /images/a/b:1", [{"Untagged": "a/b:1"}], None),
]


@pytest.mark.parametrize(("act", "asked", "answer", "result"), ASKED)
def test_what_is_asked_and_what_comes_back(
    engine: Engine, engine_server: Server, act: Callable[[Engine], object], asked: str, answer: Any, result: object
) -> None:
    engine_server.answers[asked] = http_answer(answer)
    assert act(engine) == result
    assert engine_server.asked == [asked]


@pytest.mark.parametrize(
    ("act", "result"),
    [
        (lambda e: e.container("x"), None),
        (lambda e: e.image("x"), None),
        (lambda e: e.volume("x"), None),
        (lambda e: e.network("x"), None),
        (lambda e: e.history("x"), []),
        (lambda e: e.top("x"), []),
        (lambda e: e.logs("x"), ""),
        (lambda e: e.run_in("x", ["true"]), None),
        (lambda e: e.read_in("x", "/x"), None),
        (lambda e: e.read_volume("x", "/x"), None),
        (lambda e: e.remove_container("x"), None),
        (lambda e: e.remove_volume("x"), None),
    ],
)
def test_what_is_not_there_is_nothing(engine: Engine, act: Callable[[Engine], object], result: object) -> None:
    assert act(engine) == result


def test_the_processes_of_a_container_that_runs(engine: Engine, engine_server: Server) -> None:
    engine_server.answers["GET /containers/a/json"] = http_answer({"State": {"Running": False}})
    assert engine.top("a") == []
    engine_server.answers["GET /containers/a/json"] = http_answer({"State": {"Running": True}})
    engine_server.answers["GET /containers/a/top"] = http_answer({"Processes": [["root", "1"]]})
    assert engine.top("a") == [["root", "1"]]


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ({"BuildCache": [{"ID": "a"}]}, ["a"]),
        ({"LayersSize": 0, "BuildCache": None}, []),
        # From API 1.52 on.
        ({"BuildCacheUsage": {"TotalCount": 1, "Items": [{"ID": "b"}]}}, ["b"]),
        ({"BuildCacheUsage": {"TotalCount": 0}}, []),
    ],
)
def test_the_build_cache_is_asked_for_in_the_newest_form(
    engine: Engine, engine_server: Server, answer: dict[str, object], ids: list[str]
) -> None:
    """Older forms measure all volumes and containers first. The fake server drops our version, so none is in the way."""
    engine._version = "1.40"  # noqa: SLF001
    engine_server.answers["GET /system/df?type=build-cache&verbose=1"] = http_answer(answer)
    assert [record["ID"] for record in engine.build_records()] == ids
    assert engine_server.asked == ["GET /system/df?type=build-cache&verbose=1"]


def test_a_container_of_no_image_cannot_be_made(engine: Engine) -> None:
    with pytest.raises(EngineError, match="the image x is not there"):
        engine.make_container("a", {"Image": "x"})


@pytest.mark.parametrize("ask", ["container", "image", "volume", "network"])
def test_no_name_asks_nothing(engine: Engine, engine_server: Server, ask: str) -> None:
    """With an empty name the API's path would mean something else."""
    assert getattr(engine, ask)("") is None
    assert engine_server.asked == []


@pytest.mark.parametrize("status", [301, 400])
@pytest.mark.parametrize("ask", ["container", "image", "volume", "network", "history"])
def test_a_name_that_cannot_be_is_not_there(engine: Engine, engine_server: Server, ask: str, status: int) -> None:
    """A student may write anything as an answer; it is then wrong, and no fault of the machine."""
    engine_server.otherwise = http_answer(
        "<a href>" if status == 301 else {"message": "invalid reference format"}, status
    )
    assert not getattr(engine, ask)("a//b UPPER")


def _message(act: Callable[[], object]) -> str:
    with pytest.raises(EngineError) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_engine_that_does_not_run(tmp_path: Path) -> None:
    wanted = "the Docker Engine does not run; start it with: sudo service docker start"
    assert _message(Engine(str(tmp_path / "none")).info) == wanted
    import socket  # noqa: PLC0415

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    assert _message(Engine(str(tmp_path / "dead")).info) == wanted


def test_an_engine_that_one_may_not_use(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: object) -> None:
        raise PermissionError

    monkeypatch.setattr(engine_module._SocketConnection, "connect", refuse)  # noqa: SLF001
    assert "log out and in again" in _message(engine.info)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (http_answer("<html>"), "the Docker Engine gave an answer that is no JSON"),
        (http_answer({"message": "no\nspace \x1b[31mleft"}, 500), "the Docker Engine refused: no space left"),
        (http_answer("oops", 500), "the Docker Engine refused: HTTP 500"),
        (http_answer([], 503), "the Docker Engine refused: HTTP 503"),
        (b"", "the Docker Engine does not answer: "),
        (b"SSH-2.0-OpenSSH\r\n", "the Docker Engine does not answer: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "the Docker Engine "),
    ],
)
def test_a_strange_answer_is_one_line(engine: Engine, engine_server: Server, answer: bytes, message: str) -> None:
    engine_server.otherwise = answer
    assert _message(engine.info).startswith(message)


def test_an_engine_that_hangs_is_given_up(engine: Engine, engine_server: Server) -> None:
    engine_server.otherwise = [30.0]
    begun = time.monotonic()
    assert _message(lambda: engine._json("GET", "/info", timeout=0.3)).startswith("the Docker Engine does not answer")  # noqa: SLF001
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_a_stream_without_end_is_cut(engine: Engine, engine_server: Server, pause: float) -> None:
    engine_server.otherwise = endless(PLAIN, b"x" * 1000, pause)()
    begun = time.monotonic()
    raw = engine._raw("GET", "/x", limit=100_000, timeout=0.5)  # noqa: SLF001
    assert raw is not None
    assert (len(raw) == 100_000) == (not pause)
    assert time.monotonic() - begun < 2


def test_output_of_a_command_in_a_container(engine: Engine, engine_server: Server) -> None:
    engine_server.answers = {
        "POST /containers/web/exec": http_answer({"Id": "e1"}, 201),
        "POST /exec/e1/start": http_answer(frame("out\n") + frame("err\n", 2)),
        "GET /exec/e1/json": http_answer({"Running": False, "ExitCode": 3}),
    }
    assert engine.run_in("web", ["cat", "x y"]) == Ran(3, "out\nerr\n")
    assert json.loads(engine_server.bodies[0])["Cmd"] == ["cat", "x y"]


@pytest.mark.parametrize("ended", [{"Running": True, "ExitCode": None}, {"Running": False, "ExitCode": None}, {}])
def test_a_command_that_goes_on_has_no_result(engine: Engine, engine_server: Server, ended: dict[str, object]) -> None:
    engine_server.answers = {
        "POST /containers/web/exec": http_answer({"Id": "e1"}, 201),
        "POST /exec/e1/start": endless(PLAIN, frame("y\n"), 0.05)(),
        "GET /exec/e1/json": http_answer(ended),
    }
    begun = time.monotonic()
    assert engine.run_in("web", ["yes"], timeout=0.3) is None
    assert time.monotonic() - begun < 2


def test_a_container_that_does_not_run_runs_nothing(engine: Engine, engine_server: Server) -> None:
    engine_server.answers["POST /containers/web/exec"] = http_answer({"message": "not running"}, 409)
    assert engine.run_in("web", ["true"]) is None


def test_logs_are_the_last_that_was_written(engine: Engine, engine_server: Server) -> None:
    lines = [f"line {number:05} of many\n" for number in range(2000)]
    engine_server.answers["GET /containers/web/logs"] = http_answer(b"".join(frame(line) for line in lines))
    shown = engine.logs("web", limit=1000)
    assert len(shown) == 1000
    assert shown.endswith(lines[-1])
    assert engine.logs("web") == "".join(lines)[-65536:]


def test_frames_of_both_streams_are_joined() -> None:
    assert demultiplex(frame("a") + frame("b", 2) + frame("") + frame("c", 0)) == "abc"


@pytest.mark.parametrize("raw", [b"", b"plain text", b"short", b"\x03\0\0\0\0\0\0\x01x", b"\x01\0\0\x01abcdefgh"])
def test_output_of_a_terminal_has_no_frames(raw: bytes) -> None:
    assert demultiplex(raw) == raw.decode()


@given(st.binary())
def test_any_bytes_are_some_text(raw: bytes) -> None:
    assert isinstance(demultiplex(raw), str)


@given(st.lists(st.text()))
def test_what_was_framed_comes_out_whole(parts: list[str]) -> None:
    assert demultiplex(b"".join(frame(part) for part in parts)) == "".join(parts)


def test_a_frame_cut_short_gives_what_is_there() -> None:
    assert demultiplex(frame("hello")[:-2]) == "hel"
    assert demultiplex(frame("hello") + frame("x")[:5]).startswith("hello")


def _tar(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        member.type = kind
        member.linkname = "/etc/shadow" if kind == tarfile.SYMTYPE else ""
        archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


@pytest.mark.parametrize(
    ("archive", "content"),
    [
        (_tar("x", b"hello\n"), "hello\n"),
        (_tar("x", b"\xff"), "\ufffd"),
        (_tar("x", b""), ""),
        (_tar("x", b"y" * 70_000), "y" * 65_536),
        (_tar("x", b"y" * 70_000)[:5000], None),
        (_tar("x", kind=tarfile.SYMTYPE), None),
        (_tar("x", kind=tarfile.DIRTYPE), None),
        (_tar("x", kind=tarfile.FIFOTYPE), None),
        (b"no archive", None),
        (b"", None),
    ],
)
def test_a_file_in_a_container(engine: Engine, engine_server: Server, archive: bytes, content: str | None) -> None:
    engine_server.answers["GET /containers/web/archive?path=%2Fetc%2Fa+b"] = http_answer(archive)
    assert engine.read_in("web", "/etc/a b") == content


def test_a_volume_is_read_by_a_container_that_is_never_started(engine: Engine, engine_server: Server) -> None:
    engine_server.answers = {
        "GET /volumes/v": http_answer({"Name": "v"}),
        "GET /images/json": http_answer([{"Id": "sha256:1"}]),
        "POST /containers/create": http_answer({"Id": "c1"}, 201),
        "GET /containers/c1/archive?path=%2Fsteiger-probe%2Fx": http_answer(_tar("x", b"hello")),
        "DELETE /containers/c1?force=1&v=0": http_answer("", 204),
    }
    assert engine.read_volume("v", "/x") == "hello"
    body = json.loads(engine_server.bodies[2])
    assert body["HostConfig"] == {"Binds": ["v:/steiger-probe:ro"], "NetworkMode": "none"}
    assert engine_server.asked[-1] == "DELETE /containers/c1?force=1&v=0"
    assert not [asked for asked in engine_server.asked if asked.endswith("/start")]


def test_run_once_removes_its_container_whatever_happens(engine: Engine, engine_server: Server) -> None:
    engine_server.answers = {
        "POST /containers/create": http_answer({"Id": "c1"}, 201),
        "POST /containers/c1/start": http_answer({"message": "no rm in there"}, 400),
        "DELETE /containers/c1?force=1&v=1": http_answer("", 204),
    }
    assert "no rm in there" in _message(lambda: engine.run_once("busybox", ["rm"], []))
    assert engine_server.asked[-1].startswith("DELETE")
    engine_server.answers["POST /containers/c1/start"] = http_answer("", 204)
    engine_server.answers["POST /containers/c1/wait"] = http_answer({"StatusCode": 7})
    assert engine.run_once("busybox", ["rm"], []) == 7


def test_run_once_takes_more_settings_but_never_a_network(engine: Engine, engine_server: Server) -> None:
    engine_server.answers = {
        "POST /containers/create": http_answer({"Id": "c1"}, 201),
        "POST /containers/c1/start": http_answer("", 204),
        "POST /containers/c1/wait": http_answer({"StatusCode": 0}),
        "DELETE /containers/c1?force=1&v=1": http_answer("", 204),
    }
    more = {"User": "7", "Labels": {}, "HostConfig": {"PidsLimit": 9, "NetworkMode": "host"}}
    assert engine.run_once("busybox", ["true"], ["v:/v"], more) == 0
    body = json.loads(engine_server.bodies[0])
    assert (body["User"], body["Labels"]) == ("7", {PROBE_LABEL: "1"})
    assert body["HostConfig"] == {"PidsLimit": 9, "Binds": ["v:/v"], "NetworkMode": "none"}


@pytest.mark.parametrize(
    ("mirrors", "address"),
    [
        (["http://127.0.0.1:5000/"], "127.0.0.1:5000"),
        (["https://mirror.example/", "http://localhost:5001/"], "localhost:5001"),
        (["https://mirror.example/"], "127.0.0.1:5000"),
        (None, "127.0.0.1:5000"),
    ],
)
def test_the_address_of_the_mirror(
    engine: Engine, engine_server: Server, mirrors: list[str] | None, address: str
) -> None:
    engine_server.answers["GET /info"] = http_answer({"RegistryConfig": {"Mirrors": mirrors}})
    assert engine.mirror() == address


def test_pulling(engine: Engine, engine_server: Server) -> None:
    engine_server.otherwise = http_answer('{"status":"ok"}\nnoise\n{"status":"done"}\n')
    for name in ("nginx", "a/b", "127.0.0.1:5000/a", "nginx:1", "nginx@sha256:1"):
        engine.pull(name)
    assert [asked.partition("fromImage=")[2] for asked in engine_server.asked] == [
        "nginx%3Alatest", "a%2Fb%3Alatest", "127.0.0.1%3A5000%2Fa%3Alatest", "nginx%3A1", "nginx%40sha256%3A1",
    ]  # fmt: skip
    engine_server.otherwise = http_answer('{"status":"ok"}\n{"error":"no such manifest"}\n')
    assert _message(lambda: engine.pull("nginx:9")) == "pulling nginx:9 failed: no such manifest"


def test_nothing_of_the_environment_but_docker_host_is_used(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("DOCKER_API_VERSION", "1.0")
    assert engine.container("x") is None
    assert os.environ["http_proxy"]


def test_an_engine_that_dropped_our_version_is_asked_in_its_own(engine: Engine, engine_server: Server) -> None:
    old = "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client"
    refusal, answer = http_answer({"message": old}, 400), http_answer([{"Id": "a"}])
    engine_server.answers["GET /images/json"] = refusal
    engine_server.answers["GET /v1.44/images/json"] = answer
    assert engine.images() == [{"Id": "a"}]
