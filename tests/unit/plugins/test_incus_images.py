"""Tests of the module incus_images: what it decides without a server."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

from incus_images import input_hash, mmdebstrap_command, sources_like, write_metadata

if TYPE_CHECKING:
    from pathlib import Path

IMAGE: dict[str, Any] = {
    "name": "steiger-debian13",
    "suite": "trixie",
    "sources": ["deb http://mirror.example/debian trixie main"],
    "packages": ["sudo", "udev"],
    "files": {"/etc/motd": "hello\n"},
    "commands": ["rm -f /etc/hostname"],
}
TARGETS = """\
bookworm http://mirror.example/debian/
bookworm http://second.example/debian/
bookworm-updates http://mirror.example/debian/
bookworm-security http://security.example/debian-security/
"""


def test_other_suites_come_from_the_hosts_mirrors() -> None:
    assert sources_like(TARGETS, "bookworm", "trixie") == [
        "deb http://mirror.example/debian/ trixie main",
        "deb http://mirror.example/debian/ trixie-updates main",
        "deb http://security.example/debian-security/ trixie-security main",
    ]


def test_a_mirror_without_security_gives_none() -> None:
    assert len(sources_like("bookworm http://mirror.example/debian/\n", "bookworm", "trixie")) == 2


def test_a_host_without_its_own_release_gives_no_sources() -> None:
    assert sources_like(TARGETS, "trixie", "trixie") == []


def test_the_hash_changes_with_the_input(tmp_path: Path) -> None:
    first = input_hash(IMAGE, tmp_path)
    assert input_hash(dict(IMAGE), tmp_path) == first
    assert input_hash({**IMAGE, "packages": ["sudo"]}, tmp_path) != first
    (tmp_path / "school.crt").write_text("certificate", "utf-8")
    assert input_hash(IMAGE, tmp_path) != first


def test_the_command_names_everything(tmp_path: Path) -> None:
    (tmp_path / "files" / "etc").mkdir(parents=True)
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "school.crt").touch()
    command = mmdebstrap_command(IMAGE, tmp_path / "files", tmp_path / "root.tar", tmp_path / "certificates")
    assert command[0] == "mmdebstrap"
    assert "--include=sudo,udev" in command
    assert command[-3:] == ["trixie", str(tmp_path / "root.tar"), *IMAGE["sources"]]
    hooks = [word.removeprefix("--customize-hook=") for word in command if word.startswith("--customize-hook=")]
    assert hooks == [
        f"copy-in {tmp_path}/files/etc /",
        f"copy-in {tmp_path}/certificates {tmp_path}",
        'chroot "$1" update-ca-certificates',
        "chroot \"$1\" sh -euc 'rm -f /etc/hostname'",
    ]


def test_a_host_without_certificates_of_its_own_copies_none(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    command = mmdebstrap_command(IMAGE, tmp_path / "files", tmp_path / "root.tar", tmp_path / "none")
    assert not [word for word in command if "certificates" in word]


def test_the_metadata_carries_the_hash(tmp_path: Path) -> None:
    archive = tmp_path / "metadata.tar"
    write_metadata(IMAGE, "abc", archive)
    with tarfile.open(archive) as tar:
        file = tar.extractfile("metadata.yaml")
        assert file is not None
        metadata = json.load(file)
    assert metadata["properties"]["steiger.input"] == "abc"
