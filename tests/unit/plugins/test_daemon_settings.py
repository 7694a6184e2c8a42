"""Merging into daemon.json and taking out again, as tables."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.module_utils.daemon_settings import changed_keys, decoded, merge, note, read, show, unfit, unmerge

OURS = "http://127.0.0.1:5000"
THEIRS = "https://mirror.example"
Settings = dict[str, Any]

MERGES: dict[str, tuple[Settings, Settings, Settings]] = {
    "nothing there": ({}, {"registry-mirrors": [OURS]}, {"registry-mirrors": [OURS]}),
    "other keys stay": ({"debug": True}, {"registry-mirrors": [OURS]}, {"debug": True, "registry-mirrors": [OURS]}),
    "mirrors are extended": (
        {"registry-mirrors": [THEIRS]},
        {"registry-mirrors": [OURS]},
        {"registry-mirrors": [THEIRS, OURS]},
    ),
    "a slash makes no other mirror": (
        {"registry-mirrors": [OURS + "/"]},
        {"registry-mirrors": [OURS]},
        {"registry-mirrors": [OURS + "/"]},
    ),
    "nothing wanted": ({"debug": True}, {}, {"debug": True}),
    "a key gets our value": ({"debug": True}, {"debug": False}, {"debug": False}),
    "an object is replaced whole": ({"log-opts": {"a": "1"}}, {"log-opts": {"b": "2"}}, {"log-opts": {"b": "2"}}),
}


@pytest.mark.parametrize("case", MERGES)
def test_merge(case: str) -> None:
    present, wanted, expected = MERGES[case]
    merged = merge(present, wanted)
    assert merged == expected
    assert merge(merged, wanted) == merged


@pytest.mark.parametrize("case", MERGES)
def test_what_is_merged_can_be_taken_out_again(case: str) -> None:
    present, wanted, _ = MERGES[case]
    merged = merge(present, wanted)
    assert unmerge(merged, note({}, present, merged)) == (present, {})


def test_two_merges_are_taken_out_together() -> None:
    present: Settings = {"debug": True}
    once = merge(present, {"registry-mirrors": [OURS]})
    record = note({}, present, once)
    twice = merge(once, {"debug": False, "log-driver": "local"})
    record = note(record, once, twice)
    assert unmerge(twice, record) == (present, {})


def test_one_mirror_alone_is_taken_out() -> None:
    present: Settings = {"registry-mirrors": [THEIRS]}
    merged = merge(present, {"registry-mirrors": [OURS], "debug": True})
    left, rest = unmerge(merged, note({}, present, merged), [OURS])
    assert left == {"registry-mirrors": [THEIRS], "debug": True}
    assert rest["keys"] == {"debug": {"value": True, "old": []}}


def test_what_somebody_changed_since_stays() -> None:
    merged = merge({}, {"debug": True, "log-driver": "local"})
    record = note({}, {}, merged)
    assert unmerge({"debug": False, "log-driver": "local"}, record) == ({"debug": False}, {})


def test_a_mirror_that_was_there_before_stays() -> None:
    present: Settings = {"registry-mirrors": [OURS]}
    merged = merge(present, {"registry-mirrors": [OURS]})
    assert unmerge(merged, note({}, present, merged)) == (present, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"debug": true,}', "line 1, column"),
        ("[]", "one object"),
        ('{\n "registry-mirrors": "x"}', '"registry-mirrors" must be a list of URLs'),
        ("debug: true", "line 1, column 1"),
    ],
)
def test_a_broken_file_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(text)


def test_an_empty_file_is_no_settings() -> None:
    assert read("\n") == {}
    assert read(show({"a": "é"})) == {"a": "é"}


def test_changed_keys() -> None:
    assert changed_keys({"a": 1, "b": 2}, {"b": 3, "c": 4}) == {"a", "b", "c"}


@pytest.mark.parametrize("text", ["", "  \n", '{"debug": true}'])
def test_a_byte_order_mark_says_nothing(text: str) -> None:
    assert read(f"\ufeff{text}") == read(text)


def test_what_is_not_utf_8_is_named() -> None:
    with pytest.raises(ValueError, match=r"byte 2 is not UTF-8: save it as UTF-8"):
        decoded(b"{\xff}")


SYSTEMD = "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock"
HOSTS = b'{"hosts": ["unix:///run/docker.sock"]}'
UNFIT = {
    "a comma too many": (b'{"debug": true,}', "", True, r"cannot be read, line 1, column .*: put that right"),
    "UTF-16": ("{}".encode("utf-16"), "", True, "byte 1 is not UTF-8"),
    "a mark for an old engine": (b"\xef\xbb\xbf{}", SYSTEMD, False, "begins with a byte order mark"),
    "hosts twice": (
        HOSTS,
        SYSTEMD,
        True,
        r"says \"hosts\" and the service docker says it as well .*systemctl edit docker",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_why_an_engine_would_not_start_is_told(case: str) -> None:
    content, starter, reads_bom, says = UNFIT[case]
    assert re.search(says, unfit(content, starter, reads_bom=reads_bom))


@pytest.mark.parametrize(
    ("content", "starter"),
    [
        (b"", SYSTEMD),
        (b'\xef\xbb\xbf{"debug": true}', SYSTEMD),
        (HOSTS, ""),
        (HOSTS, "/usr/sbin/dockerd --containerd=/x"),
    ],
)
def test_what_an_engine_starts_with_is_fit(content: bytes, starter: str) -> None:
    assert unfit(content, starter) == ""
