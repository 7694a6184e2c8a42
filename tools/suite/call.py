"""What the caller of ./test asks for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from tools.suite.jobs import NEEDS, PARTS, known_words

# What the words after a part name.
WORDS = {"molecule": "scenario", "labs": "lab", "matrix": "row"}


class CallError(Exception):
    """A wrong call; the message says what to do."""


@dataclass(frozen=True)
class Call:
    """The parts to run, the words for the one part that is named, and how far to go."""

    parts: list[str]
    words: list[str] = field(default_factory=list)
    everything: bool = False
    minutes: float = 0.0
    plan: bool = False
    needs: bool = False

    @property
    def whole(self) -> bool:
        """Whether no part was named: what has changed is proven, and a part of the rest."""
        return len(self.parts) > 1


def nearest(word: str, known: list[str]) -> str:
    """Return a sentence that names the known word most like this one, empty when none is."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {found[0]}?" if found else ""


def check_words(part: str, words: list[str]) -> None:
    """Check the words after a part.

    Raises CallError when one names no scenario or no lab.
    """
    known = known_words(part)
    if part == "lint" and words:
        raise CallError("./test lint takes no more words")
    for word in words if known is not None else []:
        if word not in (known or []):
            what = WORDS[part]
            raise CallError(f"There is no {what} {word}.{nearest(word, known or [])} Known: {', '.join(known or [])}")


def minutes(word: str) -> float:
    """Return a number of minutes above 0.

    Raises CallError when it is none.
    """
    try:
        number = float(word)
    except ValueError:
        number = 0.0
    if not 0 < number < 10_000:
        raise CallError(f"--minutes takes a number of minutes, not {word or 'nothing'}")
    return number


def parse(words: list[str]) -> Call:
    """Return what is asked for.

    Raises CallError when a word names nothing.
    """
    options: dict[str, bool | float] = {}
    rest = list(words)
    while rest and rest[0].startswith("--"):
        option = rest.pop(0)
        if option == "--minutes":
            options["minutes"] = minutes(rest.pop(0) if rest else "")
        elif option in ("--all", "--plan", "--needs"):
            options["everything" if option == "--all" else option.removeprefix("--")] = True
        else:
            known = ["--all", "--minutes", "--plan"]
            raise CallError(f"There is no option {option}.{nearest(option, known)} Options: {', '.join(known)}")
    if not rest:
        return Call(list(PARTS), **options)  # type: ignore[arg-type]
    part, *more = rest
    if part not in PARTS:
        raise CallError(f"There is no part {part}.{nearest(part, list(PARTS))} Parts: {', '.join(PARTS)}")
    if options.keys() & {"everything", "minutes"}:
        raise CallError(f"--all and --minutes are for the whole of ./test, not for its part {part}")
    check_words(part, more)
    return Call([part], more, **options)  # type: ignore[arg-type]


def needed(parts: list[str]) -> list[str]:
    """Return what these parts need on this machine beside Python, each once."""
    return sorted({NEEDS[part] for part in parts if part in NEEDS})
