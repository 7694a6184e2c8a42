"""Which files go into a proof: found from what programs import, what playbooks name and what images are built on.

Paths are strings relative to the checkout, with forward slashes.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Where the modules of an import live.
PACKAGES = {
    "ansible.module_utils": "plugins/module_utils",
    "steiger": "src/steiger",
    "tests": "tests",
    "tools": "tools",
}
PLUGINS = ("action", "callback", "inventory", "lookup", "modules")
# Translations are what users read; proofs and tests look at findings, and name the language where they look at words.
NOT_READ = frozenset({"__pycache__", "locale"})
BASE = re.compile(r"^(?:FROM|COPY\s+--from=)\s*(\S+)", re.MULTILINE)
TOOL = re.compile(r"\btools/[\w.-]+")
WORD = re.compile(r"[a-z][a-z0-9_]+")


def tree(root: Path, folder: str, leave_out: Iterable[str] = ()) -> set[str]:
    """Return every file in a folder, or the file itself; names and relative paths in `leave_out` are not entered."""
    top = root / folder
    if top.is_file():
        return {folder}
    left_out = {*NOT_READ, *leave_out}
    found = set()
    for place, folders, names in os.walk(top):
        here = Path(place).relative_to(root).as_posix()
        folders[:] = [name for name in folders if not {name, f"{here}/{name}"} & left_out]
        found |= {f"{here}/{name}" for name in names if not {name, f"{here}/{name}"} & left_out}
    return found


def imported(source: str, package: str) -> Iterator[str]:
    """Yield the modules that a program imports, wherever in it; `package` is the one that it belongs to."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def module_files(root: Path, module: str) -> list[str]:
    """Return the file of one of our modules and those of the packages that it is in; none of somebody else's."""
    for package, folder in PACKAGES.items():
        if module == package or module.startswith(f"{package}."):
            inner = module.removeprefix(package).strip(".").split(".") if module != package else []
            steps = [Path(folder, *inner[:depth]) for depth in range(len(inner) + 1)]
            files = [step / "__init__.py" for step in steps] + [steps[-1].with_suffix(".py")]
            return [file.as_posix() for file in files if (root / file).is_file()]
    return []


def beside(root: Path, file: str, source: str) -> set[str]:
    """Return the files that a program names by a word in quotes and that lie beside it, such as templates."""
    folder = Path(file).parent
    words = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) if node.value}
    names = {word for word in words if isinstance(word, str) and re.fullmatch(r"[\w.-]+", word)} - NOT_READ
    found: set[str] = set()
    for name in names - {".", ".."}:
        if (root / folder / name).exists() and folder != Path():
            found |= tree(root, (folder / name).as_posix())
    return {name for name in found if not name.endswith(".py")}


def package_of(file: str) -> str:
    """Return the dotted name of the package that one of our files is in, empty when it is in none."""
    for package, folder in PACKAGES.items():
        if file.startswith(f"{folder}/"):
            inner = Path(file).parent.relative_to(folder).parts
            return ".".join([package, *inner])
    return ""


@cache
def reads(root: Path, file: str, source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the programs of ours that a program imports, and the files that it names beside itself."""
    modules = {name for module in imported(source, package_of(file)) for name in module_files(root, module)}
    return frozenset(modules), frozenset(beside(root, file, source))


def python(root: Path, *files: str) -> set[str]:
    """Return programs with all of ours that they import, directly or not, and what they name beside themselves."""
    found: set[str] = set()
    named: set[str] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            modules, data = reads(root, file, (root / file).read_text(encoding="utf-8"))
            named |= data
            waiting += modules
    return found | named


def with_tools(root: Path, *files: str) -> set[str]:
    """Return scripts with the programs in tools/ that they name, directly or not."""
    found: set[str] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            text = (root / file).read_text(encoding="utf-8")
            waiting += [name for name in TOOL.findall(text) if (root / name).is_file()]
    return found | python(root, *(file for file in found if file.endswith(".py")))


def plugins(root: Path, text: str) -> set[str]:
    """Return our plugins that the text of a YAML file names."""
    words = set(WORD.findall(text))
    files = [file for kind in PLUGINS for file in (root / "plugins" / kind).glob("*.py") if file.stem in words]
    return {file.relative_to(root).as_posix() for file in files}


def roles_named(content: Any) -> Iterator[str]:
    """Yield the roles and the playbooks (ending in .yml) that the content of a YAML file runs."""
    if isinstance(content, list):
        for item in content:
            yield from roles_named(item)
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        word = str(key).rpartition(".")[2]
        if word == "roles" and isinstance(value, list):
            yield from (each if isinstance(each, str) else each.get("role", each.get("name", "")) for each in value)
        elif word in ("import_role", "include_role"):
            yield value["name"]
        elif word == "import_playbook":
            yield value
        else:
            yield from roles_named(value)


@cache
def runs(root: Path, text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return our plugins that the text of a YAML file names, and the roles and playbooks that it runs."""
    import yaml  # noqa: PLC0415 - in the developers' environment only

    return frozenset(plugins(root, text)), tuple(roles_named(yaml.load(text, yaml.CSafeLoader)))


def ansible(root: Path, *entries: str, leave_out: Iterable[str] = ()) -> set[str]:
    """Return playbooks (`playbooks/x.yml`) and roles (`roles/x`) with all that they run."""
    found: set[str] = set()
    waiting = [entry for entry in entries if (root / entry).exists()]
    done: set[str] = set()
    while waiting:
        entry = waiting.pop()
        if entry in done:
            continue
        done.add(entry)
        files = tree(root, entry, leave_out)
        found |= files
        for file in sorted(files):
            if not file.endswith((".yml", ".yaml")):
                continue
            named, others = runs(root, (root / file).read_text(encoding="utf-8"))
            found |= python(root, *named)
            for name in others:
                if name.endswith(".yml"):
                    waiting.append(os.path.normpath(Path(file).parent / name))
                elif (root / "roles" / name).is_dir():
                    waiting.append(f"roles/{name}")
    return found


def recipes(root: Path, images: Iterable[str], folder: str = "roles/mirror/files/images") -> set[str]:
    """Return the recipes of images and of those that they build on; an image without a recipe has none."""
    found: set[str] = set()
    waiting = list(images)
    done: set[str] = set()
    while waiting:
        name, _, tag = waiting.pop().partition(":")
        place = f"{folder}/{name}/{tag or 'latest'}"
        if place in done or not (root / place / "Dockerfile").is_file():
            continue
        done.add(place)
        found |= tree(root, place)
        waiting += BASE.findall((root / place / "Dockerfile").read_text(encoding="utf-8"))
    return found


def digest(root: Path, files: Iterable[str]) -> str:
    """Return a hash of files: their paths, contents and whether they may be run."""
    told = hashlib.sha256()
    for name in sorted(set(files)):
        file = root / name
        kind = "x" if os.access(file, os.X_OK) else "-"
        content = str(file.readlink()).encode() if file.is_symlink() else file.read_bytes()
        told.update(f"{name}\0{kind}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return told.hexdigest()[:16]
