"""What is wrong with a lab's folder, with file and line.

The schema says what lab.yml may hold; the folder must hold what lab.yml names.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from steiger import text
from steiger.catalogue import Lab, load
from steiger.errors import SteigerError
from steiger.i18n import LANGUAGES
from steiger.paths import ROOT

SCHEMA = ROOT / "labs" / "lab.schema.json"
RESERVED_VALUES = ("registry", "folder")
_MIN_ATTEMPTS = 2
_MIN_SOLUTIONS = 2


def explain(path: Path, error: Exception) -> str:
    """Return "file, line N: what is wrong" for a lab.yml that could not be read."""
    if isinstance(error, (OSError, UnicodeDecodeError)):
        return f"{path}: {error}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{path}, line {error.problem_mark.line + 1}: {error.problem or error.context}"
    if isinstance(error, yaml.YAMLError):
        return f"{path}: {' '.join(str(error).split())}"
    problems = list(schema_problems(path))
    return problems[0] if problems else f"{path}: {error}"


def schema_problems(path: Path) -> Iterator[str]:
    """Yield each way in which a lab.yml breaks the schema, with its line."""
    source = path.read_text(encoding="utf-8")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    tree = yaml.compose(source, yaml.SafeLoader)
    yield from (f"{path}, line {line}: '{key}' stands here twice" for key, line in _twice(tree))
    for error in sorted(validator.iter_errors(yaml.safe_load(source)), key=_position):
        best = jsonschema.exceptions.best_match([error]) or error
        where = ".".join(str(part) for part in best.absolute_path) or "the file"
        yield f"{path}, line {_line(tree, list(best.absolute_path))}: {where}: {best.message}"


def problems(folder: Path) -> list[str]:
    """Return all that is wrong with a lab's folder; an empty list is a lab fit for its proof."""
    path = folder / "lab.yml"
    try:
        found = list(schema_problems(path))
        if found:
            return found
        lab = load(folder)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return [explain(path, error)]
    except SteigerError as error:
        return [str(error)]
    return [*_identity(lab), *_requires(lab), *_texts(lab), *_guides(lab), *_checks(lab), *_scripts(lab)]


def _identity(lab: Lab) -> Iterator[str]:
    ids = [task.id for task in lab.tasks]
    yield from (f"{lab.id}: two tasks are called '{i}'" for i in sorted(set(ids)) if ids.count(i) > 1)
    for name in RESERVED_VALUES:
        if name in lab.values:
            yield f"{lab.id}: the value '{name}' is given by Steiger; choose another name"


def _requires(lab: Lab) -> Iterator[str]:
    for name in lab.requires:
        if name == lab.id or not (lab.folder.parent / name / "lab.yml").is_file():
            yield f"{lab.id}: requires names '{name}', which is no other lab"


def _known(lab: Lab) -> set[str]:
    return {*lab.values, *RESERVED_VALUES}


def _texts(lab: Lab) -> Iterator[str]:
    for task in lab.tasks:
        for name, finding in task.findings.items():
            for kind, both in (("says", finding.says), ("hint", finding.hint)):
                where = f"{lab.id}: {task.id}.{name}.{kind}"
                for language in LANGUAGES:
                    unknown = text.value_names(both.in_(language)) - _known(lab)
                    yield from (f"{where}: <<{u}>> is no value of this lab" for u in sorted(unknown))
                if text.seen_names(both.nl) != text.seen_names(both.en):
                    yield f"{where}: nl and en do not name the same things"
    owns = lab.owns
    patterns = [*owns.containers, *owns.volumes, *owns.networks, *owns.images, *owns.processes]
    for pattern in patterns:
        yield from (
            f"{lab.id}: owns: <<{u}>> is no value of this lab" for u in sorted(text.value_names(pattern) - _known(lab))
        )
        if not pattern.strip("*?"):
            yield f"{lab.id}: owns: '{pattern}' would own everything"


def _guides(lab: Lab) -> Iterator[str]:
    for language, word in (("nl", "Taak"), ("en", "Task")):
        path = lab.guide(language)
        try:
            guide = _source(path)
        except SteigerError as error:
            yield str(error)
            continue
        for unknown in sorted(text.value_names(guide) - _known(lab)):
            yield f"{path}: <<{unknown}>> is no value of this lab"
        headings = re.findall(rf"^## ({word} \d+ · .+)$", guide, re.MULTILINE)
        titles = [f"{word} {number} · {task.title.in_(language)}" for number, task in enumerate(lab.tasks, 1)]
        if headings != titles:
            wanted = next((t for t, h in zip(titles, [*headings, *titles], strict=False) if t != h), titles[-1])
            yield f"{path}: the headings are not the tasks' titles in order, from '{wanted}' on"


def _checks(lab: Lab) -> Iterator[str]:
    path = lab.folder / "checks.py"
    try:
        module = ast.parse(_source(path), str(path))
    except SteigerError as error:
        yield str(error)
        return
    except SyntaxError as error:
        yield f"{path}, line {error.lineno}: {error.msg}"
        return
    except ValueError as error:
        yield f"{path}: {error}"
        return
    functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    public = {name for name in functions if not name.startswith("_")}
    tasks = {task.id for task in lab.tasks}
    yield from (f"{path}: no function for the task '{name}'" for name in sorted(tasks - functions))
    yield from (f"{path}: '{name}' checks no task" for name in sorted(public - tasks))


def _scripts(lab: Lab) -> Iterator[str]:
    if len(lab.solutions()) < _MIN_SOLUTIONS or lab.solutions()[0].name != "solution.sh":
        yield f"{lab.folder}: needs solution.sh and at least one other solution-*.sh"
    scripts = {path.stem for path in (lab.folder / "attempts").glob("*.sh")}
    yield from (f"{lab.id}: attempts/{n}.sh is missing" for n in sorted(set(lab.attempts) - scripts))
    yield from (f"{lab.id}: lab.yml does not name attempts/{n}.sh" for n in sorted(scripts - set(lab.attempts)))
    findings = {task.id: task.findings for task in lab.tasks}
    for name, attempt in lab.attempts.items():
        for task, finding in attempt.fails.items():
            if task not in findings:
                yield f"{lab.id}: attempt {name} names the task '{task}', which is not there"
            elif finding not in findings[task]:
                yield f"{lab.id}: attempt {name}: '{task}' has no finding '{finding}'"
        for value, option in attempt.when.items():
            if value not in lab.values or option not in lab.values[value].of:
                yield f"{lab.id}: attempt {name}: when: no choice '{value}' of this lab draws '{option}'"
    for task_id in findings:
        count = sum(task_id in attempt.fails for attempt in lab.attempts.values())
        if count < _MIN_ATTEMPTS:
            yield f"{lab.id}: '{task_id}' has {count} wrong attempts, at least {_MIN_ATTEMPTS} are needed"


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SteigerError(f"{path}: missing") from error
    except UnicodeDecodeError as error:
        raise SteigerError(f"{path}: is no UTF-8") from error


def _twice(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Yield each key that a mapping holds twice, with its line: YAML's last one wins silently."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key.value, key.start_mark.line + 1
                seen.add(key.value)
            yield from _twice(value)


def _position(error: Any) -> tuple[str, ...]:
    return tuple(str(part) for part in error.absolute_path)


def _line(node: yaml.Node | None, path: list[str | int]) -> int:
    """Return the line (from 1) of what a path into the data points at, or of its parent."""
    line = 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if k.value == str(part)]
            if not found:
                return line
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
