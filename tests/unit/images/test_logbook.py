"""The application in the image steiger/logbook, as a student's container runs it."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[3] / "roles/mirror/files/images/steiger/logbook"
VERSIONS = ("1.0", "2.0")


class Logbook:
    """One version of the application, with its data and settings in a folder of its own."""

    def __init__(self, folder: Path, version: str) -> None:
        self.program = folder / version / "logbook.py"
        self.program.parent.mkdir()
        shutil.copy(RECIPES / "1.0/logbook.py", self.program)
        shutil.copy(RECIPES / version / "VERSION", self.program.parent)
        (folder / "data").mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.env = {
            "PATH": os.environ["PATH"],
            "LOGBOOK_DATA": str(folder / "data"),
            "LOGBOOK_CONFIG": str(folder / "logbook.ini"),
            "LOGBOOK_PORT": str(self.port),
        }

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run the program to its end."""
        command = [sys.executable, str(self.program), *words]
        return subprocess.run(command, env={**self.env, **env}, capture_output=True, text=True, timeout=10, check=False)

    def serve(self, **env: str) -> "subprocess.Popen[str]":
        """Start serving and return when it answers."""
        server = subprocess.Popen(
            [sys.executable, str(self.program)],
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert server.stdout
        assert server.stdout.readline().startswith("logbook ")
        return server

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Send one request; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request(method, path, body.encode() if body is not None else None, headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read().decode()


@pytest.fixture(params=VERSIONS)
def logbook(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Logbook]:
    """Each version, serving."""
    made = Logbook(tmp_path, request.param)
    server = made.serve(LOGBOOK_TITLE="The <Quay>")
    yield made
    server.kill()
    server.communicate()


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Logbook]:
    """What makes a logbook of some version, not serving; all share one folder for data."""
    return lambda version: Logbook(tmp_path, version)


def test_an_entry_comes_back_and_is_no_html(logbook: Logbook) -> None:
    status, answer = logbook.ask("POST", "/entries", " Ferry\n<b>Anna</b> \x1b[31m ")
    assert status == 201
    assert json.loads(answer)["text"] == "Ferry <b>Anna</b> [31m"
    status, answer = logbook.ask("GET", "/entries")
    assert (status, [entry["text"] for entry in json.loads(answer)]) == (200, ["Ferry <b>Anna</b> [31m"])
    page = logbook.ask("GET", "/")[1]
    assert "Ferry &lt;b&gt;Anna&lt;/b&gt;" in page
    assert "The &lt;Quay&gt;" in page
    assert f"logbook {logbook.program.parent.name}" in page


def test_only_the_second_version_counts_and_limits(logbook: Logbook) -> None:
    for text in "abc":
        logbook.ask("POST", "/entries", text)
    second = logbook.program.parent.name == "2.0"
    assert ("<strong>3</strong>" in logbook.ask("GET", "/")[1]) == second
    texts = [entry["text"] for entry in json.loads(logbook.ask("GET", "/entries?limit=2")[1])]
    assert texts == (["b", "c"] if second else ["a", "b", "c"])
    assert logbook.ask("GET", "/entries?limit=-1")[0] == (400 if second else 200)


def test_what_cannot_be_an_entry_is_refused(logbook: Logbook) -> None:
    assert logbook.ask("POST", "/entries", "x" * 1001)[0] == 413
    assert logbook.ask("POST", "/entries", " \n ")[0] == 400
    assert logbook.ask("POST", "/entries", None, **{"Content-Length": "two"})[0] == 411
    assert logbook.ask("POST", "/", "text")[0] == 404
    assert logbook.ask("GET", "/nothing")[0] == 404
    assert logbook.ask("GET", "/entries") == (200, "[]\n")


def test_it_tells_who_and_how_it_is(logbook: Logbook) -> None:
    assert logbook.ask("GET", "/health") == (200, "ok\n")
    assert logbook.ask("GET", "/version") == (200, f"{logbook.program.parent.name}\n")
    assert logbook.ask("GET", "/whoami") == (200, f"{socket.gethostname()}\n")
    assert logbook.run("health").returncode == 0
    added = logbook.run("add", "from", "inside")
    assert (added.returncode, json.loads(added.stdout)["text"]) == (0, "from inside")


def test_it_is_ill_when_nothing_can_be_kept(logbook: Logbook, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "data")
    assert logbook.ask("GET", "/health")[0] == 503
    assert logbook.ask("POST", "/entries", "lost")[0] == 503
    ill = logbook.run("health")
    assert ill.returncode == 1
    assert "cannot be written" in ill.stderr


def test_the_second_version_reads_what_the_first_wrote(make: Callable[[str], Logbook], tmp_path: Path) -> None:
    first, second = make("1.0"), make("2.0")
    server = first.serve()
    first.ask("POST", "/entries", "old")
    server.kill()
    server.communicate()
    with (tmp_path / "data/entries.txt").open("a") as file:
        file.write("by hand\n")
    server = second.serve()
    answer = second.ask("GET", "/entries")[1]
    server.kill()
    server.communicate()
    assert [entry["text"] for entry in json.loads(answer)] == ["old", "by hand"]


def test_a_request_is_one_line_and_a_signal_ends_it_at_once(make: Callable[[str], Logbook]) -> None:
    book = make("1.0")
    server = book.serve()
    book.ask("GET", "/health")
    begun = time.monotonic()
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=5)
    assert time.monotonic() - begun < 1
    assert (server.returncode, out, err) == (0, '127.0.0.1 "GET /health HTTP/1.1" 200\n', "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("motto = no section\n", "cannot be read"),
        ("[harbour]\nmotto = other section\n", "no section [logbook]"),
        ("[logbook]\nmoto = misspelt\n", "does not know: moto"),
        ("[logbook]\nmotto\n", "cannot be read"),
    ],
)
def test_a_bad_configuration_is_one_line(make: Callable[[str], Logbook], tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "logbook.ini").write_text(text)
    refused(make("1.0").run(), said)


def test_a_folder_is_no_configuration(make: Callable[[str], Logbook], tmp_path: Path) -> None:
    (tmp_path / "logbook.ini").mkdir()
    refused(make("1.0").run(), "Is a directory")


def test_the_configuration_shows_on_the_page(make: Callable[[str], Logbook], tmp_path: Path) -> None:
    (tmp_path / "logbook.ini").write_text("[logbook]\nmotto = 100% <safe>\nharbour = Ostend\n")
    book = make("1.0")
    server = book.serve()
    page = book.ask("GET", "/")[1]
    server.kill()
    server.communicate()
    assert "100% &lt;safe&gt;" in page
    assert "Ostend" in page


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"LOGBOOK_PORT": "http"}, "no port"),
        ({"LOGBOOK_PORT": "70000"}, "no port"),
        ({"LOGBOOK_DATA": "/dev/null"}, "cannot be written"),
        ({"LOGBOOK_DB_HOST": "db", "LOGBOOK_DB_PASSWORD_FILE": "/nowhere/at/all"}, "the password cannot be read"),
    ],
)
def test_bad_surroundings_are_one_line(make: Callable[[str], Logbook], env: dict[str, str], said: str) -> None:
    refused(make("1.0").run(**env), said)


def test_a_database_that_does_not_answer_ends_it(make: Callable[[str], Logbook], tmp_path: Path) -> None:
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "pymysql.py").write_text(
        "class Error(Exception): pass\ndef connect(**_): raise Error(2003, 'cannot\\nconnect')\n"
    )
    ended = make("1.0").run(LOGBOOK_DB_HOST="db", LOGBOOK_DB_PASSWORD="secret", PYTHONPATH=str(fake))  # noqa: S106
    refused(ended, "the database db cannot be used: cannot connect")
    assert "secret" not in ended.stderr


def test_a_taken_port_is_one_line(make: Callable[[str], Logbook]) -> None:
    book = make("1.0")
    with socket.socket() as taken:
        taken.bind(("", book.port))
        taken.listen()
        refused(book.run(), "cannot be used")


def test_the_commands_need_a_logbook(make: Callable[[str], Logbook]) -> None:
    refused(make("1.0").run("health"), "there is no logbook")
    assert make("2.0").run("nonsense").returncode == 1


def refused(ended: "subprocess.CompletedProcess[str]", said: str) -> None:
    """Ended with status 1 and one line that says why."""
    assert (ended.returncode, ended.stdout) == (1, "")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
