"""Tests of what goes into a proof."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tools.suite import inputs, units

ROOT = Path(__file__).parents[4]
OFFERED = {"debian12": {"docker.io": "20"}, "debian13": {"docker.io": "26"}}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def test_what_a_program_imports_goes_in_wherever_it_is_imported(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "src/steiger/__init__.py": "",
            "src/steiger/a.py": "import json\nfrom steiger import b\ndef f():\n    import steiger.c\n",
            "src/steiger/b.py": "from . import d\n",
            "src/steiger/c.py": "",
            "src/steiger/d.py": "FOLDER = 'words'\n",
            "src/steiger/words/en.txt": "",
            "src/steiger/locale/nl.po": "",
            "src/steiger/other.py": "",
        },
    )
    names = ("__init__.py", "a.py", "b.py", "c.py", "d.py", "words/en.txt")
    assert inputs.python(tmp_path, "src/steiger/a.py") == {f"src/steiger/{name}" for name in names}


def test_what_a_playbook_runs_goes_in(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "playbooks/all.yml": "- import_playbook: one.yml\n",
            "playbooks/one.yml": "- hosts: all\n  roles: [{role: first}]\n  tasks: [{import_role: {name: second}}]\n",
            "roles/first/tasks/main.yml": "- mine: {path: x}\n",
            "roles/second/vars/main.yml": "a: \"{{ lookup('theirs') }}\"\n",
            "roles/third/tasks/main.yml": "- hers: {}\n",
            "plugins/modules/mine.py": "from ansible.module_utils.shared import x\n",
            "plugins/modules/hers.py": "",
            "plugins/lookup/theirs.py": "",
            "plugins/module_utils/shared.py": "",
        },
    )
    assert inputs.ansible(tmp_path, "playbooks/all.yml") == {
        "playbooks/all.yml",
        "playbooks/one.yml",
        "roles/first/tasks/main.yml",
        "roles/second/vars/main.yml",
        "plugins/modules/mine.py",
        "plugins/lookup/theirs.py",
        "plugins/module_utils/shared.py",
    }


def test_a_recipe_goes_in_with_those_that_it_builds_on() -> None:
    found = {file.split("/")[4] for file in inputs.recipes(ROOT, ["nginx", "unheard-of"])}
    assert found == {"nginx", "debian"}


def test_a_hash_tells_content_name_and_mode(tmp_path: Path) -> None:
    write(tmp_path, {"a": "1", "b": "1"})
    first = inputs.digest(tmp_path, ["a"])
    assert inputs.digest(tmp_path, ["b"]) != first
    (tmp_path / "a").chmod(0o755)
    changed = inputs.digest(tmp_path, ["a"])
    assert changed != first
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert inputs.digest(tmp_path, ["a"]) not in (first, changed)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of this checkout's files, to be changed."""
    copy = tmp_path_factory.mktemp("house") / "steiger"
    left_out = shutil.ignore_patterns(".git", ".venv*", ".steiger", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=left_out)
    return copy


def hashes(root: Path) -> dict[str, str]:
    return {unit.name: units.fingerprint(root, unit, OFFERED).hash for unit in units.all_units(root)}


@pytest.fixture(scope="module")
def before(house: Path) -> dict[str, str]:
    return hashes(house)


LABS = {f"lab/{lab}" for lab in units.lab_ids(ROOT)}
MACHINES = {f"machine/{file}" for file in units.machine_files(ROOT)}
ROWS = {f"row/{name}" for name in units.rows(ROOT)}
SCENARIOS = {f"scenario/{name}" for name in units.SCENARIOS}


@pytest.mark.parametrize(
    ("file", "void", "stays"),
    [
        ("docs/proof.md", set(), LABS | ROWS | MACHINES | SCENARIOS | {"browser/class_page"}),
        ("README.md", set(), LABS | MACHINES | SCENARIOS | {"browser/class_page"}),
        ("src/steiger/grader.py", LABS | MACHINES, {"row/plain13"}),
        ("src/steiger/commands/doctor.py", {"row/policy-drop"} | MACHINES, {"row/plain13"}),
        ("src/steiger/proof.py", LABS | MACHINES, {"browser/class_page"}),
        ("labs/volumes/checks.py", {"lab/volumes"}, (LABS - {"lab/volumes"}) | MACHINES),
        ("labs/volumes/attempts/backup-fake.sh", {"lab/volumes"}, (LABS - {"lab/volumes"}) | MACHINES | SCENARIOS),
        ("labs/volumes/lab.yml", {"lab/volumes"} | MACHINES, LABS - {"lab/volumes"}),
        (
            "roles/mirror/files/images/mariadb/latest/Dockerfile",
            {"lab/compose"} | MACHINES,
            {"lab/containers"},
        ),
        ("roles/mirror/files/images/debian/latest/mmdebstrap", {"lab/compose", "lab/volumes"}, set()),
        ("plugins/module_utils/image_build.py", LABS | MACHINES | SCENARIOS, {"browser/class_page"}),
        ("plugins/modules/incus_machines.py", {"scenario/classroom", "scenario/cluster"}, LABS | {"scenario/default"}),
        ("src/steiger/classroom/page.py", {"browser/class_page", "scenario/classroom"}, LABS | {"scenario/default"}),
        ("src/steiger/classroom/templates/page.html.j2", {"browser/class_page"}, LABS),
        ("setup", MACHINES | ROWS | {"scenario/classroom"}, LABS | {"browser/class_page"}),
        ("tools/reason_table.py", MACHINES | ROWS, LABS | {"browser/class_page"}),
        ("roles/docker/tasks/main.yml", LABS | MACHINES | ROWS | SCENARIOS, {"browser/class_page"}),
        ("tests/matrix/course.py", ROWS, LABS | MACHINES | SCENARIOS),
        ("tests/machine/conftest.py", MACHINES, LABS | SCENARIOS),
        ("molecule/shared/prepare.yml", SCENARIOS, LABS | MACHINES),
    ],
)
def test_a_change_voids_what_it_goes_into_and_nothing_else(
    house: Path, before: dict[str, str], file: str, void: set[str], stays: set[str]
) -> None:
    target = house / file
    content = target.read_bytes()
    try:
        target.write_bytes(content + b"\n# changed\n")
        after = hashes(house)
    finally:
        target.write_bytes(content)
    changed = {name for name in before if before[name] != after[name]}
    assert void - changed == set()
    assert stays & changed == set()


def test_a_row_that_says_something_else_voids_itself_alone(house: Path, before: dict[str, str]) -> None:
    table = house / "tests/matrix/rows.yml"
    content = table.read_text(encoding="utf-8")
    try:
        table.write_text(content.replace("- id: plain13\n  why: ", "- id: plain13\n  why: Just "), encoding="utf-8")
        after = hashes(house)
    finally:
        table.write_text(content, encoding="utf-8")
    assert {name for name in before if before[name] != after[name]} == {"row/plain13"}


def test_ids_of_rows_need_no_parser() -> None:
    assert units.row_ids(ROOT) == list(units.rows(ROOT))


def test_the_programs_that_a_script_names_go_in(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "setup": '. "$home/tools/words.sh"\ntools/gone\n',
            "tools/words.sh": "python3 tools/why.py\n",
            "tools/why.py": "from tools import table\n",
            "tools/table.py": "",
            "tools/other": "",
        },
    )
    assert inputs.with_tools(tmp_path, "setup") == {"setup", "tools/words.sh", "tools/why.py", "tools/table.py"}


def test_a_newer_engine_voids_what_runs_on_it() -> None:
    before = units.fingerprint(ROOT, units.lab_unit(ROOT, "volumes"), OFFERED)
    newer = {**OFFERED, "debian13": {"docker.io": "27"}}
    after = units.fingerprint(ROOT, units.lab_unit(ROOT, "volumes"), newer)
    assert after.changes(before) == ["debian13/docker.io 26 -> 27"]
    other = {**OFFERED, "debian12": {"docker.io": "21"}}
    assert units.fingerprint(ROOT, units.lab_unit(ROOT, "volumes"), other).hash == before.hash
