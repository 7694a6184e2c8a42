"""Tests of the action plugin release: what it packs, and what it makes of a machine's answer."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ansible.errors import AnsibleActionFail

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[3]


def load() -> ModuleType:
    """Load the plugin, whose name is also that of the module that documents it."""
    spec = importlib.util.spec_from_file_location("action_release", ROOT / "plugins" / "action" / "release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["action_release"] = module
    spec.loader.exec_module(module)
    return module


release = load()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a small checkout."""
    for name, text in (
        ("tools/parts", "bin\nlabs\ntools\nLICENSE\n"),
        ("bin/lab", "#!/usr/bin/python3\n"),
        ("labs/one/files/.env", "A=1\n"),
        ("labs/one/checks.py", "x = 1\n"),
        ("labs/one/__pycache__/checks.pyc", "no"),
        ("tests/test_x.py", "no"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def entries(archive: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: entry for entry in tar.getmembers()}


def test_a_release_holds_its_parts_and_no_more(checkout: Path) -> None:
    _, _, archive = release.pack(checkout)
    assert set(entries(archive)) == {"bin/lab", "labs/one/checks.py", "labs/one/files/.env", "tools/parts", ".manifest"}


def test_the_name_follows_the_content_alone(checkout: Path) -> None:
    before = release.pack(checkout)[0]
    (checkout / "labs/one/checks.py").chmod(0o777)
    (checkout / "labs/one/__pycache__/more.pyc").write_text("x", encoding="utf-8")
    assert release.pack(checkout)[0] == before
    (checkout / "labs/one/checks.py").write_text("x = 2\n", encoding="utf-8")
    assert release.pack(checkout)[0] != before


def test_only_a_file_that_names_its_interpreter_can_be_run(checkout: Path) -> None:
    (checkout / "labs/one/checks.py").chmod(0o777)
    packed = entries(release.pack(checkout)[2])
    assert packed["bin/lab"].mode == 0o755
    assert packed["labs/one/checks.py"].mode == 0o644


def test_the_manifest_is_what_sha256sum_reads(checkout: Path) -> None:
    manifest = release.pack(checkout)[1]
    assert f"{hashlib.sha256(b'x = 1' + bytes([10])).hexdigest()}  labs/one/checks.py\n" in manifest


def test_the_parts_of_this_checkout_are_there() -> None:
    names = set(entries(release.pack(ROOT)[2]))
    assert {"bin/lab", "share/lab.bash", "tools/venv", "uv.lock", "playbooks/remove.yml", "setup"} <= names
    assert not [name for name in names if name.startswith(("tests/", ".git", "molecule/", ".venv"))]


def test_an_answer_of_a_machine_is_read() -> None:
    seen = release.read_look(
        "there yes\ncurrent releases/abc\nwhole yes\nvenv unchanged\nlink /usr/local/bin/lab /opt/steiger/current/bin/lab\n"
        f"{'0' * 64}  bin/lab\n"
    )
    assert seen == {
        "there": True,
        "current": "releases/abc",
        "whole": True,
        "venv": True,
        "links": {"/usr/local/bin/lab": "/opt/steiger/current/bin/lab"},
        "manifest": f"{'0' * 64}  bin/lab\n",
    }


def test_an_empty_machine_answers_nothing() -> None:
    seen = release.read_look("")
    assert not seen["there"]
    assert not seen["whole"]
    assert not seen["venv"]


WANTED = {"/usr/local/bin/lab": "/opt/steiger/current/bin/lab"}


@pytest.mark.parametrize(
    ("seen", "to_make"),
    [
        ({}, ["/usr/local/bin/lab"]),
        ({"/usr/local/bin/lab": "/opt/steiger/current/bin/lab"}, []),
        ({"/usr/local/bin/lab": "/opt/steiger/old"}, ["/usr/local/bin/lab"]),
    ],
)
def test_links_are_made_where_they_are_missing_or_lead_elsewhere(seen: dict[str, str], to_make: list[str]) -> None:
    assert release.wrong_links(WANTED, seen, "/opt/steiger") == to_make


@pytest.mark.parametrize("leads_to", ["-", "/usr/local/share/other/lab", "/opt/steiger-other/lab"])
def test_what_is_not_ours_is_not_replaced(leads_to: str) -> None:
    with pytest.raises(AnsibleActionFail, match="not Steiger's"):
        release.wrong_links(WANTED, {"/usr/local/bin/lab": leads_to}, "/opt/steiger")
