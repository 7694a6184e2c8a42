"""Per-student values: the same seed gives the same values, on any machine.

A class derives each student's seed from its secret, so that the instructor can derive
the values again; without a class the seed is random. A copied answer is a wrong answer.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KINDS = ("name", "port", "code", "number", "choice")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_WORD_LENGTH = 5
_CODE_LENGTH = 10
PORTS = range(20000, 30000)
_SEED_ROW = 500


@dataclass(frozen=True)
class ValueSpec:
    """How one value of a lab is made; min and max are for numbers, inclusive, `of` for choices."""

    kind: str
    prefix: str = ""
    min: int = 0
    max: int = 0
    of: tuple[str, ...] = ()


def student_seed(class_secret: str, student: str) -> str:
    """Return the seed (hex) of a student in a class."""
    return hmac.new(class_secret.encode(), student.encode(), hashlib.sha256).hexdigest()


def derive(specs: Mapping[str, ValueSpec], lab_id: str, seed: str) -> dict[str, str]:
    """Return the values of one lab for one seed; ports differ from each other."""
    values: dict[str, str] = {}
    used: set[int] = set()
    for name, spec in specs.items():
        digest = hmac.new(seed.encode(), f"{lab_id}/{name}".encode(), hashlib.sha256)
        number = int.from_bytes(digest.digest()[:12], "big")
        if spec.kind == "name":
            values[name] = f"{spec.prefix or name}-{_word(number)}"
        elif spec.kind == "code":
            values[name] = digest.hexdigest()[-_CODE_LENGTH:]
        elif spec.kind == "port":
            port = _free(PORTS[number % len(PORTS)], used)
            used.add(port)
            values[name] = str(port)
        elif spec.kind == "choice":
            values[name] = spec.of[number % len(spec.of)]
        else:
            values[name] = str(spec.min + number % (spec.max - spec.min + 1))
    return values


def derive_other(specs: Mapping[str, ValueSpec], lab_id: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of some other student, each but the choices unlike this student's."""
    attempt = 0
    unlike = [name for name, spec in specs.items() if spec.kind != "choice"]
    others = derive(specs, lab_id, f"other-{attempt}")
    while any(others[name] == values[name] for name in unlike):
        attempt += 1
        others = derive(specs, lab_id, f"other-{attempt}")
    return others


def covering_seeds(specs: Mapping[str, ValueSpec], lab_id: str, first: str) -> list[str]:
    """Return few seeds, `first` among them, that together draw every option of every choice.

    Greedy: each next seed is the one of a fixed row that draws most of what is still missing.
    """
    choices = {name: spec for name, spec in specs.items() if spec.kind == "choice"}
    missing = {(name, option) for name, spec in choices.items() for option in spec.of}
    seeds = [first]
    missing -= set(derive(choices, lab_id, first).items())
    row = [f"proof-{number}" for number in range(_SEED_ROW)] if missing else []
    drawn = {seed: set(derive(choices, lab_id, seed).items()) for seed in row}
    while missing:
        best = max(row, key=lambda seed: len(drawn[seed] & missing))
        if not drawn[best] & missing:
            raise ValueError(f"{lab_id}: no seed draws {sorted(missing)}")
        seeds.append(best)
        missing -= drawn[best]
    return seeds


def environment(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the values as environment variables: web -> LAB_WEB."""
    return {f"{prefix}_{name.upper()}": value for name, value in values.items()}


def _word(number: int) -> str:
    word = ""
    for _ in range(_WORD_LENGTH):
        number, index = divmod(number, len(_LETTERS))
        word += _LETTERS[index]
    return word


def _free(port: int, used: Iterable[int]) -> int:
    while port in used:
        port = port + 1 if port + 1 in PORTS else PORTS.start
    return port
