"""What a proof keeps while it runs, and that it leaves the engine as it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.steiger.fakes import FakeEngine

from steiger import kept
from steiger.errors import EngineError, SteigerError

if TYPE_CHECKING:
    from steiger.catalogue import Lab


@dataclass
class PullingEngine(FakeEngine):
    """An engine in memory that pulls all but `nonesuch`."""

    def pull(self, reference: str, seconds: float = 600.0) -> None:
        """Put the image in."""
        assert seconds
        if reference == "nonesuch":
            raise EngineError("not found")
        self.add("image", f"{reference}:latest")

    def tag(self, image: str, repository: str) -> None:
        """Give an image one more name."""
        found = self.image(image)
        assert found
        found["RepoTags"].append(f"{repository}:latest")

    def remove_image(self, reference: str) -> None:
        """Remove a tag, named in full or not."""
        super().remove_image(reference if ":" in reference else f"{reference}:latest")


def named(engine: FakeEngine) -> list[str]:
    """Return all names of images."""
    return [name for picture in engine.pictures for name in picture["RepoTags"]]


def of_images(lab: Lab, *images: str) -> Lab:
    """Return the lab with other images."""
    return replace(lab, needs=replace(lab.needs, images=images))


def test_images_that_were_there_stay_and_new_ones_go(lab: Lab) -> None:
    engine = PullingEngine()
    engine.add("image", "old:latest")
    with kept.images(of_images(lab, "old", "new"), engine):
        assert named(engine) == ["old:latest", "steiger-proof/0:latest", "steiger-proof/1:latest"]
    assert named(engine) == ["old:latest"]


def test_an_image_that_does_not_come_leaves_none_of_the_others(lab: Lab) -> None:
    engine = PullingEngine()
    with pytest.raises(SteigerError, match="nonesuch"), kept.images(of_images(lab, "new", "nonesuch"), engine):
        pass
    assert named(engine) == []
