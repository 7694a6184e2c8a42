"""The documents name what is there: links, verbs, options, parts, dependencies and the example of a lab."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from tools.suite import call, jobs

from steiger.cli import VERBS

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
VERB = re.compile(r"(?:^|[`$ /])lab (?:--lang \w+ )?([a-z]+)\b")
CODE = re.compile(r"```console\n(.*?)```|`([^`\n]+)`", re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def commands(path: Path) -> list[str]:
    """Return what stands as code in a document: the typed lines of consoles, and inline code."""
    found = []
    for console, inline in CODE.findall(path.read_text(encoding="utf-8")):
        typed = re.findall(r"^\$ (.*?)(?:\s+#.*)?$", console.replace("\\\n", " "), re.MULTILINE)
        found += typed if console else [inline]
    return found


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {"#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCS, ids=names(DOCS))
def test_relative_links_lead_somewhere(path: Path) -> None:
    for target, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        there = path.parent / target if target else path
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target + anchor


@pytest.mark.parametrize("path", DOCS, ids=names(DOCS))
def test_verbs_of_lab_are_there(path: Path) -> None:
    known = {verb.name for verb in VERBS}
    for command in commands(path):
        assert set(VERB.findall(command)) <= known, command


@pytest.mark.parametrize("path", DOCS, ids=names(DOCS))
def test_options_of_lab_are_there(path: Path) -> None:
    known = {verb.name: {word for argument in verb.arguments for word in argument.names} for verb in VERBS}
    for command in commands(path):
        if match := VERB.search(command):
            assert set(OPTION.findall(command)) <= known[match[1]] | {"--lang", "--help"}, command


@pytest.mark.parametrize("script", ["setup", "test", "benchmarks/run", "bin/lab"])
def test_commands_that_the_documents_name_can_be_run(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert any(script in path.read_text(encoding="utf-8") for path in DOCS)


def test_options_of_setup_are_there() -> None:
    said = subprocess.run(["bash", ROOT / "setup", "--help"], capture_output=True, text=True, check=True).stdout
    known = set(OPTION.findall(said))
    for path in DOCS:
        for command in commands(path):
            # A line about a misspelt option quotes it.
            if command.startswith("./setup"):
                assert set(OPTION.findall(command)) <= known, f"{path.name}: {command}"


def test_the_run_in_the_readme_has_the_steps_of_setup() -> None:
    """The same sum that ./setup makes, so that both have the same number."""
    added, pattern, playbook = re.findall(
        r"steps=\$\(\((\d+) \+ \$\(grep -c '(.*?)' \"\$home/(.*?)\"", (ROOT / "setup").read_text(encoding="utf-8")
    )[0]
    roles = len(re.findall(pattern, (ROOT / playbook).read_text(encoding="utf-8"), re.MULTILINE))
    shown = re.findall(r"^\[ ?(\d+)/(\d+)\] .* s$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    steps = int(added) + roles
    assert shown == [(str(number), str(steps)) for number in range(1, steps + 1)]


def test_what_the_docs_ask_of_test_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {path.stem for path in (ROOT / "labs").glob("*/")} | {"harbour"}
    monkeypatch.setattr(jobs, "lab_ids", lambda _root: sorted(known))
    asked = [command.split() for path in DOCS for command in commands(path)]
    asked = [words[1:] for words in asked if words[:1] == ["./test"]]
    assert asked
    for words in asked:
        call.parse([word for word in words if word not in ("&&", "#")])


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    wanted = {re.split(r"[^\w.-]", requirement)[0] for group in groups for requirement in group}
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    python = text.partition("## From the distribution")[0]
    assert set(re.findall(r"^\| `([\w.-]+)` \|", python, re.MULTILINE)) == wanted


def test_the_example_of_a_lab_is_the_template() -> None:
    text = (ROOT / "docs" / "lab-format.md").read_text(encoding="utf-8")
    example = text.partition("<!-- example:begin -->")[2].partition("<!-- example:end -->")[0]
    shown = re.findall(r"^`([^`]+)`:\n\n```\w+\n(.*?)```$", example, re.DOTALL | re.MULTILINE)
    assert {"lab.yml", "checks.py", "solution.sh"} <= {name for name, _ in shown}
    for name, content in shown:
        assert content == (ROOT / "src" / "steiger" / "template" / name).read_text(encoding="utf-8"), name


def test_the_bench_is_described() -> None:
    from steiger.bench import Bench  # noqa: PLC0415 - the documents are checked without it too

    text = (ROOT / "docs" / "lab-format.md").read_text(encoding="utf-8")
    public = {name for name in vars(Bench) if not name.startswith("_") and name not in Bench.__dataclass_fields__}
    assert public
    assert {name for name in public if f"bench.{name}" not in text} == set()


@pytest.mark.parametrize("page", ["docs/proof.md", "docs/performance.md"])
def test_pages_have_their_marked_block(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for mark in ("proof", "figures"):
        assert text.count(f"<!-- {mark}:begin -->") == text.count(f"<!-- {mark}:end -->")
    assert text.count(":begin -->") == 1


def test_the_course_names_every_lab_and_only_tasks_that_are_there() -> None:
    text = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]*\| `([\w-]+)` \|([^|]*)\|$", text, re.MULTILINE)
    labs = {path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in ROOT.glob("labs/*/lab.yml")}
    assert {lab for lab, _ in rows} == set(labs)
    named = {(lab, task) for lab, tasks in rows for task in re.findall(r"`(\w+)`", tasks)}
    assert named == {(lab, task["id"]) for lab, content in labs.items() for task in content["tasks"]}
