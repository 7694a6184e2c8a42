"""What a proof keeps while it runs: each reset drops the lab's images, and each check that builds drops its cache."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from steiger.building import Yard
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.errors import EngineError, SteigerError
from steiger.grader import CHECK_SECONDS
from steiger.i18n import _

_NAME = "steiger-proof"


@contextlib.contextmanager
def images(lab: Lab, engine: Engine) -> Iterator[None]:
    """Hold the layers of the lab's images under other names, and for checks that build also in the build cache.

    Raises:
        SteigerError: an image cannot be pulled.
    """
    with contextlib.ExitStack() as stack:
        # The name of a new one goes when all are here, and also when the next does not come.
        with contextlib.ExitStack() as new:
            for number, image in enumerate(lab.needs.images):
                if engine.image(image) is None:
                    _pull(engine, image)
                    new.callback(engine.remove_image, image)
                engine.tag(image, f"{_NAME}/{number}")
                stack.callback(engine.remove_image, f"{_NAME}/{number}:latest")
        if any(task.seconds > CHECK_SECONDS for task in lab.tasks):
            stack.enter_context(_built(lab.needs.images, engine))
        yield


def _pull(engine: Engine, image: str) -> None:
    try:
        engine.pull(image)
    except EngineError as error:
        raise SteigerError(
            _("the image {image} cannot be pulled; is it on the mirror (docs/images.md)? {why}").format(
                image=image, why=error
            )
        ) from error


@contextlib.contextmanager
def _built(bases: tuple[str, ...], engine: Engine) -> Iterator[None]:
    """Keep a layer on each image in the build cache, as that of a student who has built before.

    Without one, the engine unpacks the image for every build anew.
    """
    with tempfile.TemporaryDirectory() as place:
        yard = Yard(engine, Path(place))
        with contextlib.closing(yard):
            for number, base in enumerate(bases):
                (Path(place) / str(number)).mkdir()
                built = yard.build(str(number), {"Dockerfile": f"FROM {base}\nCOPY Dockerfile /\n"})
                if built.image:
                    engine.remove_image(built.image)
            yield
