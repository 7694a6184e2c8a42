"""The wheel of the lab `dockerfile`: no bytes in it that its source does not explain."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib
import io
import zipfile
from pathlib import Path

import pytest

from steiger.grader import _module

LAB = Path(__file__).parents[3] / "labs" / "dockerfile"
checks = _module(LAB / "checks.py")
GIVEN = LAB / "files" / "tides" / "wheels" / checks.WHEEL


def test_the_given_wheel_is_what_its_source_gives() -> None:
    """After a change of the source: `Path(GIVEN).write_bytes(checks._wheel(checks.WHEEL_SOURCE))`."""
    assert checks._wheel(checks.WHEEL_SOURCE) == GIVEN.read_bytes()  # noqa: SLF001


@pytest.mark.parametrize("seal", ["", "abc"])
def test_a_wheel_keeps_its_own_record(seal: str) -> None:
    with zipfile.ZipFile(io.BytesIO(checks._wheel(checks.WHEEL_SOURCE, seal))) as wheel:  # noqa: SLF001
        files = {name: wheel.read(name) for name in wheel.namelist()}
    record = next(content for name, content in files.items() if name.endswith("/RECORD")).decode()
    rows = {path: (digest, size) for path, digest, size in csv.reader(record.splitlines())}
    assert rows.keys() == files.keys()
    for path, (digest, size) in rows.items():
        if not path.endswith("/RECORD"):
            kept = base64.urlsafe_b64encode(hashlib.sha256(files[path]).digest()).decode().rstrip("=")
            assert (digest, int(size)) == (f"sha256={kept}", len(files[path]))


def test_a_seal_is_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / checks.WHEEL).write_bytes(checks._wheel(checks.WHEEL_SOURCE, "abc"))  # noqa: SLF001
    monkeypatch.syspath_prepend(tmp_path / checks.WHEEL)
    tidetable = importlib.import_module("tidetable")
    assert tidetable.SEAL == "abc"
    assert len(tidetable.HARBOURS) == 4


def test_wheels_are_found_wherever_they_were_put(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / checks.WHEEL).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    found = checks._places(tmp_path, checks.WHEEL)  # noqa: SLF001
    assert found == {f"wheels/{checks.WHEEL}", f"deep/er/{checks.WHEEL}"}


@pytest.mark.parametrize("said", ["", "mark", "{} mark", "no json markkram", "[1] markkram", "{\x1b[31m} markkram"])
def test_what_is_not_signed_is_no_report(said: str) -> None:
    assert checks._signed(said, "mark") is None  # noqa: SLF001


def test_a_signed_line_is_a_report() -> None:
    assert checks._signed('noise\n{"uid": 0} markkram\r\nnoise', "mark") == {"uid": 0}  # noqa: SLF001
