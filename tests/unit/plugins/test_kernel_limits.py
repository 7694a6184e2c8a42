"""Tests of the module kernel_limits: what is raised, and what stays."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.testing import patch_module_args

import kernel_limits

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = {"kernel.keys.maxkeys": 2000, "vm.max_map_count": 262144, "net.ipv6.neigh.default.gc_thresh3": 8192}


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a kernel without IPv6, with few keys; return where it has their number."""
    for name, value in (("kernel/keys/maxkeys", 200), ("vm/max_map_count", 262144)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(f"{value}\n", encoding="ascii")
    monkeypatch.setattr(kernel_limits, "SETTINGS", tmp_path)
    return tmp_path / "kernel/keys/maxkeys"


def run(capsys: pytest.CaptureFixture[str], *, check: bool = False) -> dict[str, Any]:
    """Return what the module answers."""
    with patch_module_args({"limits": LIMITS, "_ansible_check_mode": check}), pytest.raises(SystemExit):
        kernel_limits.main()
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_what_is_low_is_raised_once_and_told_before(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, check=True)
    assert (told["changed"], told["raised"], keys.read_text("ascii")) == (True, ["kernel.keys.maxkeys"], "200\n")
    assert run(capsys)["raised"] == ["kernel.keys.maxkeys"]
    assert keys.read_text("ascii") == "2000\n"
    assert run(capsys)["changed"] is False


def test_what_the_owner_set_higher_stays(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.write_text("5000\n", encoding="ascii")
    assert run(capsys)["changed"] is False
    assert keys.read_text("ascii") == "5000\n"


def refusing(path: Path, number: int) -> Path:
    """Return a setting that does not let itself be opened."""

    class Refusing(type(path)):  # type: ignore[misc]
        def open(self, *_args: object, **_options: object) -> None:
            raise OSError(number, os.strerror(number))

    return Refusing(path)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_what_a_container_may_not_set_is_no_change(
    keys: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, check: bool, number: int
) -> None:
    monkeypatch.setattr(kernel_limits, "low", lambda _limits: {refusing(keys, number): "2000"})
    told = run(capsys, check=check)
    assert (told["changed"], told["raised"], keys.read_text("ascii")) == (False, [], "200\n")


def test_what_the_kernel_does_not_take_is_one_line(
    keys: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_limits, "low", lambda _limits: {refusing(keys, errno.EINVAL): "2000"})
    assert run(capsys)["msg"] == "The kernel does not take kernel.keys.maxkeys = 2000: Invalid argument"


@pytest.mark.parametrize(
    ("has", "least", "low"),
    [("200\n", "2000", True), ("2000\n", "2000", False), ("5000\n", "2000", False),
     ("4096\t87380\n", "4096 87380", False), ("4096\t87380\n", "4096 99999", True), ("on\n", "off", True)],
)  # fmt: skip
def test_numbers_are_compared_as_such_and_words_as_words(has: str, least: str, low: bool) -> None:
    assert kernel_limits.is_low(has, least) is low
