"""Two languages, chosen once; every sentence of the source is there in Dutch, with the same holes."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from tests.unit.steiger.conftest import ROOT

from steiger import i18n
from steiger.cli import VERBS

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SOURCES = (ROOT / "src" / "steiger", ROOT / "plugins" / "action")
FOLDER = i18n.LOCALE_DIR / "nl" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def written() -> Catalog:
    """Return the Dutch texts as they are written."""
    with (FOLDER / "steiger.po").open("rb") as file:
        return read_po(file, locale="nl")


def _used() -> set[str]:
    found = [
        each
        for source in SOURCES
        for each in extract_from_dir(source, method_map=[("**.py", "python")], keywords={"_": None})
    ]
    return {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}


def test_every_sentence_of_the_source_is_there_and_no_other(written: Catalog) -> None:
    known = {str(message.id) for message in written if message.id}
    assert len(known) > 60
    assert _used() - known == set(), "not translated"
    assert known - _used() == set(), "no longer used"


def test_every_sentence_is_translated(written: Catalog) -> None:
    assert [message.id for message in written if message.id and (not message.string or message.fuzzy)] == []


def test_the_holes_are_the_same(written: Catalog) -> None:
    def holes(text: object) -> set[str | None]:
        return {name for _text, name, _form, _conversion in string.Formatter().parse(str(text)) if name is not None}

    assert [m.id for m in written if m.id and holes(m.id) != holes(m.string)] == []


def test_commands_and_marks_in_a_sentence_are_the_same(written: Catalog) -> None:
    def commands(text: object) -> set[str]:
        return set(re.findall(rf"\blab (?:{verbs})\b|--[a-z]+|\./setup|sudo \S+", str(text)))

    verbs = "|".join(verb.name for verb in VERBS)
    assert commands("see: lab list --all") == {"--all", "lab list"}
    assert [m.id for m in written if m.id and commands(m.id) - commands(m.string)] == []


def test_what_is_compiled_is_what_is_written(written: Catalog) -> None:
    with (FOLDER / "steiger.mo").open("rb") as file:
        compiled = read_mo(file)
    assert {m.id: m.string for m in compiled if m.id} == {m.id: m.string for m in written if m.id}


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nl_BE"}, "nl"),
        ({"LANG": "nl"}, "nl"),
        ({"LANG": "NL_nl.utf8"}, "nl"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": ""}, "en"),
        ({"LANG": "C.UTF-8", "LC_MESSAGES": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nl_NL.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "nl_NL.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "nl:en"}, "nl"),
        ({"LANG": "nl_NL.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "nl_NL.UTF-8", "LANGUAGE": ""}, "nl"),
    ],
)
def test_the_language_of_the_environment(environment: dict[str, str], language: str) -> None:
    assert i18n.preferred_language(environment) == language


def test_using_a_language() -> None:
    i18n.use("nl")
    assert (i18n.language(), i18n._("the lab")) == ("nl", "het lab")
    i18n.use("en")
    assert (i18n.language(), i18n._("the lab")) == ("en", "the lab")
    assert i18n._("never seen before") == "never seen before"
