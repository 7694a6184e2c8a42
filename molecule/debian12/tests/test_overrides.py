"""What the owner set or had before is respected."""

from __future__ import annotations

import json
from typing import Any


def test_the_mirror_has_the_port_that_was_asked_for(mirror: str) -> None:
    assert mirror == "http://127.0.0.1:5055"


def test_the_named_user_and_no_other_may_use_docker(host: Any) -> None:
    assert host.group("docker").members == ["anna"]
    assert host.run("runuser --login anna --command 'docker ps'").rc == 0
    assert host.run("runuser --login bram --command 'docker ps'").rc != 0


def test_the_owners_settings_of_the_engine_stay(host: Any) -> None:
    settings = json.loads(host.file("/etc/docker/daemon.json").content_string)
    assert settings["log-driver"] == "local"
    assert settings["labels"] == ["owner=anna"]


def test_the_owners_container_runs_with_its_volume(host: Any) -> None:
    assert host.check_output("docker container inspect --format '{{.State.Running}}' own-web") == "true"
    assert host.check_output("curl -fsS http://127.0.0.1:5000/kept") == "kept"
