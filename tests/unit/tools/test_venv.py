"""Tests of tools/venv: what it decides before it fetches anything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tools" / "venv"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with locked files."""
    folder = tmp_path / "source"
    (folder / "tools").mkdir(parents=True)
    for name in ("pyproject.toml", "uv.lock", "tools/uv.txt"):
        (folder / name).write_text(f"{name}\n", encoding="utf-8")
    return folder


def call(*args: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tools/venv."""
    setting = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(
        [SCRIPT, *map(str, args)], capture_output=True, text=True, check=False, env=setting, timeout=30
    )


@pytest.mark.parametrize("args", [["--forse"], ["--venv"], ["--group"]])
def test_a_wrong_call_is_refused(args: list[str]) -> None:
    done = call(*args)
    assert done.returncode == 2
    assert done.stderr.startswith("tools/venv: ")
    assert done.stderr.count("\n") == 1


def test_without_python_it_names_the_package(source: Path) -> None:
    done = call("--from", source, STEIGER_PYTHON="/nowhere/python3")
    assert done.returncode == 2
    assert "install the package python3" in done.stderr


def test_without_pips_wheel_it_names_the_package_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    done = call(
        "--from", source, "--uv", tmp_path / "uv", "--venv", tmp_path / "venv", STEIGER_PIP_WHEELS=str(tmp_path)
    )
    assert done.returncode == 2
    assert "python3-pip-whl" in done.stderr
    assert not (tmp_path / "uv").exists()
    assert not (tmp_path / "venv").exists()


def stamps(source: Path, folder: Path) -> None:
    """Write the stamps that a whole run leaves, as the script itself words them."""
    script = (
        f"source <(sed -n '/^interpreter=/,/^want_venv=/p' {SCRIPT}); printf '%s\\n%s\\n' \"$want_uv\" \"$want_venv\""
    )
    setting = {"PATH": "/usr/bin:/bin", "from": str(source), "python": "/usr/bin/python3"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=setting)
    for name, stamp in zip(("uv", "venv"), done.stdout.splitlines(), strict=True):
        (folder / name).mkdir()
        (folder / name / ".stamp").write_text(f"{stamp}\n", encoding="utf-8")


def test_what_is_made_from_the_same_files_is_left_as_it_is(source: Path, tmp_path: Path) -> None:
    stamps(source, tmp_path)
    done = call("--from", source, "--uv", tmp_path / "uv", "--venv", tmp_path / "venv")
    assert (done.returncode, done.stdout) == (0, "unchanged\n")


@pytest.mark.parametrize("changed", ["pyproject.toml", "uv.lock", "tools/uv.txt"])
def test_another_lock_file_or_project_is_seen(source: Path, tmp_path: Path, changed: str) -> None:
    stamps(source, tmp_path)
    (source / changed).write_text("other\n", encoding="utf-8")
    done = call("--from", source, "--uv", tmp_path / "uv", "--venv", tmp_path / "venv", "--check")
    assert (done.returncode, done.stdout) == (0, "changed\n")


def test_another_group_is_seen(source: Path, tmp_path: Path) -> None:
    stamps(source, tmp_path)
    done = call("--from", source, "--uv", tmp_path / "uv", "--venv", tmp_path / "venv", "--group", "dev", "--check")
    assert done.stdout == "changed\n"


def test_what_was_cut_short_is_made_again(source: Path, tmp_path: Path) -> None:
    stamps(source, tmp_path)
    (tmp_path / "venv" / ".stamp").unlink()
    assert call("--from", source, "--uv", tmp_path / "uv", "--venv", tmp_path / "venv", "--check").stdout == "changed\n"


def test_uv_is_locked_by_hash() -> None:
    text = (ROOT / "tools" / "uv.txt").read_text(encoding="utf-8")
    assert text.startswith("uv==")
    assert "--hash=sha256:" in text
    assert "://" not in text
