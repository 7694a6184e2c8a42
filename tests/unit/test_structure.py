"""The house rules that a program can check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
SCENARIOS = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))
PLAYBOOKS = sorted(path.name for path in ROOT.glob("playbooks/*.yml"))
SHARED = {"create.yml", "prepare.yml", "converge.yml", "destroy.yml"}
# A second run of ./setup may take 6 s, and a task 0.3 s.
TASKS_OF_A_STUDENT = 20


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def tasks_in(path: Path) -> list[dict[str, Any]]:
    """Return the tasks of a file, those in blocks and in the files that it includes among them."""
    found = []
    for task in load(path) or []:
        inner = [task[key] for key in ("block", "rescue", "always") if key in task]
        found += [nested for tasks in inner for nested in tasks] or [task]
    return found


def plays_in(path: Path) -> list[dict[str, Any]]:
    """Return the plays of a playbook; none for a file that is something else."""
    content = load(path)
    return content if isinstance(content, list) else []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_documents_every_variable_it_has(role: str) -> None:
    specs = load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    documented = {name for entry in specs.values() for name in entry.get("options", {})}
    defaults = load(ROOT / "roles" / role / "defaults" / "main.yml") or {}
    assert documented == set(defaults)


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_variables_bear_its_name(role: str) -> None:
    defaults = load(ROOT / "roles" / role / "defaults" / "main.yml") or {}
    assert [name for name in defaults if not name.startswith(f"{role}_")] == []


@pytest.mark.parametrize("role", ROLES)
def test_tasks_are_named_as_orders(role: str) -> None:
    files = sorted((ROOT / "roles" / role / "tasks").glob("*.yml"))
    names = [task.get("name", "") for file in files for task in tasks_in(file)]
    assert names
    assert [name for name in names if not re.match(r"[A-Z][a-z]+ ", name)] == []


def test_nothing_beyond_ansible_core_is_used() -> None:
    collections = load(ROOT / "requirements.yml")["collections"]
    assert collections == []
    files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("roles/*/handlers/*.yml"), *ROOT.glob("labs/*/setup.yml")]
    used = {word for file in files for task in tasks_in(file) for word in task if word.count(".") == 2}
    plays = [
        play for file in [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("molecule/*/*.yml")] for play in plays_in(file)
    ]
    used |= {word for play in plays for task in play.get("tasks", []) for word in task if word.count(".") == 2}
    assert used
    assert {word for word in used if not word.startswith("ansible.builtin.")} == set()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_runs_tests(scenario: str) -> None:
    assert list((ROOT / "molecule" / scenario / "tests").glob("test_*.py"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_holds_only_its_differences(scenario: str) -> None:
    assert {path.name for path in (ROOT / "molecule" / scenario).iterdir()} & SHARED == set()


def test_the_shared_playbooks_are_there() -> None:
    assert {path.name for path in (ROOT / "molecule" / "shared").glob("*.yml")} >= SHARED


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_lists_roles_and_holds_no_logic(playbook: str) -> None:
    for play in load(ROOT / "playbooks" / playbook):
        words = set(play) & {"when", "loop", "handlers", "vars_prompt"}
        tasks = [*play.get("pre_tasks", []), *play.get("tasks", []), *play.get("post_tasks", [])]
        others = [
            task for task in tasks if not set(task) & {"ansible.builtin.import_role", "ansible.builtin.include_role"}
        ]
        assert (words, others) == (set(), [])


def test_a_students_machine_takes_few_tasks() -> None:
    plays = load(ROOT / "playbooks" / "student.yml")
    roles = [role["role"] if isinstance(role, dict) else role for play in plays for role in play.get("roles", [])]
    counts = {role: len(tasks_in(ROOT / "roles" / role / "tasks" / "main.yml")) for role in roles}
    assert sum(counts.values()) <= TASKS_OF_A_STUDENT, counts


def test_a_lab_comes_after_those_it_builds_on() -> None:
    labs = {path.parent.name: load(path) for path in ROOT.glob("labs/*/lab.yml")}
    orders = [lab["order"] for lab in labs.values()]
    assert sorted(set(orders)) == sorted(orders)
    late = [
        (name, earlier)
        for name, lab in labs.items()
        for earlier in lab.get("requires", [])
        if earlier not in labs or labs[earlier]["order"] >= lab["order"]
    ]
    assert late == []


def test_nothing_is_bound_to_one_version_of_the_engines_api() -> None:
    """Debian 12's engine speaks none above 1.41, Docker 29 none below 1.44."""
    places = [path for folder in ("labs", "roles", "plugins", "src", "tools") for path in (ROOT / folder).rglob("*")]
    scripts = [path for path in places if path.suffix in {".sh", ".py", ".yml", ""} and path.is_file()]
    bound = [str(path) for path in scripts if re.search(rb"/v1\.[0-9]{2}[/$]", path.read_bytes())]
    assert bound == []
