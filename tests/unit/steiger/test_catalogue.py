"""The catalogue: labs as data, and one clear line when a lab.yml is broken."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.unit.steiger.conftest import make_lab

from steiger import catalogue, machine, values
from steiger.catalogue import Lab, load, load_all, load_one, near
from steiger.errors import SteigerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("volume", "; did you mean 'volumes'?"),
        ("volums", "; did you mean 'volumes'?"),
        ("contianers", "; did you mean 'containers'?"),
        ("imges", "; did you mean 'images'?"),
        ("zzz", "; there is: containers, images, volumes"),
        ("", "; there is: containers, images, volumes"),
    ],
)
def test_a_misspelt_word_gets_the_nearest(word: str, answer: str) -> None:
    assert near(word, ["containers", "images", "volumes"]) == answer


def test_a_lab_is_read_as_written(lab: Lab, lab_folder: Path) -> None:
    assert (lab.id, lab.folder, lab.order, lab.level, lab.minutes) == ("pier", lab_folder, 900, 1, 15)
    assert lab.title.nl == "Een nieuw lab"
    assert lab.needs.images == ("busybox",)
    assert lab.owns.containers == ("<<box>>*",)
    assert lab.points == 1
    assert list(lab.tasks[0].findings) == ["absent", "stopped"]
    assert lab.attempts["other-name"].fails == {"named": "absent"}
    assert [path.name for path in lab.solutions()] == ["solution.sh", "solution-create.sh"]
    assert lab.guide("nl").name == "guide.nl.md"


def test_solution_sh_is_the_first_solution(lab: Lab) -> None:
    (lab.folder / "solution-a.sh").touch()
    assert [path.name for path in lab.solutions()] == ["solution.sh", "solution-a.sh", "solution-create.sh"]


def test_a_task_is_found_by_its_id(lab: Lab) -> None:
    assert lab.task("named") is lab.tasks[0]
    with pytest.raises(SteigerError, match=r"^pier has no task 'name'; did you mean 'named'\?$"):
        lab.task("name")


def test_labs_come_in_the_order_of_the_course(tmp_path: Path) -> None:
    for lab_id, order in (("b", 30), ("c", 10), ("a", 30)):
        path = make_lab(tmp_path / "labs", lab_id) / "lab.yml"
        path.write_text(path.read_text(encoding="utf-8").replace("order: 900", f"order: {order}"), encoding="utf-8")
    (tmp_path / "labs" / "lab.schema.json").touch()
    (tmp_path / "labs" / "no-lab").mkdir()
    assert [lab.id for lab in load_all(tmp_path / "labs")] == ["c", "a", "b"]


def test_one_lab_is_read_without_the_others(tmp_path: Path, lab_folder: Path) -> None:
    (make_lab(tmp_path / "labs", "broken") / "lab.yml").write_text("{", encoding="utf-8")
    assert load_one(lab_folder.parent, "pier").id == "pier"
    with pytest.raises(SteigerError, match=r"broken/lab\.yml, line "):
        load_all(lab_folder.parent)


@pytest.mark.parametrize("name", ["pies", "../labs/pier", "pier/", "", ".", "PIER", "pier\x1b[31m"])
def test_a_lab_that_is_not_there(lab_folder: Path, name: str) -> None:
    with pytest.raises(SteigerError, match="no lab") as caught:
        load_one(lab_folder.parent, name)
    assert "pier" in str(caught.value)


def test_no_folder_of_labs(tmp_path: Path) -> None:
    with pytest.raises(SteigerError, match=r"/none: no folder of labs there$"):
        load_all(tmp_path / "none")


BROKEN = {
    "a bracket": ("id: {", r"lab.yml, line \d+: \S"),
    "a tab": ("id: pier\n\torder: 1\n", r"lab.yml, line 2: .*(token|character)"),
    "an unknown anchor": ("id: *pier\n", r"lab.yml, line 1: .*undefined alias"),
    "a python object": ("id: !!python/object/apply:os.system ['true']\n", r"lab.yml, line 1: .*constructor"),
    "empty": ("", r"lab.yml, line 1: the file: None is not of type 'object'"),
    "a list": ("- 1\n", r"lab.yml, line 1: the file: \[1\] is not of type 'object'"),
    "a word": ("pier\n", r"lab.yml, line 1: the file: 'pier' is not of type 'object'"),
    "a null byte": ("id: pier\0\n", r"lab.yml.*: .*(control|special) character"),
    "two documents": ("id: pier\n---\nid: pier\n", r"lab.yml, line 2: "),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_yaml_is_one_line_that_says_where(lab_folder: Path, case: str) -> None:
    source, message = BROKEN[case]
    (lab_folder / "lab.yml").write_text(source, encoding="utf-8")
    with pytest.raises(SteigerError, match=message) as caught:
        load(lab_folder)
    assert "\n" not in str(caught.value)


def test_a_lab_that_is_no_utf8(lab_folder: Path) -> None:
    (lab_folder / "lab.yml").write_bytes(b"id: caf\xe9\n")
    with pytest.raises(SteigerError, match=r"lab\.yml: .*utf-8"):
        load(lab_folder)


def test_a_lab_that_may_not_be_read(lab_folder: Path) -> None:
    (lab_folder / "lab.yml").unlink()
    (lab_folder / "lab.yml").mkdir()
    with pytest.raises(SteigerError, match=r"lab\.yml: .*directory"):
        load(lab_folder)


def test_a_schema_fault_names_the_line_and_the_thing(lab_folder: Path) -> None:
    path = lab_folder / "lab.yml"
    source = path.read_text(encoding="utf-8").replace("points: 1", "points: many")
    path.write_text(source, encoding="utf-8")
    line = next(n for n, text in enumerate(source.splitlines(), 1) if "points: many" in text)
    with pytest.raises(SteigerError) as caught:
        load(lab_folder)
    assert str(caught.value) == f"{path}, line {line}: tasks.0.points: 'many' is not of type 'integer'"


def test_what_the_schema_cannot_say_is_said_too(lab_folder: Path) -> None:
    path = lab_folder / "lab.yml"
    source = path.read_text(encoding="utf-8").replace("values:", "values:\n  size: {kind: number, min: 5, max: 5}")
    path.write_text(source, encoding="utf-8")
    with pytest.raises(SteigerError, match=r"lab\.yml: values\.size: max must be more than min$"):
        load(lab_folder)


def test_the_id_is_the_name_of_the_folder(lab_folder: Path) -> None:
    folder = lab_folder.rename(lab_folder.with_name("quay"))
    with pytest.raises(SteigerError, match=r"lab\.yml: id is 'pier', the folder is 'quay'$"):
        load(folder)


WRONG: list[Any] = [
    None,
    True,
    -1,
    10**9,
    1.5,
    "",
    "x",
    [],
    [None],
    ["x"],
    {},
    {"x": "y"},
    [[]],
    {"x": None},
    {"x": {}},
]


def _paths(node: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from _paths(value, (*path, key))


def _with(data: dict[str, Any], path: tuple[Any, ...], wrong: object) -> object:
    if not path:
        return wrong
    changed = copy.deepcopy(data)
    node: Any = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = wrong
    return changed


def _use(lab: Lab) -> None:
    """Do with a lab what the commands do."""
    made = {**values.derive(lab.values, lab.id, "seed"), "registry": "r"}
    sorted([lab, lab], key=lambda each: (each.order, each.id))
    assert lab.points < 10**12
    assert set(lab.needs.capabilities) <= set(machine.CAPABILITIES)
    ", ".join([*lab.needs.images, *lab.needs.tools, *lab.needs.packages, *lab.needs.capabilities, *lab.requires])
    assert all(made[name].isdigit() for name in lab.needs.ports)
    assert all(isinstance(pattern, str) for pattern in (*lab.owns.containers, *lab.owns.volumes, *lab.owns.networks))
    for both in (lab.title, lab.summary, *lab.objectives):
        assert len(both.in_("nl") + both.in_("en")) >= 0
    for task in lab.tasks:
        lab.task(task.id)
        for finding in task.findings.values():
            assert len(finding.says.nl + finding.says.en + finding.hint.nl + finding.hint.en) >= 0
    for attempt in lab.attempts.values():
        ", ".join([*attempt.fails, *attempt.when])


def test_no_wrong_thing_in_a_lab_gets_further_than_one_clear_line(lab_folder: Path) -> None:
    """Whatever stands in lab.yml: it is refused with file and reason, or the commands can use it."""
    path = lab_folder / "lab.yml"
    source = path.read_text(encoding="utf-8").replace(
        "values:", "values:\n  port: {kind: port}\n  size: {kind: number, min: 1, max: 5}"
    )
    data = yaml.safe_load(source.replace("tools: [docker]", "tools: [docker]\n  ports: [port]\n  capabilities: [kvm]"))
    refused = used = 0
    for place in _paths(data):
        for wrong in WRONG:
            try:
                lab = catalogue.from_data(lab_folder, _with(data, place, wrong))  # type: ignore[arg-type]
            except (KeyError, TypeError, ValueError, AttributeError):
                refused += 1
            else:
                _use(lab)
                used += 1
    assert refused > 400
    assert used > 50


def test_capabilities_are_those_that_a_machine_is_asked_for() -> None:
    assert set(catalogue.CAPABILITIES) == set(machine.CAPABILITIES) == set(machine._WITHOUT)  # noqa: SLF001


def test_a_word_for_yes_is_no_number(lab_folder: Path) -> None:
    """YAML reads `minutes: yes` as true, which Python counts as 1."""
    path = lab_folder / "lab.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("minutes: 15", "minutes: yes"), encoding="utf-8")
    with pytest.raises(SteigerError, match=r"minutes: True is not of type 'integer'$"):
        load(lab_folder)
