"""The catalogue: every `labs/<id>/lab.yml` as data.

Reading is quick and lenient; only when something does not fit is the schema asked for
the line and the reason (see `steiger.lint`).
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.text import Text
from steiger.values import KINDS, ValueSpec

# What a lab may need of a machine's kernel or engine; `steiger.machine` knows how to find out.
CAPABILITIES = ("cgroup2", "cpu-limits", "memory-limits", "systemd", "kvm", "userns", "overlay2")

_MIN_OPTIONS = 2


@dataclass(frozen=True)
class Finding:
    """One way in which a check fails: what was seen, and what helps."""

    says: Text
    hint: Text


@dataclass(frozen=True)
class Task:
    """One task of a lab, checked by the function of the same name in checks.py.

    `seconds` is how long its check may take; 0 is what any check may.
    """

    id: str
    points: int
    title: Text
    findings: Mapping[str, Finding]
    seconds: int = 0


@dataclass(frozen=True)
class Needs:
    """What a machine must have before a lab starts."""

    images: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Owns:
    """Patterns of what reset and finish may remove, among things made since start."""

    containers: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """A known wrong answer: which task fails with which finding, and for which drawn choices."""

    fails: Mapping[str, str]
    when: Mapping[str, str]

    def fits(self, values: Mapping[str, str]) -> bool:
        """Whether it is a wrong answer for a student with these values."""
        return all(values[name] == option for name, option in self.when.items())


@dataclass(frozen=True)
class Lab:
    """One lab: its folder and what lab.yml says."""

    folder: Path
    id: str
    order: int
    level: int
    minutes: int
    title: Text
    summary: Text
    objectives: tuple[Text, ...]
    requires: tuple[str, ...]
    needs: Needs
    owns: Owns
    values: Mapping[str, ValueSpec]
    tasks: tuple[Task, ...]
    attempts: Mapping[str, Attempt]

    @property
    def points(self) -> int:
        """The points of all tasks together."""
        return sum(task.points for task in self.tasks)

    def task(self, task_id: str) -> Task:
        """Return the task of this id.

        Raises:
            SteigerError: there is none; the message names the nearest.
        """
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise SteigerError(
            _("{lab} has no task '{task}'{near}").format(
                lab=self.id, task=task_id, near=near(task_id, [t.id for t in self.tasks])
            )
        )

    def solutions(self) -> list[Path]:
        """Return the right solutions, solution.sh first."""
        return sorted(self.folder.glob("solution*.sh"), key=lambda p: (p.name != "solution.sh", p))

    def guide(self, language: str) -> Path:
        """Return the path of the guide in "nl" or "en"."""
        return self.folder / f"guide.{language}.md"


def near(word: str, words: list[str]) -> str:
    """Return "; did you mean X?" for the word most like this one, or an end to the sentence."""
    match = difflib.get_close_matches(word, words, 1, 0.5)
    if match:
        return _("; did you mean '{word}'?").format(word=match[0])
    return _("; there is: {words}").format(words=", ".join(words))


def load_all(catalogue: Path) -> list[Lab]:
    """Return every lab in the order of the course.

    Raises:
        SteigerError: the folder is missing, or a lab.yml is broken.
    """
    if not catalogue.is_dir():
        raise SteigerError(_("{path}: no folder of labs there").format(path=catalogue))
    labs = [load(path.parent) for path in catalogue.glob("*/lab.yml")]
    return sorted(labs, key=lambda lab: (lab.order, lab.id))


def load_one(catalogue: Path, lab_id: str) -> Lab:
    """Return the lab of this id; only its own lab.yml is read.

    Raises:
        SteigerError: there is none (the nearest is named), or its lab.yml is broken.
    """
    ids = sorted(path.parent.name for path in catalogue.glob("*/lab.yml"))
    if lab_id not in ids:
        raise SteigerError(_("no lab '{lab}'{near}").format(lab=lab_id, near=near(lab_id, ids)))
    return load(catalogue / lab_id)


def load(folder: Path) -> Lab:
    """Return the lab in this folder.

    Raises:
        SteigerError: file, line and what is wrong.
    """
    import yaml  # noqa: PLC0415 - where checks are delivered to there is none

    path = folder / "lab.yml"
    # libyaml is ten times as fast; the wheels have it, a build from source may not.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return from_data(folder, yaml.load(path.read_text(encoding="utf-8"), loader))  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError) as error:
        raise SteigerError(f"{path}: {error}") from error
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        from steiger.lint import explain  # noqa: PLC0415 - slow to import, needed when broken

        raise SteigerError(explain(path, error)) from error


def from_data(folder: Path, data: dict[str, Any]) -> Lab:
    """Return what a lab.yml holds as a lab.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: something does not fit.
    """
    if _is(str, data["id"]) != folder.name:
        raise ValueError(f"id is '{data['id']}', the folder is '{folder.name}'")
    values = {name: _value(name, spec) for name, spec in (data.get("values") or {}).items()}
    return Lab(
        folder=folder,
        id=data["id"],
        order=_is(int, data["order"]),
        level=_is(int, data["level"]),
        minutes=_is(int, data["minutes"]),
        title=_text(data["title"]),
        summary=_text(data["summary"]),
        objectives=tuple(_text(text) for text in _is(list, data["objectives"])),
        requires=_words(data.get("requires") or []),
        needs=_needs(data.get("needs") or {}, values),
        owns=Owns(**{kind: _words(names) for kind, names in (data.get("owns") or {}).items()}),
        values=values,
        tasks=tuple(_task(task) for task in _is(list, data["tasks"])),
        attempts={name: _attempt(attempt) for name, attempt in (data.get("attempts") or {}).items()},
    )


def _attempt(data: dict[str, Any]) -> Attempt:
    fails, when = ({name: _is(str, word) for name, word in (data.get(key) or {}).items()} for key in ("fails", "when"))
    return Attempt(fails, when)


def _task(data: dict[str, Any]) -> Task:
    return Task(
        id=_is(str, data["id"]),
        points=_is(int, data["points"]),
        title=_text(data["title"]),
        findings={
            name: Finding(_text(finding["says"]), _text(finding["hint"])) for name, finding in data["findings"].items()
        },
        seconds=_is(int, data.get("seconds", 0)),
    )


def _needs(data: dict[str, Any], values: Mapping[str, ValueSpec]) -> Needs:
    needs = Needs(**{kind: _words(names) for kind, names in data.items()})
    for name in needs.ports:
        if name not in values or values[name].kind != "port":
            raise ValueError(f"needs.ports names '{name}', which is no value of kind port")
    if unknown := set(needs.capabilities) - set(CAPABILITIES):
        raise ValueError(f"needs.capabilities: {', '.join(sorted(unknown))}")
    return needs


def _value(name: str, data: dict[str, Any]) -> ValueSpec:
    spec = ValueSpec(**{**data, "of": _words(data.get("of") or [])})
    if spec.kind not in KINDS:
        raise ValueError(f"values.{name}: kind")
    if spec.kind == "number" and _is(int, spec.min) >= _is(int, spec.max):
        raise ValueError(f"values.{name}: max must be more than min")
    if spec.kind == "choice" and len(set(spec.of)) < _MIN_OPTIONS:
        raise ValueError(f"values.{name}: a choice is of two options or more")
    _is(str, spec.prefix)
    return spec


def _text(data: dict[str, Any]) -> Text:
    text = Text(**data)
    _words([text.nl, text.en])
    return text


def _words(data: Any) -> tuple[str, ...]:
    return tuple(_is(str, word) for word in _is(list, data))


def _is(kind: type, thing: Any) -> Any:
    # A bool is an int to Python, not to an author.
    if type(thing) is not kind:
        raise TypeError(f"{thing!r} is no {kind.__name__}")
    return thing
