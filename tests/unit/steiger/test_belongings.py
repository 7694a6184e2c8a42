"""What reset and finish take away, and above all what they leave alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.steiger.fakes import FakeEngine, Server, http_answer

from steiger import belongings, registry
from steiger.catalogue import Lab, Needs, Owns

ANONYMOUS = "0a" * 32
VALUES = {"web": "web-abcde", "vol": "vol-abcde", "tag": "mine-abcde", "registry": "127.0.0.1:5000"}


@pytest.fixture
def owner(lab: Lab) -> Lab:
    """Return a lab that owns things of every kind."""
    owns = Owns(
        containers=("<<web>>*",),
        volumes=("<<vol>>*",),
        networks=("<<web>>-net", "<<web>>-two"),
        images=("<<tag>>", "<<registry>>/<<tag>>*"),
    )
    return replace(lab, owns=owns, needs=Needs(images=("nginx", "steiger/ferry:1.0")))


@pytest.fixture
def engine() -> FakeEngine:
    """Return an engine of a student who did other things before."""
    made = FakeEngine()
    made.add("image", "nginx:latest")
    made.add("image", "debian:13")
    made.add("image", "steiger/ferry:0.9")
    made.add("image", "mine-abcde:old")
    made.add("image", "")
    made.add("container", "web-abcde-old", "nginx:latest", ["vol-abcde-old", ANONYMOUS.replace("0a", "0b")])
    for name in ("vol-abcde-old", "data", ANONYMOUS.replace("0a", "0b"), ANONYMOUS.replace("0a", "0c")):
        made.add("volume", name)
    made.add("network", "bridge")
    made.add("network", "web-abcde-net")
    return made


def _names(engine: FakeEngine) -> set[str]:
    """Return the names of all that the engine has."""
    return {
        *(box["Names"][0].lstrip("/") for box in engine.boxes),
        *(shelf["Name"] for shelf in engine.shelves),
        *(net["Name"] for net in engine.nets),
        *(tag for picture in engine.pictures for tag in picture["RepoTags"] or [picture["Id"]]),
    }


def _removed(owner: Lab, engine: FakeEngine, before: belongings.Snapshot) -> set[str]:
    had = _names(engine)
    belongings.clean_up(owner, VALUES, engine, before)
    left = _names(engine)
    belongings.clean_up(owner, VALUES, engine, before)
    assert _names(engine) == left, "a second time takes more away"
    return had - left


def test_nothing_made_nothing_removed(owner: Lab, engine: FakeEngine) -> None:
    """What was there before stays, even with the lab's own names and images."""
    assert _removed(owner, engine, belongings.snapshot(engine)) == set()


THINGS = {
    "a container of an owned name": (("container", "web-abcde", "debian:13"), True),
    "a container of an owned name and more": (("container", "web-abcde-2", "debian:13"), True),
    "a container of a lab's image": (("container", "angry_turing", "nginx:latest"), True),
    "a container of the student's own": (("container", "mine", "debian:13"), False),
    "a container of another student's name": (("container", "web-zzzzz", "debian:13"), False),
    "a container with capitals": (("container", "WEB-ABCDE", "debian:13"), False),
    "a container with the name within": (("container", "my-web-abcde", "debian:13"), False),
    "a volume of an owned name": (("volume", "vol-abcde", ""), True),
    "a volume of the student's own": (("volume", "project", ""), False),
    "a volume with a container's owned name": (("volume", "web-abcde", ""), False),
    "a network of an owned name": (("network", "web-abcde-two", ""), True),
    "a network of the student's own": (("network", "web-abcde-net2", ""), False),
    "a tag of the lab": (("image", "mine-abcde:latest", ""), True),
    "a tag of the lab, with a version": (("image", "mine-abcde:3", ""), True),
    "a tag for the mirror": (("image", "127.0.0.1:5000/mine-abcde:1", ""), True),
    "another version of a lab's image": (("image", "nginx:1.25", ""), True),
    "a lab's image under its whole name": (("image", "docker.io/library/nginx:1", ""), True),
    "a lab's image of a repository": (("image", "steiger/ferry:1.0", ""), True),
    "an image of the student's own": (("image", "mine:latest", ""), False),
    "an image of another owner": (("image", "noor/nginx:latest", ""), False),
    "an image that begins alike": (("image", "nginx-exporter:latest", ""), False),
    "an image of another registry": (("image", "registry.example:443/nginx:latest", ""), False),
    "a dangling image": (("image", "", ""), True),
}


@pytest.mark.parametrize("case", THINGS)
def test_what_was_made_since_the_start(owner: Lab, engine: FakeEngine, case: str) -> None:
    (kind, name, image), goes = THINGS[case]
    before = belongings.snapshot(engine)
    made = engine.add(kind, name, image)
    assert _removed(owner, engine, before) == ({name or made} if goes else set())


def test_a_container_whose_image_lost_its_name_is_still_the_labs(owner: Lab, engine: FakeEngine) -> None:
    before = belongings.snapshot(engine)
    engine.add("container", "box", "nginx:latest")
    engine.boxes[-1]["Image"] = engine.boxes[-1]["ImageID"]
    assert _removed(owner, engine, before) == {"box"}


def test_anonymous_volumes_go_with_their_containers_and_when_left_behind(owner: Lab, engine: FakeEngine) -> None:
    before = belongings.snapshot(engine)
    engine.add("volume", ANONYMOUS)
    engine.add("volume", ANONYMOUS[::-1])
    engine.add("container", "web-abcde", "nginx:latest", [ANONYMOUS])
    assert _removed(owner, engine, before) == {"web-abcde", ANONYMOUS, ANONYMOUS[::-1]}


def test_the_volumes_of_the_students_own_container_stay(owner: Lab, engine: FakeEngine) -> None:
    """Even when one has a name that the lab owns, and another has none."""
    before = belongings.snapshot(engine)
    engine.add("volume", ANONYMOUS)
    engine.add("volume", "vol-abcde")
    engine.add("container", "mine", "debian:13", [ANONYMOUS, "vol-abcde"])
    assert _removed(owner, engine, before) == set()


def test_a_labs_image_that_the_students_own_container_uses_stays(owner: Lab, engine: FakeEngine) -> None:
    before = belongings.snapshot(engine)
    engine.add("image", "mine-abcde:1")
    engine.add("container", "mine", "debian:13")
    engine.boxes[-1]["ImageID"] = engine.pictures[-1]["Id"]
    engine.boxes[-1]["Image"] = "sha256:of-old"
    before["containers"].append(engine.boxes[-1]["Id"])
    assert _removed(owner, engine, before) == set()


def test_a_network_in_use_stays_and_the_rest_goes_on(owner: Lab, engine: FakeEngine) -> None:
    before = belongings.snapshot(engine)
    engine.in_use.add(engine.add("network", "web-abcde-two"))
    engine.add("image", "mine-abcde:1")
    assert _removed(owner, engine, before) == {"mine-abcde:1"}


def test_a_container_that_is_just_going_does_not_stop_the_rest(
    owner: Lab, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --rm the engine is removing it while we ask: "removal is already in progress"."""
    from steiger.errors import EngineError  # noqa: PLC0415

    before = belongings.snapshot(engine)
    going = engine.add("container", "web-abcde-1", "nginx:latest")
    engine.add("container", "web-abcde-2", "nginx:latest")
    remove = engine.remove_container

    def busy(container_id: str, *, volumes: bool = True) -> None:
        remove(container_id, volumes=volumes)
        if container_id == going:
            raise EngineError("removal of container is already in progress")

    monkeypatch.setattr(engine, "remove_container", busy)
    assert _removed(owner, engine, before) == {"web-abcde-1", "web-abcde-2"}


def test_an_image_pulled_by_digest_goes(owner: Lab, engine: FakeEngine) -> None:
    before = belongings.snapshot(engine)
    made = engine.add("image", "")
    engine.pictures[-1].update(RepoTags=None, RepoDigests=["nginx@sha256:1"])
    engine.pictures[-1]["RepoTags"] = []
    assert _removed(owner, engine, before) == {made}


def test_an_image_of_the_students_own_that_has_two_tags_loses_only_the_labs(owner: Lab, engine: FakeEngine) -> None:
    before = belongings.snapshot(engine)
    engine.add("image", "project:1")
    engine.pictures[-1]["RepoTags"].append("mine-abcde:1")
    assert _removed(owner, engine, before) == {"mine-abcde:1"}
    assert "project:1" in _names(engine)


def test_what_the_start_state_pulled_stays_while_it_is_the_same(owner: Lab, engine: FakeEngine) -> None:
    before = belongings.snapshot(engine)
    engine.add("image", "steiger/ferry:1.0")
    engine.add("image", "mine-abcde:1")
    stays = belongings.held_images(engine)
    engine.pictures[-1]["RepoTags"] = []
    engine.add("image", "mine-abcde:1")
    engine.add("image", "mine-abcde:2")
    belongings.clean_up(owner, VALUES, engine, before, stays)
    assert "steiger/ferry:1.0" in _names(engine)
    assert not {"mine-abcde:1", "mine-abcde:2"} & _names(engine)
    belongings.clean_up(owner, VALUES, engine, before)
    assert "steiger/ferry:1.0" not in _names(engine)


def test_what_the_start_state_made_goes_for_it_is_made_anew(owner: Lab, engine: FakeEngine) -> None:
    """One that stayed would lose its name to the new one, and be left as `<none>`."""
    before = belongings.snapshot(engine)
    engine.add("image", "mine-abcde:1")
    belongings.clean_up(owner, VALUES, engine, before, belongings.held_images(engine))
    assert "mine-abcde:1" not in _names(engine)


def test_old_engines_say_none(owner: Lab, engine: FakeEngine) -> None:
    """Docker 20.10 gives `<none>:<none>` for a dangling image, and null for no digests."""
    before = belongings.snapshot(engine)
    engine.add("image", "")
    engine.pictures[-1].update(RepoTags=["<none>:<none>"], RepoDigests=["<none>@<none>"])
    made = engine.pictures[-1]["Id"]
    belongings.clean_up(owner, VALUES, engine, before)
    assert made not in [picture["Id"] for picture in engine.pictures]
    assert "<none>:<none>" not in before["tags"]


def test_the_mirror_loses_the_labs_tags_only(owner: Lab, engine: FakeEngine, web: Server) -> None:
    engine.mirror_is = f"127.0.0.1:{web.port}"
    tags = {"mine-abcde": ["1", "2"], "mine-abcdef": ["1"], "library/nginx": ["latest"], "mine-zzzzz": ["1"]}
    web.answers["GET /v2/_catalog?n=1000"] = http_answer({"repositories": list(tags)})
    for name, names in tags.items():
        web.answers[f"GET /v2/{name}/tags/list"] = http_answer({"tags": names})
        for tag in names:
            web.answers[f"GET /v2/{name}/manifests/{tag}"] = http_answer({"of": f"{name}:{tag}"})
    belongings.clean_up(owner, VALUES, engine, belongings.snapshot(engine))
    deleted = {asked.split("/")[2] for asked in web.asked if asked.startswith("DELETE")}
    assert deleted == {"mine-abcde", "mine-abcdef"}
    assert len([asked for asked in web.asked if asked.startswith("DELETE")]) == 3


def test_a_lab_that_pushes_nothing_does_not_ask_the_mirror(
    lab: Lab, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(_address: str) -> dict[str, list[str]]:
        raise AssertionError

    monkeypatch.setattr(registry, "tags", asked)
    belongings.clean_up(lab, {"box": "box-1"}, engine, belongings.snapshot(engine))


def test_a_snapshot_has_everything(engine: FakeEngine) -> None:
    seen = belongings.snapshot(engine)
    assert {kind: len(ids) for kind, ids in seen.items()} == {
        "containers": 1,
        "volumes": 4,
        "networks": 2,
        "images": 5,
        "tags": 4,
    }


def test_a_fingerprint_is_the_same_for_the_same_state_made_twice(engine: FakeEngine) -> None:
    first = belongings.fingerprint(engine)
    again = FakeEngine(boxes=engine.boxes, shelves=engine.shelves, nets=engine.nets, pictures=engine.pictures)
    for things, key in ((again.boxes, "Id"), (again.nets, "Id")):
        for number, thing in enumerate(things):
            thing[key] = f"other-{number}"
    again.shelves[-1]["Name"] = "0d" * 32
    assert belongings.fingerprint(again) == first
    again.add("volume", "new")
    assert belongings.fingerprint(again) != first


def test_a_fingerprint_has_no_id_that_is_called_a_digest(engine: FakeEngine) -> None:
    """In the containerd image store a build of another time has another digest, though no registry saw it."""
    states = []
    for made in ("sha256:11", "sha256:22"):
        engine.pictures = [{"Id": made, "RepoTags": ["mine:1", "mine:2"], "RepoDigests": [f"mine@{made}"]}]
        states.append(belongings.fingerprint(engine))
    assert states[0] == states[1]
    engine.pictures[0]["RepoTags"].remove("mine:2")
    assert belongings.fingerprint(engine) != states[0]
