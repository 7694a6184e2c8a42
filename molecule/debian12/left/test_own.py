"""The owner's data outlives Steiger."""

from __future__ import annotations

from typing import Any


def test_the_owners_volume_still_holds_its_data(host: Any) -> None:
    assert host.check_output("docker exec own-web /busybox cat /data/kept") == "kept"


def test_the_owners_container_still_answers(host: Any) -> None:
    script = (
        "import urllib.request as u; print(u.urlopen('http://127.0.0.1:5000/kept', timeout=5).read().decode(), end='')"
    )
    assert host.check_output("python3 -c %s", script).strip() == "kept"
