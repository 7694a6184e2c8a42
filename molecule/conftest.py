"""What the tests of all scenarios share."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
STATE_SCRIPT = ROOT / "tools" / "machine_state.py"


def lab_images() -> list[str]:
    """Return the images that the labs need, each once."""
    labs = [yaml.safe_load(file.read_text("utf-8")) for file in sorted(ROOT.glob("labs/*/lab.yml"))]
    return sorted({image for lab in labs for image in lab.get("needs", {}).get("images", [])})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with an argument `lab_image` once for every image that a lab needs."""
    if "lab_image" in metafunc.fixturenames:
        metafunc.parametrize("lab_image", lab_images())


@pytest.fixture
def instance(host: Any) -> str:
    """Return the name of the Incus instance under test."""
    return str(host.backend.get_pytest_id().split("//")[-1])


@pytest.fixture
def before(instance: str) -> dict[str, dict[str, str]]:
    """Return the state of the machine before Steiger came."""
    file = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], f"before-{instance}.json")
    state: dict[str, dict[str, str]] = json.loads(file.read_text("utf-8"))
    return state


@pytest.fixture
def after(instance: str) -> dict[str, dict[str, str]]:
    """Return the state of the machine now."""
    with STATE_SCRIPT.open("rb") as script:
        command = ["incus", "exec", instance, "--", "python3", "-"]
        done = subprocess.run(command, stdin=script, capture_output=True, check=True)
    state: dict[str, dict[str, str]] = json.loads(done.stdout)
    return state


@pytest.fixture
def mirror(host: Any) -> str:
    """Return the address of the registry mirror that the engine is told to use."""
    settings = json.loads(host.file("/etc/docker/daemon.json").content_string)
    return str(settings["registry-mirrors"][0]).rstrip("/")
