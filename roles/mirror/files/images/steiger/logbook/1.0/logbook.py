#!/usr/bin/python3
"""Logbook: a small web application to practise with.

    logbook            serve until told to stop
    logbook health     exit 0 when the logbook of this container is healthy, else 1
    logbook add TEXT   post an entry to the logbook of this container

Entries go to a file in /data, or to MariaDB when LOGBOOK_DB_HOST is set. The class Settings has all settings.
"""

import configparser
import html
import json
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

VERSION = Path(__file__).resolve().with_name("VERSION").read_text(encoding="utf-8").strip()
SECOND = VERSION.startswith("2")
ENTRY_LIMIT = 1000  # bytes
SECONDS = 3  # that the database may take

Entry = dict[str, str]


class Problem(Exception):  # noqa: N818 -- of the surroundings, not of the program
    """What keeps the logbook from its work; the message is one line."""


class Settings:
    """What the environment and the optional configuration file say."""

    def __init__(self) -> None:
        env = os.environ
        self.title = env.get("LOGBOOK_TITLE") or "Logbook"
        self.port = read_port(env.get("LOGBOOK_PORT") or "8080")
        self.folder = Path(env.get("LOGBOOK_DATA") or "/data")
        self.db_host = env.get("LOGBOOK_DB_HOST", "")
        self.db_user = env.get("LOGBOOK_DB_USER") or "logbook"
        self.db_name = env.get("LOGBOOK_DB_NAME") or "logbook"
        self.db_password = env.get("LOGBOOK_DB_PASSWORD", "")
        if self.db_host and (file := env.get("LOGBOOK_DB_PASSWORD_FILE")):
            self.db_password = read_secret(file)
        options = read_config(Path(env.get("LOGBOOK_CONFIG") or "/etc/logbook/logbook.ini"))
        self.motto = options.get("motto", "")
        self.harbour = options.get("harbour", "")


def read_port(text: str) -> int:
    """Return the number of a port."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536):
        raise Problem(f"LOGBOOK_PORT is {text!r}, which is no port")
    return int(text)


def read_secret(file: str) -> str:
    """Return the password in a file, without the end of its line."""
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise Problem(f"the password cannot be read from {file}: {reason(error)}") from None


def read_config(file: Path) -> dict[str, str]:
    """Return the options of a configuration file, none when it is not there."""
    if not file.exists():
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
        options = dict(parser["logbook"])
    except KeyError:
        raise Problem(f"{file} has no section [logbook]") from None
    except (OSError, ValueError, configparser.Error) as error:
        raise Problem(f"{file} cannot be read: {reason(error)}") from None
    if unknown := sorted(options.keys() - {"motto", "harbour"}):
        raise Problem(f"{file} has an option that the logbook does not know: {unknown[0]}")
    return options


def reason(error: Exception) -> str:
    """Return in one line why something failed."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error.args[-1] if error.args else error).split())


class FileStore:
    """Entries in a text file, a line each: the time, a tab, the text."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "entries.txt"
        self.check()

    def check(self) -> None:
        """Raise Problem when nothing can be written."""
        try:
            self.file.open("a").close()
        except OSError as error:
            raise Problem(f"{self.file} cannot be written: {reason(error)}") from None

    def add(self, entry: Entry) -> None:
        """Add an entry."""
        try:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{entry['time']}\t{entry['text']}\n")
        except OSError as error:
            raise Problem(f"{self.file} cannot be written: {reason(error)}") from None

    def entries(self) -> list[Entry]:
        """Return all entries, the oldest first."""
        try:
            lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Problem(f"{self.file} cannot be read: {reason(error)}") from None
        parts = [line.rpartition("\t") if "\t" not in line else line.partition("\t") for line in lines if line]
        return [{"time": time, "text": text} for time, _, text in parts]


class DatabaseStore:
    """Entries in a table of MariaDB; a connection for each request, so that a restart of the database does no harm."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.ask(
            "CREATE TABLE IF NOT EXISTS entries (id INT AUTO_INCREMENT PRIMARY KEY,"
            " time CHAR(20) NOT NULL, text TEXT NOT NULL) CHARACTER SET utf8mb4"
        )

    def ask(self, statement: str, *values: str) -> list[Any]:
        """Run one statement and return its rows."""
        import pymysql  # noqa: PLC0415 -- not needed with a file

        known = self.settings
        try:
            connection = pymysql.connect(
                host=known.db_host, user=known.db_user, password=known.db_password, database=known.db_name,
                charset="utf8mb4", autocommit=True, connect_timeout=SECONDS, read_timeout=SECONDS, write_timeout=SECONDS,
            )  # fmt: skip
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        except (pymysql.Error, OSError, RuntimeError) as error:
            raise Problem(f"the database {known.db_host} cannot be used: {reason(error)}") from None

    def check(self) -> None:
        """Raise Problem when the table cannot be reached."""
        self.ask("SELECT id FROM entries LIMIT 1")

    def add(self, entry: Entry) -> None:
        """Add an entry."""
        self.ask("INSERT INTO entries (time, text) VALUES (%s, %s)", entry["time"], entry["text"])

    def entries(self) -> list[Entry]:
        """Return all entries, the oldest first."""
        return [{"time": time, "text": text} for time, text in self.ask("SELECT time, text FROM entries ORDER BY id")]


class Server(ThreadingHTTPServer):
    """The web server, with what its pages are made of."""

    def __init__(self, settings: Settings, store: FileStore | DatabaseStore) -> None:
        self.settings = settings
        self.store = store
        super().__init__(("", settings.port), Pages)

    def server_bind(self) -> None:
        """Bind without a look-up of our own name, which may take seconds where there is no network."""
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = socket.gethostname(), self.server_address[1]


class Pages(BaseHTTPRequestHandler):
    """What is behind each address."""

    server: Server
    server_version = f"logbook/{VERSION}"
    timeout = 10

    def do_GET(self) -> None:
        """Show something."""
        url = urlsplit(self.path)
        pages = {
            "/": lambda: self.answer(200, page(self.server.settings, self.server.store.entries()), "text/html"),
            "/entries": lambda: self.list_entries(parse_qs(url.query)),
            "/health": self.health,
            "/version": lambda: self.answer(200, VERSION),
            "/whoami": lambda: self.answer(200, socket.gethostname()),
        }
        self.do(pages.get(url.path, lambda: self.answer(404, "there is no such page")))

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        """Add an entry."""
        if urlsplit(self.path).path == "/entries":
            self.do(self.add_entry)
        else:
            self.do(lambda: self.answer(404, "entries are posted to /entries"))

    def do(self, action: Any) -> None:
        """Do something that the storage may refuse."""
        try:
            action()
        except Problem as problem:
            complain(problem)
            self.answer(503, str(problem))

    def list_entries(self, query: dict[str, list[str]]) -> None:
        """Answer with the entries as JSON; the second version can give the last ones only."""
        entries = self.server.store.entries()
        if SECOND and "limit" in query:
            limit = query["limit"][-1]
            if not (limit.isascii() and limit.isdigit()):
                self.answer(400, "limit must be a number")
                return
            entries = entries[max(0, len(entries) - int(limit[:9])) :]
        self.answer(200, json.dumps(entries, ensure_ascii=False), "application/json")

    def health(self) -> None:
        """Say whether an entry could be kept."""
        self.server.store.check()
        self.answer(200, "ok")

    def add_entry(self) -> None:
        """Keep the text in the body."""
        length = self.headers.get("Content-Length") or ""
        if not (length.isascii() and length.isdigit()):
            self.answer(411, "an entry needs a body with a length")
            return
        if int(length[:9]) > ENTRY_LIMIT:
            self.answer(413, f"an entry is at most {ENTRY_LIMIT} bytes")
            return
        text = self.rfile.read(int(length)).decode(errors="replace")
        text = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
        if not text:
            self.answer(400, "an entry needs some text")
            return
        entry = {"time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "text": text}
        self.server.store.add(entry)
        self.answer(201, json.dumps(entry, ensure_ascii=False), "application/json")

    def answer(self, status: int, text: str, kind: str = "text/plain") -> None:
        """Send an answer."""
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:  # noqa: ARG002 -- http.server's form
        """Write one line for a request."""
        line = "".join(sign if sign.isprintable() else "?" for sign in self.requestline)
        print(f'{self.client_address[0]} "{line}" {int(code)}', flush=True)

    def log_error(self, *_: Any) -> None:
        """Write nothing more: the line of the request has the status."""


def page(settings: Settings, entries: list[Entry]) -> str:
    """Return the page that a browser shows."""
    say = html.escape
    where = f" · {say(settings.harbour)}" if settings.harbour else ""
    motto = f"<p><em>{say(settings.motto)}</em></p>" if settings.motto else ""
    count = f"<p>Entries: <strong>{len(entries)}</strong></p>" if SECOND else ""
    rows = "\n".join(f"<li><time>{say(entry['time'])}</time> {say(entry['text'])}</li>" for entry in entries)
    sea, paper = ("#0b5d57", "#e9f7f2") if SECOND else ("#1d3f72", "#eef3fb")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{say(settings.title)}</title>
<style>body {{ background: {paper}; font: 1.1em sans-serif; margin: 2em auto; max-width: 40em }}
h1, footer {{ color: {sea} }} time {{ color: #777; font-size: .8em }}</style>
</head>
<body>
<h1>{say(settings.title)}</h1>
{motto}
{count}
<ul>
{rows}
</ul>
<form onsubmit="fetch('entries', {{method: 'POST', body: this.text.value}}).then(() => location.reload()); return false">
<input name="text" maxlength="250" required> <button>Add</button>
</form>
<footer>logbook {VERSION}{where}</footer>
</body>
</html>"""


def complain(problem: Problem) -> None:
    """Write one line about a problem where errors go."""
    print(f"logbook: {problem}", file=sys.stderr, flush=True)


def serve() -> NoReturn:
    """Serve until told to stop."""
    # The first process of a container gets no signal that it did not ask for.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    settings = Settings()
    store = DatabaseStore(settings) if settings.db_host else FileStore(settings.folder)
    try:
        server = Server(settings, store)
    except OSError as error:
        raise Problem(f"port {settings.port} cannot be used: {reason(error)}") from None
    place = f"database {settings.db_host}" if settings.db_host else str(settings.folder)
    print(f"logbook {VERSION}: port {settings.port}, entries in {place}", flush=True)
    server.serve_forever()
    sys.exit(0)


def ask(path: str, text: str | None = None) -> str:
    """Return what the logbook of this container answers."""
    port = read_port(os.environ.get("LOGBOOK_PORT") or "8080")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        data = None if text is None else text.encode()
        with opener.open(f"http://127.0.0.1:{port}{path}", data, timeout=2 * SECONDS) as reply:
            return str(reply.read(ENTRY_LIMIT * 10).decode()).strip()
    except urllib.error.HTTPError as error:
        raise Problem(error.read(ENTRY_LIMIT).decode(errors="replace").strip()) from None
    except (OSError, ValueError) as error:
        raise Problem(f"there is no logbook on port {port}: {reason(error)}") from None


def main(words: list[str]) -> None:
    """Do what the command line says."""
    if words in ([], ["serve"]):
        serve()
    elif words == ["health"]:
        print(ask("/health"))
    elif len(words) > 1 and words[0] == "add":
        print(ask("/entries", " ".join(words[1:])))
    else:
        sys.exit("usage: logbook [serve | health | add TEXT]")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Problem as trouble:
        complain(trouble)
        sys.exit(1)
