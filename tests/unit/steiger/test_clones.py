"""Clones: what they are told before they start; what a command says in one is asked again when a busy host lost it."""

from __future__ import annotations

import subprocess

import pytest

from steiger import clones
from steiger.errors import SteigerError


def saying(monkeypatch: pytest.MonkeyPatch, *outputs: bytes) -> list[tuple[str, ...]]:
    """Have Incus give these outputs, the last of them for ever; return what it was asked."""
    asked: list[tuple[str, ...]] = []

    def incus(*words: str) -> subprocess.CompletedProcess[bytes]:
        asked.append(words)
        return subprocess.CompletedProcess(words, 0, outputs[min(len(asked), len(outputs)) - 1], b"")

    monkeypatch.setattr(clones, "_incus", incus)
    return asked


def test_a_lost_output_does_not_make_a_proof_run_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    saying(monkeypatch, b"", b"docker:x:103:noor\n", b"", b"noor:x:1000:1001::/home/noor:/bin/bash\n")
    assert clones._user("pier") == ("noor", "1001", "/home/noor")  # noqa: SLF001


def test_silence_is_named_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = saying(monkeypatch, b"")
    with pytest.raises(SteigerError, match=r"^getent group docker says nothing in pier$"):
        clones._user("pier")  # noqa: SLF001
    assert len(asked) == 5


def test_a_clone_is_told_before_its_start_not_to_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, ...]] = []

    def incus(*words: str, **_more: object) -> subprocess.CompletedProcess[bytes]:
        told.append(words)
        return subprocess.CompletedProcess(words, 0, b"", b"")

    monkeypatch.setattr(clones, "_incus", incus)
    with clones.clone("golden", "pier") as name:
        pass
    settings = [words for words in told if words[:3] == ("config", "set", name)]
    assert [words[3].partition("=")[0] for words in settings] == ["security.syscalls.deny"]
    assert "fsync errno 0" in settings[0][3].partition("=")[2].splitlines()
    assert told.index(settings[0]) < told.index(("start", name))
