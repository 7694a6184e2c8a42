"""What is wrong with a lab's folder: every fault is found, alone, and said in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from tests.unit.steiger.conftest import ROOT

from steiger import lint
from steiger.lint import problems

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LABS = sorted(path.parent.name for path in (ROOT / "labs").glob("*/lab.yml"))


def test_the_template_is_a_good_lab(lab_folder: Path) -> None:
    assert problems(lab_folder) == []


@pytest.mark.parametrize("lab_id", LABS)
def test_our_labs_are_good(lab_id: str) -> None:
    assert problems(ROOT / "labs" / lab_id) == []


def _task(data: dict[str, Any]) -> dict[str, Any]:
    task: dict[str, Any] = data["tasks"][0]
    return task


DATA: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no title": (lambda d: d.pop("title"), "lab.yml, line 1: the file: 'title' is a required property"),
    "no tasks": (lambda d: d.update(tasks=[]), "tasks: [] should be non-empty"),
    "an unknown key": (
        lambda d: d.update(titel="x"),
        "the file: Additional properties are not allowed ('titel' was unexpected)",
    ),
    "one language": (lambda d: d["title"].pop("nl"), "title: 'nl' is a required property"),
    "a third language": (
        lambda d: d["title"].update(de="x"),
        "title: Additional properties are not allowed ('de' was unexpected)",
    ),
    "an empty text": (lambda d: d["title"].update(nl=""), "title.nl: '' should be non-empty"),
    "an id with capitals": (lambda d: d.update(id="Pier"), "id: 'Pier' does not match"),
    "level 4": (lambda d: d.update(level=4), "level: 4 is greater than the maximum of 3"),
    "minutes in words": (lambda d: d.update(minutes="ten"), "minutes: 'ten' is not of type 'integer'"),
    "no points": (lambda d: _task(d).pop("points"), "tasks.0: 'points' is a required property"),
    "no findings": (lambda d: _task(d).update(findings={}), "tasks.0.findings: {} should be non-empty"),
    "no hint": (
        lambda d: _task(d)["findings"]["absent"].pop("hint"),
        "tasks.0.findings.absent: 'hint' is a required property",
    ),
    "an unknown kind of value": (
        lambda d: d["values"]["box"].update(kind="word"),
        "values.box.kind: 'word' is not one of",
    ),
    "a number without an end": (
        lambda d: d["values"].update(n={"kind": "number", "min": 3}),
        "values.n: 'max' is a required property",
    ),
    "a number with one choice": (
        lambda d: d["values"].update(n={"kind": "number", "min": 3, "max": 3}),
        "values.n: max must be more than min",
    ),
    "an unknown capability": (
        lambda d: d["needs"].update(capabilities=["gpu"]),
        "needs.capabilities.0: 'gpu' is not one of",
    ),
    "a port that is no value": (
        lambda d: d["needs"].update(ports=["port"]),
        "needs.ports names 'port', which is no value of kind port",
    ),
    "a port that is a name": (
        lambda d: d["needs"].update(ports=["box"]),
        "needs.ports names 'box', which is no value of kind port",
    ),
    "another id": (lambda d: d.update(id="quay"), "lab.yml: id is 'quay', the folder is 'pier'"),
    "a reserved value": (
        lambda d: d["values"].update(registry={"kind": "code"}),
        "pier: the value 'registry' is given by Steiger; choose another name",
    ),
    "an unknown value in a hint": (
        lambda d: _task(d)["findings"]["absent"]["hint"].update(nl="<<prot>>"),
        "pier: named.absent.hint: <<prot>> is no value of this lab",
    ),
    "languages that see other things": (
        lambda d: _task(d)["findings"]["absent"]["says"].update(en="no {name}"),
        "pier: named.absent.says: nl and en do not name the same things",
    ),
    "an unknown value in owns": (
        lambda d: d["owns"].update(volumes=["<<vol>>"]),
        "pier: owns: <<vol>> is no value of this lab",
    ),
    "owning everything": (lambda d: d["owns"].update(volumes=["**"]), "pier: owns: '**' would own everything"),
    "an attempt without a script": (
        lambda d: d["attempts"].update(ghost={"fails": {"named": "absent"}}),
        "pier: attempts/ghost.sh is missing",
    ),
    "an attempt at no task": (
        lambda d: d["attempts"]["other-name"]["fails"].update(nmaed="absent"),
        "pier: attempt other-name names the task 'nmaed', which is not there",
    ),
    "an attempt with no such finding": (
        lambda d: d["attempts"]["other-name"].update(fails={"named": "gone"}),
        "pier: attempt other-name: 'named' has no finding 'gone'",
    ),
    "an attempt for a draw that is not there": (
        lambda d: d["attempts"]["other-name"].update(when={"box": "blue"}),
        "pier: attempt other-name: when: no choice 'box' of this lab draws 'blue'",
    ),
    "a choice without a choice": (
        lambda d: d["values"].update(fault={"kind": "choice", "of": ["mast"]}),
        "values.fault.of: ['mast'] is too short",
    ),
    "owned processes of anyone": (
        lambda d: d["owns"].update(processes=["python3 *"]),
        "owns.processes.0: 'python3 *' does not match",
    ),
    "owned processes of any program": (
        lambda d: d["owns"].update(processes=["*<<box>>*"]),
        "owns.processes.0: '*<<box>>*' does not match",
    ),
    "owned processes of a value that is not there": (
        lambda d: d["owns"].update(processes=["sleep <<rope>>"]),
        "owns: <<rope>> is no value of this lab",
    ),
    "a lab that is not there": (
        lambda d: d["requires"].append("quay"),
        "pier: requires names 'quay', which is no other lab",
    ),
    "a lab that waits for itself": (
        lambda d: d["requires"].append("pier"),
        "requires names 'pier', which is no other lab",
    ),
    "an attempt that fails nowhere": (
        lambda d: d["attempts"]["other-name"].update(fails={}),
        "attempts.other-name.fails: {} should be non-empty",
    ),
}


@pytest.mark.parametrize("case", DATA)
def test_each_fault_in_lab_yml_is_said_alone(case: str, change: Callable[..., Path]) -> None:
    mutate, message = DATA[case]
    found = problems(change(mutate))
    assert len(found) == 1, found
    assert message in found[0]
    assert "\n" not in found[0]


def test_two_tasks_of_one_name(change: Callable[..., Path]) -> None:
    assert problems(change(lambda d: d["tasks"].append(_task(d))))[0] == "pier: two tasks are called 'named'"


def test_too_few_attempts_are_counted(change: Callable[..., Path]) -> None:
    folder = change(lambda d: d["attempts"].pop("other-name"))
    (folder / "attempts" / "other-name.sh").unlink()
    assert problems(folder) == ["pier: 'named' has 1 wrong attempts, at least 2 are needed"]


def _edit(name: str, old: str, new: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        source = (folder / name).read_text(encoding="utf-8")
        assert old in source
        (folder / name).write_text(source.replace(old, new), encoding="utf-8")

    return edit


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no Dutch guide": (lambda f: (f / "guide.nl.md").unlink(), "guide.nl.md: missing"),
    "no English guide": (lambda f: (f / "guide.en.md").unlink(), "guide.en.md: missing"),
    "a guide in Latin-1": (lambda f: (f / "guide.nl.md").write_bytes(b"\xe9\xe9n"), "guide.nl.md: is no UTF-8"),
    "a guide with an unknown value": (
        _edit("guide.nl.md", "<<box>>", "<<bxo>>"),
        "guide.nl.md: <<bxo>> is no value of this lab",
    ),
    "a guide with another heading": (
        _edit("guide.en.md", "## Task 1 · A container", "## Task 1 · Some container"),
        "guide.en.md: the headings are not the tasks' titles in order, from 'Task 1 · A container with a name' on",
    ),
    "a guide with a task too many": (
        _edit("guide.nl.md", "## Verder", "## Taak 2 · Nog iets\n\n## Verder"),
        "guide.nl.md: the headings are not the tasks' titles in order",
    ),
    "a guide without the task": (
        _edit("guide.nl.md", "## Taak 1", "## Oefening 1"),
        "guide.nl.md: the headings are not",
    ),
    "a guide that counts wrongly": (
        _edit("guide.nl.md", "## Taak 1", "## Taak 2"),
        "guide.nl.md: the headings are not",
    ),
    "no checks": (lambda f: (f / "checks.py").unlink(), "checks.py: missing"),
    "checks that do not parse": (_edit("checks.py", "def named(", "def named("[:-1] + "[("), "checks.py, line 6: "),
    "checks with a null byte": (lambda f: (f / "checks.py").write_bytes(b"x = 1\0"), "checks.py"),
    "checks in Latin-1": (lambda f: (f / "checks.py").write_bytes(b"# \xe9\n"), "checks.py: is no UTF-8"),
    "no function for a task": (
        _edit("checks.py", "def named(", "def _named("),
        "checks.py: no function for the task 'named'",
    ),
    "a function for no task": (
        _edit("checks.py", "def named(", "def other() -> None: ...\n\n\ndef named("),
        "checks.py: 'other' checks no task",
    ),
    "one solution": (lambda f: (f / "solution-create.sh").unlink(), "pier: needs solution.sh and at least one other"),
    "no solution.sh": (
        lambda f: (f / "solution.sh").rename(f / "solution-b.sh"),
        "pier: needs solution.sh and at least one other",
    ),
    "an attempt that lab.yml does not name": (
        lambda f: (f / "attempts" / "extra.sh").touch(),
        "pier: lab.yml does not name attempts/extra.sh",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_each_fault_in_the_folder_is_said_alone(case: str, lab_folder: Path) -> None:
    mutate, message = FILES[case]
    mutate(lab_folder)
    found = problems(lab_folder)
    assert len(found) == 1, found
    assert message in found[0]
    assert "\n" not in found[0]


def test_a_folder_without_lab_yml(tmp_path: Path) -> None:
    (found,) = problems(tmp_path)
    assert found.startswith(f"{tmp_path}/lab.yml")
    assert "No such file" in found


def test_the_line_is_that_of_the_fault(lab_folder: Path) -> None:
    path = lab_folder / "lab.yml"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(index for index, line in enumerate(lines) if "other-name:" in line)
    lines[number] = "  other-name: {fails: [named]}"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert problems(lab_folder) == [
        f"{path}, line {number + 1}: attempts.other-name.fails: ['named'] is not of type 'object'"
    ]


def test_the_line_of_something_in_a_list(lab_folder: Path) -> None:
    path = lab_folder / "lab.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("tools: [docker]", "tools:\n  - docker\n  - 7"), encoding="utf-8"
    )
    number = path.read_text(encoding="utf-8").splitlines().index("  - 7") + 1
    assert problems(lab_folder) == [f"{path}, line {number}: needs.tools.1: 7 is not of type 'string'"]


def test_a_key_written_twice_is_a_fault(lab_folder: Path) -> None:
    """YAML's last one wins silently: a finding, or half the attempts, would be lost."""
    path = lab_folder / "lab.yml"
    source = path.read_text(encoding="utf-8") + "level: 2\n"
    path.write_text(source, encoding="utf-8")
    assert problems(lab_folder) == [f"{path}, line {len(source.splitlines())}: 'level' stands here twice"]


def test_all_faults_of_the_schema_are_told(change: Callable[..., Path]) -> None:
    found = problems(change(lambda d: d.update(level=9, minutes=1)))
    assert [fault.partition(": ")[2].partition(":")[0] for fault in found] == ["level", "minutes"]


def test_the_schema_is_a_schema_and_closed() -> None:
    """Every object says which keys it may have: a misspelt key is a fault everywhere."""
    schema = json.loads(lint.SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    def objects(node: object) -> list[dict[str, Any]]:
        if isinstance(node, list):
            return [each for item in node for each in objects(item)]
        if not isinstance(node, dict):
            return []
        found = [node] if node.get("type") == "object" else []
        return found + [each for item in node.values() for each in objects(item)]

    found = objects(schema)
    assert len(found) > 8
    assert all("additionalProperties" in each for each in found)


def test_the_schema_knows_what_the_code_knows() -> None:
    from steiger.catalogue import CAPABILITIES  # noqa: PLC0415
    from steiger.values import KINDS  # noqa: PLC0415

    schema = json.loads(lint.SCHEMA.read_text(encoding="utf-8"))
    assert schema["$defs"]["value"]["properties"]["kind"]["enum"] == list(KINDS)
    assert schema["properties"]["needs"]["properties"]["capabilities"]["items"]["enum"] == list(CAPABILITIES)
