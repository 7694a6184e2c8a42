"""Read the part of the Dockerfile language that Steiger's image recipes use."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field

FILES = ("ADD", "COPY", "RUN", "WORKDIR")
SETTINGS = ("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME")


class RecipeError(Exception):
    """A recipe that cannot be read or built; the message is for the author."""


@dataclass(frozen=True)
class Step:
    """One instruction: its name, its text, its `--name=value` options and its words."""

    name: str
    text: str
    options: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stage:
    """One `FROM`: the image or stage that it starts from, its own name ("" for none) and its steps."""

    base: str
    name: str
    steps: list[Step]


def logical_lines(text: str) -> list[tuple[int, str]]:
    """Return the instructions with the number of their first line; comments and empty lines are left out."""
    lines: list[tuple[int, str]] = []
    start, pending = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = start if pending else number
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1].rstrip() + " "
            continue
        lines.append((start, pending))
        pending = ""
    if pending:
        lines.append((start, pending.strip()))
    return lines


def exec_form(text: str) -> list[str] | None:
    """Return the words of `["a", "b"]`, None when the text is no such list."""
    if not text.startswith("["):
        return None
    try:
        words = json.loads(text)
    except ValueError:
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def pairs(text: str) -> dict[str, str]:
    """Return the settings of `ENV` and `LABEL`: `a=b c="d e"`, or the old `a b`."""
    words = shlex.split(text)
    if words and "=" not in words[0]:
        return {words[0]: text.split(None, 1)[1].strip() if len(words) > 1 else ""}
    return dict(word.split("=", 1) for word in words)


def read_step(name: str, text: str) -> Step:
    """Return one step; raise RecipeError or ValueError when it cannot be read."""
    if name not in FILES + SETTINGS:
        raise RecipeError(f"{name} is not known to Steiger's builder")
    options: dict[str, str] = {}
    while text.startswith("--"):
        option, _, text = text.partition(" ")
        key, _, value = option[2:].partition("=")
        options[key] = value
        text = text.lstrip()
    if name in ("ADD", "COPY"):
        words = exec_form(text) or shlex.split(text)
        if len(words) < 2 or set(options) - {"from", "chmod"}:
            raise RecipeError(f"{name} takes --from, --chmod, a source and a target")
        return Step(name, text, options, words)
    if options:
        raise RecipeError(f"{name} takes no options here")
    if name in ("CMD", "ENTRYPOINT", "RUN"):
        return Step(name, text, words=exec_form(text) or ["/bin/sh", "-c", text])
    if name in ("EXPOSE", "VOLUME"):
        return Step(name, text, words=exec_form(text) or text.split())
    if name in ("ENV", "LABEL"):
        return Step(name, text, options=pairs(text))
    return Step(name, text, words=[text])


def read(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile.

    Raises RecipeError with the line when an instruction is unknown or broken.
    """
    stages: list[Stage] = []
    for number, line in logical_lines(text):
        name, _, rest = line.partition(" ")
        name, rest = name.upper(), rest.strip()
        try:
            if name == "FROM":
                words = rest.split()
                if len(words) not in (1, 3):
                    raise RecipeError("FROM takes an image and, if need be, AS and a name")
                stages.append(Stage(words[0], words[2] if len(words) == 3 else "", []))
            elif not stages:
                raise RecipeError("the first instruction must be FROM")
            else:
                stages[-1].steps.append(read_step(name, rest))
        except (RecipeError, ValueError) as error:
            raise RecipeError(f"Dockerfile line {number}: {error}") from None
    if not stages:
        raise RecipeError("Dockerfile: there is no FROM")
    return stages


def bases(stages: list[Stage]) -> set[str]:
    """Return the images that a recipe builds on, its own stages and `scratch` left out."""
    own = {stage.name for stage in stages if stage.name} | {"scratch"}
    used = {stage.base for stage in stages}
    used |= {step.options["from"] for stage in stages for step in stage.steps if "from" in step.options}
    return used - own


def alias(stages: list[Stage]) -> str:
    """Return the image that a recipe of one bare `FROM` is another name of, "" for any other recipe."""
    return stages[0].base if len(stages) == 1 and not stages[0].steps and stages[0].base != "scratch" else ""
