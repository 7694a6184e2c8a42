"""Text that labs and machines bring: localised, filled in, and made harmless.

What comes from a student's machine is data: it is put into our sentences by plain
replacement, once, and never read as a template.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from steiger.errors import SteigerError

SEEN_LIMIT = 120
_VALUE = re.compile(r"<<([a-z][a-z0-9_]*)>>")
_SEEN = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# Control characters, those that turn or hide text, and halves of characters, which cannot be printed.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\U000e0000-\U000e007f]+"
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]+[0-~]|[@-_])")


@dataclass(frozen=True)
class Text:
    """The same text in Dutch and in English."""

    nl: str
    en: str

    def in_(self, language: str) -> str:
        """Return the text in "nl" or "en"."""
        return self.nl if language == "nl" else self.en


def fill_values(template: str, values: Mapping[str, str], where: str) -> str:
    """Replace every `<<name>>` with the student's value.

    Raises:
        SteigerError: a name that the lab does not define; `where` names the file.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise SteigerError(f"{where}: <<{name}>> is no value of this lab")
        return values[name]

    return _VALUE.sub(value, template)


def value_names(template: str) -> set[str]:
    """Return the names of the values that a text uses as `<<name>>`."""
    return set(_VALUE.findall(template))


def seen_names(template: str) -> set[str]:
    """Return the names of what a check saw that a text uses as `{name}`."""
    return set(_SEEN.findall(template))


def fill_seen(template: str, seen: Mapping[str, str]) -> str:
    """Replace every `{name}` by what the check saw; an unknown name stays as it is."""
    return _SEEN.sub(lambda match: seen.get(match[1], match[0]), template)


def harmless(thing: object, limit: int = SEEN_LIMIT) -> str:
    """Return one printable line of at most `limit` characters for anything a check saw.

    Lists are joined with commas, nothing becomes a dash; escape sequences, control and
    direction characters go, so that a student's text cannot draw on a terminal.
    """
    if isinstance(thing, str):
        line = thing
    elif isinstance(thing, bytes):
        line = thing.decode(errors="replace")
    elif isinstance(thing, (list, tuple, set, frozenset)):
        parts = sorted(thing, key=str) if isinstance(thing, (set, frozenset)) else thing
        line = ", ".join(str(part) for part in parts)
    else:
        line = "" if thing is None else str(thing)
    line = _CONTROL.sub(" ", _ANSI.sub("", line)).strip()
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    return line or "–"
