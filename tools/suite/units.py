"""The units of the project's proof whose results are kept, and what goes into each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.suite import inputs, versions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCENARIOS = ("classroom", "cluster", "default", "debian12")
# How a student's machine is made, and by what it is taken away.
LIFE_OF_A_MACHINE = ("playbooks/student.yml", "playbooks/remove.yml")
PROOF = ("src/steiger/cli.py", "src/steiger/commands/verify.py")
# Of a lab, what a machine's own tests do not look at: its proof does.
OF_THE_PROOF = ("attempts", "checks.py", "guide.en.md", "guide.nl.md")
# Forky's packages change daily: their versions would void its row every day.
BASES_OF_ROWS = {"debian12": ("debian12",), "forky": ()}
SUITE_OF_A_TEST = ("tests/conftest.py", "tools/counting.py")


@dataclass(frozen=True)
class Unit:
    """One thing that is proven as a whole: its name, the files that go into it by kind, and the bases that it runs on."""

    name: str
    files: Mapping[str, frozenset[str]]
    bases: tuple[str, ...] = ()
    programs: tuple[str, ...] = versions.FOR_TESTS
    data: Mapping[str, str] = field(default_factory=dict)  # by kind as well: what is a part of a file

    @property
    def kind(self) -> str:
        """What the unit is: lab, machine, scenario, browser, row."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Fingerprint:
    """What a unit was made of at a moment: a hash for each kind of input, and the versions that it ran with."""

    inputs: Mapping[str, str]
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """The one hash of all of it, 24 hex digits."""
        told = json.dumps([dict(self.inputs), dict(self.versions)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:24]

    def changes(self, older: Fingerprint) -> list[str]:
        """Return in words what differs from an older fingerprint."""
        kinds = sorted(self.inputs.keys() | older.inputs.keys())
        names = sorted(self.versions.keys() | older.versions.keys())
        changed = [kind for kind in kinds if self.inputs.get(kind) != older.inputs.get(kind)]
        return changed + [
            f"{name} {older.versions.get(name, '–')} -> {self.versions.get(name, '–')}"
            for name in names
            if self.versions.get(name) != older.versions.get(name)
        ]


def fingerprint(root: Path, unit: Unit, offered: Mapping[str, Mapping[str, str]]) -> Fingerprint:
    """Return what a unit is made of now; `offered` holds, by base, the versions that Debian offers."""
    digests = {kind: inputs.digest(root, files) for kind, files in unit.files.items()}
    digests |= {kind: hashlib.sha256(text.encode()).hexdigest()[:16] for kind, text in unit.data.items()}
    return Fingerprint(digests, {**versions.for_bases(unit.bases, offered), **versions.locked(root, unit.programs)})


def lab_ids(root: Path) -> list[str]:
    """Return the ids of all labs, in alphabetical order."""
    return sorted(file.parent.name for file in root.glob("labs/*/lab.yml"))


def lab_data(root: Path, lab: str) -> dict[str, Any]:
    """Return what a lab.yml says."""
    import yaml  # noqa: PLC0415 - in the developers' environment only

    data: dict[str, Any] = yaml.load((root / "labs" / lab / "lab.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return data


def lab_unit(root: Path, lab: str) -> Unit:
    """Return the proof of a lab."""
    images = lab_data(root, lab).get("needs", {}).get("images", [])
    machine = inputs.ansible(
        root, "roles/docker", "roles/mirror", "roles/toolbox", leave_out=("roles/mirror/files", "remove.yml", "meta")
    )
    return Unit(
        f"lab/{lab}",
        {
            "the lab": frozenset(inputs.tree(root, f"labs/{lab}")),
            "the core": frozenset(inputs.python(root, *PROOF) | {"labs/lab.schema.json"}),
            "its images": frozenset(inputs.recipes(root, images)),
            "the machine": frozenset(machine),
            "the test": frozenset(inputs.python(root, "tests/proofs/test_proofs.py") | {"tools/golden"}),
        },
        ("debian13",),
        versions.FOR_LABS,
    )


def shipped(root: Path) -> dict[str, frozenset[str]]:
    """Return what `./setup` puts on a machine and runs there, by kind; of the labs, without what only a proof reads."""
    verbs = sorted(file.relative_to(root).as_posix() for file in (root / "src/steiger/commands").glob("*.py"))
    labs = inputs.tree(root, "labs", OF_THE_PROOF)
    # A solution is tried by the lab's proof; machines need the first one alone.
    labs = {file for file in labs if not file.rpartition("/")[2].startswith("solution-")}
    setup = inputs.with_tools(root, "setup") | {"ansible.cfg"}
    return {
        "the command lab": frozenset(inputs.python(root, "src/steiger/cli.py", *verbs) | inputs.tree(root, "bin")),
        "the labs": frozenset(labs),
        "setup": frozenset(setup | inputs.tree(root, "share") | inputs.tree(root, "inventories/local")),
        "the roles": frozenset(
            inputs.ansible(root, *LIFE_OF_A_MACHINE) | inputs.python(root, "plugins/callback/progress.py")
        ),
    }


def scenario_unit(root: Path, name: str) -> Unit:
    """Return a Molecule scenario."""
    own = inputs.tree(root, f"molecule/{name}") | inputs.tree(root, "molecule/shared")
    own |= {"molecule/conftest.py", ".config/molecule/config.yml", "tools/machine_state.py", "tools/counting.py"}
    files = {"the scenario": frozenset(own), **shipped(root)}
    if name in ("classroom", "cluster"):
        playbooks = sorted(file.relative_to(root).as_posix() for file in root.glob("playbooks/*.yml"))
        main = "src/steiger/classroom/__main__.py"
        files["the classroom"] = frozenset(
            inputs.ansible(root, *playbooks)
            | inputs.python(root, main, *class_commands(root))
            | inputs.with_tools(root, "classroom")
        )
    return Unit(f"scenario/{name}", files, ("debian12",) if name == "debian12" else ("debian13",))


def class_commands(root: Path) -> list[str]:
    """Return the files of the classroom's verbs, which its command line picks by name."""
    return sorted(file.relative_to(root).as_posix() for file in (root / "src/steiger/classroom").rglob("*.py"))


def machine_unit(root: Path, file: str) -> Unit:
    """Return a file of tests on whole machines; `file` is its name without ending."""
    test = inputs.python(root, f"tests/machine/{file}.py", "tests/machine/conftest.py", *SUITE_OF_A_TEST)
    init = {"tests/machine/init-plain"}
    return Unit(f"machine/{file}", {"the test": frozenset(test | init), **shipped(root)}, ("debian12", "debian13"))


def rows(root: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of the matrix that are run, by id."""
    import yaml  # noqa: PLC0415 - in the developers' environment only

    table = yaml.load((root / "tests/matrix/rows.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {row["id"]: row for row in table if "left_out" not in row}


def row_ids(root: Path) -> list[str]:
    """Return the ids of these rows, for callers that have no YAML parser yet."""
    table = root / "tests/matrix/rows.yml"
    entries = table.read_text(encoding="utf-8").split("\n- id: ")[1:] if table.is_file() else []
    return [entry.partition("\n")[0].strip() for entry in entries if "\n  left_out:" not in entry]


def row_units(root: Path) -> list[Unit]:
    """Return the rows of the matrix.

    A row is concerned by set-up and its roles. What the command lab does on it is not: that has proofs of its own, would
    void every row with each change, and is seen when rows go round. But a row that expects something of `lab doctor` is.
    """
    test = inputs.python(root, "tests/matrix/test_rows.py", *SUITE_OF_A_TEST) - {"tests/matrix/rows.yml"}
    ours = shipped(root)
    concerned = {kind: ours[kind] for kind in ("setup", "the roles")}
    doctor = frozenset(inputs.python(root, "src/steiger/commands/doctor.py"))
    return [
        Unit(
            f"row/{name}",
            {
                "the test": frozenset(test),
                **concerned,
                **({"lab doctor": doctor} if "doctor" in row.get("expect", {}) else {}),
            },
            BASES_OF_ROWS.get(row.get("base", ""), ("debian13",)),
            data={"the row": json.dumps(row, sort_keys=True)},
        )
        for name, row in rows(root).items()
    ]


def browser_unit(root: Path) -> Unit:
    """Return the tests of the class's page."""
    test = inputs.python(root, "tests/browser/test_class_page.py", "tests/browser/conftest.py", *SUITE_OF_A_TEST)
    page = inputs.python(root, "src/steiger/classroom/page.py", "src/steiger/classroom/results.py")
    return Unit("browser/class_page", {"the test": frozenset(test), "the page": frozenset(page)})


def machine_files(root: Path) -> list[str]:
    """Return the files of tests on whole machines, without their ending."""
    return sorted(file.stem for file in root.glob("tests/machine/test_*.py"))


def all_units(root: Path) -> list[Unit]:
    """Return every unit whose result is kept, in a fixed order."""
    return [
        *(machine_unit(root, file) for file in machine_files(root)),
        *(lab_unit(root, lab) for lab in lab_ids(root)),
        *(scenario_unit(root, name) for name in SCENARIOS),
        *row_units(root),
        browser_unit(root),
    ]
