"""Tries of containers: which image, what a killed one left, and what their end says. Real containers: tests/machine."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.steiger.fakes import FakeEngine, Server

from steiger import firewall, registry, trial
from steiger.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
FLUSHED = (
    "the Docker Engine refused: Failed to Setup IP tables: Unable to enable SKIP DNAT rule:  (iptables failed: "
    "iptables --wait -t nat -I DOCKER -i br-0 -j RETURN: iptables: No chain/target/match by that name.\n (exit status 1))"
)


@dataclass
class TryingEngine(FakeEngine):
    """An engine in memory in which tries can be made; what it is asked to refuse, it refuses."""

    refuses: dict[str, str] = field(default_factory=dict)
    status: int = 0
    statuses: list[int] = field(default_factory=list)
    running: bool = True
    published: str = ""
    late: bool = False
    address: str = ""
    pulled: list[str] = field(default_factory=list)

    def _refuse(self, what: str) -> None:
        if what in self.refuses:
            raise EngineError(self.refuses[what])

    def pull(self, reference: str, seconds: float = 600.0) -> None:
        """Put the image in."""
        assert seconds <= 60
        self._refuse("pull")
        self.pulled.append(reference)
        if not self.late:
            self.add("image", reference)

    def make_network(self, name: str, labels: dict[str, str]) -> str:
        """Put a network in, whose id is its name."""
        self._refuse("network")
        self.nets.append({"Id": name, "Name": name, "Labels": labels})
        return name

    def make_volume(self, name: str, labels: dict[str, str]) -> None:
        """Put a volume in."""
        self._refuse("volume")
        self.shelves.append({"Name": name, "Labels": labels})

    def mirror(self) -> str:
        """Return the mirror of the fake."""
        self._refuse("mirror")
        return super().mirror()

    def containers(self) -> list[Json]:
        """Return all containers."""
        self._refuse("list")
        return super().containers()

    def make_container(self, name: str, body: Json) -> str:
        """Put a container in, whose id is its name."""
        self.boxes.append({"Id": name, "Names": [f"/{name}"], "Labels": body["Labels"], "Mounts": [], "ImageID": ""})
        return name

    def start_container(self, container_id: str) -> None:
        """Start it, unless that is refused."""
        self._refuse(container_id.rpartition("-")[2])

    def container(self, name: str, *, size: bool = False) -> Json | None:  # noqa: ARG002 - sizes are not faked
        """Return a container with the port and the address that the test chose."""
        ports = {"8080/tcp": [{"HostPort": self.published}]} if self.published else {}
        return {
            "Name": f"/{name}",
            "State": {"Running": self.running, "ExitCode": 7},
            "NetworkSettings": {"Ports": ports, "Networks": {"net": {"IPAddress": self.address}}},
        }

    def wait_for(self, container_id: str, seconds: float) -> int:
        """Return the status that the test chose."""
        assert container_id
        assert seconds <= 20
        return self.statuses.pop(0) if self.statuses else self.status

    def logs(self, name: str, limit: int = 0) -> str:
        """Return what a broken image says."""
        assert name
        return f"sh: not found{limit or ''}\n"


@pytest.fixture
def serving(web: Server) -> TryingEngine:
    """Return an engine whose published port is really answered."""
    web.answers["GET /"] = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nsteiger\n"
    return TryingEngine(published=str(web.port))


def left(engine: FakeEngine) -> list[str]:
    """Return the names of all that an engine has."""
    things = [*engine.boxes, *engine.nets, *engine.shelves]
    return [str(thing.get("Name") or thing["Names"]) for thing in things] + [
        str(p["RepoTags"]) for p in engine.pictures
    ]


def test_all_is_well_and_nothing_is_left(serving: TryingEngine) -> None:
    assert [(probe.name, probe.good, probe.cure) for probe in trial.tried(serving)] == [
        ("Published port", True, ""),
        ("Network of containers", True, ""),
    ]
    assert serving.pulled == ["127.0.0.1:1/library/busybox:latest"]
    assert left(serving) == []


def test_a_mirror_without_the_image_is_not_waited_for(serving: TryingEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "answers", lambda _address: True)
    monkeypatch.setattr(registry, "holds", lambda _address, image: image != "library/busybox")
    for probe in trial.tried(serving):
        assert probe.good is None
        assert probe.says.endswith("cannot get it: the mirror at 127.0.0.1:1 does not have it")
    assert (serving.pulled, left(serving)) == ([], [])


@pytest.mark.parametrize("known", ["busybox:latest", "busybox:1.37", "127.0.0.1:1/library/busybox:latest"])
def test_an_image_that_is_there_is_used_and_stays(serving: TryingEngine, known: str) -> None:
    serving.add("image", "mybusybox:latest")
    serving.add("image", known)
    assert all(probe.good for probe in trial.tried(serving))
    assert serving.pulled == []
    assert left(serving) == ["['mybusybox:latest']", f"['{known}']"]


def test_without_an_image_the_tries_wait(serving: TryingEngine) -> None:
    serving.refuses["pull"] = "connection refused"
    found = trial.tried(serving)
    assert [(probe.good, probe.says[:19]) for probe in found] == [(None, "waits for an image ")] * 2
    assert found[0].says.endswith(": connection refused")
    assert left(serving) == []


def test_a_pull_that_is_not_through_in_time_is_no_fault_of_the_port(serving: TryingEngine) -> None:
    serving.late = True
    found = trial.tried(serving)
    assert [probe.good for probe in found] == [None, None]
    assert found[0].says.endswith("it did not come within 60 s")
    assert left(serving) == []


@pytest.mark.parametrize(
    ("what", "said", "cure"),
    [
        ("list", "the Docker Engine does not answer: timed out", "see what the engine says of it: sudo "),
        ("mirror", "the Docker Engine does not answer: timed out", "see what the engine says of it: sudo "),
        ("volume", "no space left on device", "make room; "),
    ],
)
def test_an_engine_that_fails_is_not_taken_for_an_image_that_lacks(
    serving: TryingEngine, what: str, said: str, cure: str
) -> None:
    serving.refuses[what] = said
    port, network = trial.tried(serving)
    assert (port.good, port.says) == (False, said)
    assert port.cure.startswith(cure)
    assert (network.good, network.says) == (None, "waits for: Published port")


@pytest.mark.parametrize("keeps", [FLUSHED, FLUSHED.replace("iptables: No", "iptables v1.8.9 (nf_tables): No")])
def test_rules_that_somebody_flushed(serving: TryingEngine, keeps: str) -> None:
    serving.refuses = {"network": keeps, "server": keeps}
    for probe in trial.tried(serving):
        assert probe.good is False
        assert probe.says.startswith("Docker's rules are gone from the firewall: something emptied it")
        assert probe.cure.startswith("restart Docker: sudo ")
    assert left(serving) == []


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        (
            "could not find an available, non-overlapping IPv4 address pool among the defaults",
            "run: docker network prune",
        ),
        ("unable to create session key: disk quota exceeded", "run: sudo sysctl kernel.keys.maxkeys=2000"),
        (
            "write /layer: disk quota exceeded",
            "see what the engine says of it: sudo journalctl --unit docker --lines 20",
        ),
        ("no space left on device", "make room; what Docker keeps without need: docker system df"),
    ],
)
def test_what_the_engine_refuses_has_its_own_cure(
    monkeypatch: pytest.MonkeyPatch, serving: TryingEngine, said: str, cure: str
) -> None:
    monkeypatch.setattr(firewall, "journal", lambda: "sudo journalctl --unit docker --lines 20")
    serving.refuses = {"network": said}
    port, network = trial.tried(serving)
    assert (port.good, network.good, network.cure) == (True, False, cure)
    for setting in re.findall(r"sysctl (\S+)=", cure):
        assert Path("/proc/sys", setting.replace(".", "/")).exists()


def test_a_server_that_does_not_start_lets_the_network_wait(serving: TryingEngine) -> None:
    serving.refuses = {"server": "something new"}
    serving.running = False
    port, network = trial.tried(serving)
    assert (port.good, port.says) == (False, "something new")
    assert "docker" in port.cure
    assert (network.good, network.says) == (None, "waits for: Published port")
    assert left(serving) == []


def test_a_container_that_ends_at_once(serving: TryingEngine) -> None:
    serving.running = False
    port = trial.tried(serving)[0]
    assert (port.good, port.says) == (False, "the container ended at once, with status 7: sh: not found")


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (4, "the engine does not tell containers each other's addresses"),
        (5, "a container knows another by name and does not reach it"),
        (127, "the container ended at once, with status 7"),
    ],
)
def test_a_client_that_does_not_reach_the_server(
    serving: TryingEngine, monkeypatch: pytest.MonkeyPatch, status: int, says: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    serving.status = status
    port, network = trial.tried(serving)
    assert (port.good, network.good) == (True, False)
    assert network.says.startswith(says)
    assert network.cure


def test_a_client_that_gave_up_before_a_slow_server_was_there_asks_again(serving: TryingEngine) -> None:
    serving.statuses = [5]
    assert [probe.good for probe in trial.tried(serving)] == [True, True]
    serving.statuses = [5, 5]
    assert [probe.good for probe in trial.tried(serving)] == [True, False]
    assert left(serving) == []


def test_a_port_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.3)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    port = trial.tried(TryingEngine(published="1"))[0]
    assert (port.good, port.says[:54]) == (False, "a container runs, and this machine cannot reach it")


@pytest.mark.parametrize(("mark", "stays"), [("{pid} {born}", True), ("{pid} 1", False), ("99999999 1", False)])
def test_what_a_killed_try_left_goes_and_that_of_another_stays(
    mark: str, stays: bool, born: Callable[[int], str]
) -> None:
    pid = os.getppid()
    labels = {trial.LABEL: mark.format(pid=pid, born=born(pid))}
    reference = "127.0.0.1:1/library/busybox:latest"
    engine = TryingEngine()
    engine.make_container("old", {"Labels": labels})
    engine.make_network("old", labels)
    engine.make_volume("old", {**labels, trial.PULLED: reference})
    engine.add("image", reference)
    before = left(engine)
    engine.make_container("mine", {"Labels": None})
    engine.make_volume("mine", {})
    trial.clean(engine)
    assert [name for name in left(engine) if "mine" not in name] == (before if stays else [])
    assert len([name for name in left(engine) if "mine" in name]) == 2


@pytest.fixture
def born() -> Callable[[int], str]:
    """Return a function that gives when a process began, as `ps` does not but the kernel does."""

    def ask(pid: int) -> str:
        said = subprocess.run(["cat", f"/proc/{pid}/stat"], capture_output=True, text=True, check=True).stdout
        return said.rpartition(")")[2].split()[19]

    return ask
