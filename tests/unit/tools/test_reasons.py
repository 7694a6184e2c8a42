"""Tests of tools/reasons.py: what programs really said, and the line that a student gets for it.

reasons.said holds texts of apt, dpkg, pip and uv that were provoked on Debian 12 and 13, each with its line.
"""

from __future__ import annotations

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from tools.reason_table import REASONS, SEEN, WORDS
from tools.reasons import explain, find, span

SAID = Path(__file__).with_name("reasons.said").read_text(encoding="utf-8")
ROOT = Path(__file__).parents[3]


def cases() -> list[tuple[str, str, str]]:
    """Return name, line and text of each case."""
    found = []
    for part in re.split(r"^##### ", SAID, flags=re.MULTILINE)[1:]:
        name, line, text = part.split("\n", 2)
        found.append((name, line.removeprefix("= "), text))
    return found


class Seen:
    """A machine of which everything is known: it answers as tools/machine_seen.py does."""

    def __init__(self, reached: str = "no_answer", ahead: float | None = None, proxy: str = "") -> None:
        self.reached = reached
        self.is_ahead = ahead
        self.proxy = proxy
        self.tried: list[tuple[str, int]] = []

    def now(self) -> float:
        """Return 12:00 UTC on 25 November 2026, before the signatures in the texts were made."""
        return 1795608000.0

    def reach(self, host: str, port: int) -> str:
        """Remember what was tried."""
        self.tried.append((host, port))
        return self.reached

    def ahead(self, url: str) -> float | None:
        """Return what the test wants, for the address of a web server."""
        assert url.startswith("http")
        return self.is_ahead

    def proxies(self) -> dict[str, str]:
        """Return the proxy of the test."""
        return {"http": self.proxy, "https": self.proxy} if self.proxy else {}

    def proxy_hosts(self) -> set[str]:
        """Return the host of that proxy."""
        return {"127.0.0.1"} if self.proxy else set()

    def source(self, url: str, suite: str = "") -> tuple[Path, int] | None:
        """Return one line for whatever is named in the sources of the texts."""
        known = url.startswith(("http://mirror.example/", "cdrom:", "ftp:")) and suite != "gone"
        return (Path("/etc/apt/sources.list.d/x.list"), 3) if known else None

    def own(self, url: str) -> bool:
        """Tell whether it is the mirror of the texts."""
        return url.startswith("http://mirror.example/")

    def pinned(self, package: str) -> Path | None:
        """Return a file for the package that was pinned."""
        return Path("/etc/apt/preferences.d/nope") if package == "wi" else None

    def hook(self, option: str, command: str) -> Path | None:
        """Return a file for the command of one test alone."""
        return Path("/etc/apt/apt.conf.d/99x") if (option, command) == ("DPkg::Post-Invoke", "exit 3") else None

    def held(self) -> set[str]:
        """Return the package that was held, and one with a name that is part of many words."""
        return {"wh", "i"}


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    __import__("time").tzset()


@pytest.mark.parametrize(("line", "text"), [case[1:] for case in cases()], ids=[case[0] for case in cases()])
def test_what_was_said_gets_its_line(line: str, text: str) -> None:
    assert explain(text, "", "en", Seen()) == line


@pytest.mark.parametrize("text", [case[2] for case in cases()], ids=[case[0] for case in cases()])
def test_the_dutch_line_is_another_one(text: str) -> None:
    line = explain(text, "", "nl", Seen())
    assert line != explain(text, "", "en", Seen())
    assert re.search(r"opnieuw\b|net niet", line)
    assert "{" not in line


def text_of(name: str) -> str:
    """Return the text of a case."""
    return next(text for known, _, text in cases() if known == name)


@pytest.mark.parametrize(
    ("reached", "says"),
    [
        ("open", "Mirror.example"),
        ("refused", "refuses connections on port 9"),
        ("no_route", "has no network"),
        ("no_names", "nothing tells the address"),
        ("no_such_name", "says the name service"),
        ("no_answer", "The network does not answer: 127.0.0.1 cannot be reached on port 9"),
    ],
)
def test_that_the_network_does_not_answer_is_said_when_it_does_not(reached: str, says: str) -> None:
    seen = Seen(reached)
    line = explain(text_of("Debian 13, proxy-refused"), "", "en", seen)
    assert seen.tried == [("127.0.0.1", 9)]
    if reached == "open":
        assert line == "127.0.0.1 could not be used a moment ago, and answers now: run ./setup again."
    else:
        assert says in line
    assert ("does not answer" in line) == (reached in {"no_names", "no_answer"})


def test_a_proxy_that_is_away_is_looked_for_where_proxies_are_set() -> None:
    line = explain(text_of("Debian 13, proxy-refused"), "", "en", Seen("refused", proxy="http://127.0.0.1:9"))
    assert "http_proxy" in line
    assert "sources.list" not in line


def test_what_goes_through_a_proxy_is_tried_at_the_proxy() -> None:
    seen = Seen("refused", proxy="anna:secret@127.0.0.1:3128")
    line = explain(text_of("Debian 13, uv-proxyrefused"), "", "en", seen)
    assert seen.tried == [("127.0.0.1", 3128)]
    assert "secret" not in line


def test_a_package_that_is_nowhere_is_blamed_on_what_update_said() -> None:
    missing, update = text_of("Debian 13, noupdate-network"), text_of("Debian 13, proxy-nohost")
    assert "proxy.invalid" in explain(missing, update, "en", Seen())
    assert "has the package curl" in explain(
        missing, "Hit:1 http://mirror.example/debian trixie InRelease\n", "en", Seen()
    )


STALE = "E: The repository 'https://dl.example.com/linux trixie Release' does not have a Release file.\n"


@pytest.mark.parametrize(
    "update", [STALE, f"Err:1 https://dl.example.com/linux trixie Release\n  404  Not Found\n{STALE}"]
)
def test_a_source_that_never_had_a_package_is_not_blamed_for_it(update: str) -> None:
    line = explain("E: Unable to locate package docker.io\n", update, "en", Seen())
    assert line.startswith("None of the sources of apt on this machine has the package docker.io. Put those of your")
    assert line.endswith("Apart from that, https://dl.example.com/linux cannot be used.")


def test_of_two_sources_that_failed_the_one_that_can_have_a_package_is_blamed() -> None:
    update = f"{STALE}E: The repository 'http://mirror.example/debian bogus Release' does not have a Release file.\n"
    line = explain("E: Unable to locate package docker.io\n", update, "en", Seen())
    assert line.startswith("There is no bogus at http://mirror.example/debian")


def test_a_package_of_dockers_own_is_looked_for_at_docker() -> None:
    update = STALE.replace("dl.example.com", "download.docker.com")
    line = explain("E: Unable to locate package docker-compose-plugin\n", update, "en", Seen())
    assert line.startswith("There is no trixie at https://download.docker.com/linux")


def test_the_file_of_a_command_that_apt_runs_is_named_when_it_was_seen() -> None:
    line = explain("E: Problem executing scripts DPkg::Post-Invoke 'exit 3'\n", "", "en", Seen())
    assert "exit 3 (DPkg::Post-Invoke in /etc/apt/apt.conf.d/99x)" in line


def test_what_update_said_counts_for_nothing_else() -> None:
    update = text_of("Debian 13, proxy-nohost")
    assert explain(text_of("Debian 13, held"), update, "en", Seen()) == explain(
        text_of("Debian 13, held"), "", "en", Seen()
    )


@pytest.mark.parametrize(
    ("ahead", "name", "says"),
    [
        (-3 * 86400.0 - 60, "clock -3d", "is 3 days behind that of mirror.example"),
        (0.0, "clock -3d", "from the future, by 3 days or more"),
        (400 * 86400.0, "clock +400d", "is 400 days ahead of that of mirror.example"),
        (2.0, "clock +400d", "that mirror is not kept up"),
        (None, "clock +400d", "If that is not the time: set it as root"),
    ],
)
def test_a_clock_is_called_wrong_when_another_says_so(ahead: float | None, name: str, says: str) -> None:
    assert says in explain(text_of(f"Debian 13, {name}"), "", "en", Seen(ahead=ahead))


def test_apts_own_word_on_a_release_that_is_not_valid_yet() -> None:
    said = (
        "E: Release file for http://mirror.example/debian/dists/trixie/InRelease is not valid yet "
        "(invalid for another 1d 2h 3min 4s). Updates for this repository will not be applied."
    )
    assert "loopt 26 uur achter" in explain(said, "", "nl", Seen(ahead=-26 * 3600.0))
    assert "by 26 hours or more" in explain(said, "", "en", Seen())


def test_what_nobody_knows_is_said_in_the_programs_own_words() -> None:
    assert find("E: Some new error\n") is None
    assert explain("a\nE: Some new error\nb\n", "", "nl", Seen()) == "E: Some new error"
    assert explain("one\n\ntwo\n  \n", "", "en", Seen()) == "two"
    assert explain("", "", "en", Seen()) == ""


def test_a_message_of_ours_stays_as_it_is() -> None:
    said = "Port 5000 of 127.0.0.1 is taken by process 12 (x): connection refused; timed out; cannot resolve that"
    assert explain(said, "", "en", Seen()) == said


def test_a_password_in_an_address_is_not_told() -> None:
    said = "E: Failed to fetch http://anna:geheim@mirror.example/x.deb  403  Forbidden [IP: 10.0.0.1 80]"
    line = explain(said, "", "en", Seen())
    assert line.startswith("mirror.example cannot be used: 10.0.0.1 answers 403 Forbidden.")
    assert explain("oops http://anna:geheim@mirror.example/x", "", "en", Seen()) == "oops http://mirror.example/x"


@pytest.mark.parametrize(("seconds", "said"), [(86400 * 3, "3 dagen"), (7200, "2 uur"), (150, "2 minuten"), (5, "5 s")])
def test_a_time_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    assert span(seconds, "nl") == said


def test_each_row_is_shown_by_a_real_text() -> None:
    shown = {found[0].key for _, _, text in cases() if (found := find(text))}
    # Not provoked: they need a disk quota, and an apt that does not say who holds its lock.
    assert {row.key for row in REASONS} - shown == {"quota", "locked"}


def test_the_two_languages_use_the_same_parts() -> None:
    def parts(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for english, dutch in [*((row.en, row.nl) for row in REASONS), *SEEN.values(), *WORDS.values()]:
        assert parts(english) == parts(dutch)


def test_it_runs_alone(tmp_path: Path) -> None:
    said = tmp_path / "said"
    said.write_text("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'\n", encoding="utf-8")
    (tmp_path / "earlier").touch()
    command = [
        sys.executable,
        "-E",
        "-s",
        "-B",
        str(ROOT / "tools" / "reasons.py"),
        "nl",
        str(said),
        str(tmp_path / "earlier"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    assert (
        done.stdout
        == "Hier is een installatie afgebroken. Als root: dpkg --configure -a; draai daarna ./setup opnieuw.\n"
    )
