"""Tests of the module kernel_limits: what is raised, what stays, and what a run that was cut off left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.testing import patch_module_args

import kernel_limits

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = {"kernel.keys.maxkeys": 2000, "vm.max_map_count": 262144, "net.ipv6.neigh.default.gc_thresh3": 8192}


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a kernel without IPv6, with few keys."""
    top = tmp_path / "sys"
    for name, value in (("kernel/keys/maxkeys", 200), ("vm/max_map_count", 262144)):
        (top / name).parent.mkdir(parents=True)
        (top / name).write_text(f"{value}\n", encoding="ascii")
    monkeypatch.setattr(kernel_limits, "SETTINGS", top)
    return top


def run(path: Path, capsys: pytest.CaptureFixture[str], *, check: bool = False) -> dict[str, Any]:
    """Return what the module answers."""
    with (
        patch_module_args({"path": str(path), "limits": LIMITS, "_ansible_check_mode": check}),
        pytest.raises(SystemExit),
    ):
        kernel_limits.main()
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_what_is_low_is_raised_now_and_for_the_next_boot(
    tmp_path: Path, kernel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "etc" / "60-limits.conf"
    told = run(path, capsys, check=True)
    assert (told["changed"], told["raised"], path.exists()) == (True, ["kernel.keys.maxkeys"], False)
    assert (kernel / "kernel/keys/maxkeys").read_text("ascii") == "200\n"
    assert run(path, capsys)["raised"] == ["kernel.keys.maxkeys"]
    assert (kernel / "kernel/keys/maxkeys").read_text("ascii") == "2000\n"
    assert path.read_text("utf-8").splitlines()[1:] == ["kernel.keys.maxkeys = 2000"]
    assert run(path, capsys)["changed"] is False
    assert path.read_text("utf-8").splitlines()[1:] == ["kernel.keys.maxkeys = 2000"]


def test_a_run_that_was_cut_off_after_the_file_is_made_whole(
    tmp_path: Path, kernel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "60-limits.conf"
    run(path, capsys)
    (kernel / "kernel/keys/maxkeys").write_text("200\n", encoding="ascii")
    assert run(path, capsys)["changed"] is True
    assert (kernel / "kernel/keys/maxkeys").read_text("ascii") == "2000\n"


def test_what_the_owner_set_higher_stays(tmp_path: Path, kernel: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kernel / "kernel/keys/maxkeys").write_text("5000\n", encoding="ascii")
    assert run(tmp_path / "60-limits.conf", capsys)["changed"] is False
    assert (kernel / "kernel/keys/maxkeys").read_text("ascii") == "5000\n"
    assert not (tmp_path / "60-limits.conf").exists()


def test_what_a_container_may_not_set_does_not_fail_and_changes_once(
    tmp_path: Path, kernel: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(name: str) -> Path:
        return (
            kernel / name.replace(".", "/")
            if name != "kernel.keys.maxkeys"
            else Refusing(kernel / "kernel/keys/maxkeys")
        )

    class Refusing(type(tmp_path)):  # type: ignore[misc]
        def write_text(self, *_args: object, **_options: object) -> int:
            raise PermissionError

    monkeypatch.setattr(kernel_limits, "place", refused)
    first, second = (run(tmp_path / "60-limits.conf", capsys) for _ in range(2))
    assert (first["changed"], first["raised"], second["changed"]) == (True, [], False)
