"""What the kernel gives: keys and watches nearly used up, packets that are not passed on."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from steiger.doctor import kernel

KEYS = """\
    0:   157 157/157 157/2000 3436/2000000
  100:     8 8/8 8/2000 80/2000000
 1000:   190 190/190 190/200 1900/20000
"""


def is_a_setting(cure: str) -> bool:
    """Tell whether this kernel has the setting that a cure names."""
    name = cure.removeprefix("run: sudo sysctl ").partition("=")[0]
    return Path("/proc/sys", name.replace(".", "/")).exists()


def test_the_user_who_is_nearest_to_the_limit_of_keys() -> None:
    assert kernel.key_use(KEYS, {0, 1000}) == (190, 200, 1000)
    assert kernel.key_use(KEYS, {0, 100}) == (157, 2000, 0)
    assert kernel.key_use(KEYS, {7}) is None
    assert kernel.key_use("", {0}) is None


@pytest.mark.parametrize(
    ("used", "cure"),
    [
        ((190, 200, 1000), "run: sudo sysctl kernel.keys.maxkeys=2000"),
        ((199, 200, 0), "run: sudo sysctl kernel.keys.root_maxkeys=2000"),
    ],
)
def test_keys_nearly_used_up(monkeypatch: pytest.MonkeyPatch, used: tuple[int, int, int], cure: str) -> None:
    monkeypatch.setattr(kernel, "key_use", lambda _text, _owners: used)
    seen = kernel.stores()
    assert (seen.good, seen.cure) == (False, cure)
    assert seen.says.startswith(f"{used[0]} of 200 kernel keys of user {used[2]} are used")
    assert is_a_setting(cure)


@pytest.mark.parametrize(("limit", "good"), [(128, True), (3, False)])
def test_watches_nearly_used_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: int, good: bool) -> None:
    monkeypatch.setattr(kernel, "key_use", lambda _text, _owners: None)
    monkeypatch.setattr(kernel, "_INOTIFY", tmp_path / "limit")
    (tmp_path / "limit").write_text(f"{limit}\n", encoding="ascii")
    before, known = kernel._inotify_use()  # noqa: SLF001
    libc = ctypes.CDLL(None)
    handles = [libc.inotify_init1(0) for _ in range(3)]
    try:
        assert (kernel._inotify_use(), known) == ((before + 3, limit), limit)  # noqa: SLF001
        if before + 3 < 100:
            assert kernel.stores().good is good
    finally:
        for handle in handles:
            os.close(handle)


def test_no_instance_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "key_use", lambda _text, _owners: None)
    monkeypatch.setattr(kernel, "_inotify_use", lambda: (0, 128))
    monkeypatch.setattr(kernel, "_can_watch", lambda: False)
    seen = kernel.stores()
    assert (seen.good, seen.cure) == (False, "run: sudo sysctl fs.inotify.max_user_instances=1024")
    assert is_a_setting(seen.cure)


def test_packets_that_are_passed_on(tmp_path: Path) -> None:
    switch = tmp_path / "ip_forward"
    assert kernel.forwarding(switch).good
    switch.write_text("1\n", encoding="ascii")
    assert kernel.forwarding(switch).good


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("net.ipv4.ip_forward = 0", True),
        ("net/ipv4/conf/all/forwarding=0", True),
        ("#net.ipv4.ip_forward=0", False),
        ("net.ipv4.ip_forward=1", False),
    ],
)
def test_packets_that_are_not_and_the_file_that_says_so(tmp_path: Path, setting: str, named: bool) -> None:
    (tmp_path / "ip_forward").write_text("0\n", encoding="ascii")
    folder = tmp_path / "etc" / "sysctl.d"
    folder.mkdir(parents=True)
    (folder / "10-hard.conf").write_text(f"# ours\n{setting}\n", encoding="utf-8")
    seen = kernel.forwarding(tmp_path / "ip_forward", tmp_path)
    assert seen.good is False
    cure = "run: sudo sysctl net.ipv4.ip_forward=1"
    assert is_a_setting(cure)
    assert seen.cure == (f"{cure}; and take net.ipv4.ip_forward = 0 out of {folder}/10-hard.conf" if named else cure)
