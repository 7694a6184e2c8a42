"""Build what a registry lacks, image by image: one that cannot be made costs those that build on it, and no other."""

from __future__ import annotations

import errno
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible.module_utils.dockerfile import RecipeError, alias, bases
from ansible.module_utils.image_build import RECIPE, SOURCE, Builder, Recipe, Site, full, plan, recipe_hash, stages_of
from ansible.module_utils.registry_api import Registry, RegistryError, reference

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
AT_ONCE = 3


@dataclass(frozen=True)
class Cause:
    """Why an image cannot be made: the image that is at fault, itself or one that it builds on, and what is wrong.

    `kind` is "none" (there is no recipe), "recipe" (it cannot be read) or "build"; `says` has the words for the last two.
    """

    image: str
    kind: str
    says: str = ""


class CannotBeMadeError(Exception):
    """Carries the cause to all that wait for the image."""

    def __init__(self, cause: Cause) -> None:
        """Remember the cause."""
        super().__init__(cause.says)
        self.cause = cause


def fault(recipes: dict[str, Recipe], name: str, path: tuple[str, ...] = ()) -> Cause | None:
    """Return what the recipes themselves have against an image; None when it may be built."""
    if name in path:
        return Cause(name, "recipe", f"the recipes go round in a circle: {' -> '.join((*path, name))}")
    if name not in recipes:
        return Cause(name, "none")
    try:
        below = sorted(bases(stages_of(recipes, name)))
    except RecipeError as error:
        return Cause(name, "recipe", str(error))
    found = (fault(recipes, full(base), (*path, name)) for base in below)
    return next((cause for cause in found if cause), None)


def is_present(labels: dict[str, str] | None, wanted: str) -> bool:
    """Tell whether an image with these labels will do: one that is not ours does, and any does where no recipe can be read."""
    return labels is not None and (not wanted or SOURCE not in labels or labels.get(RECIPE) == wanted)


def find_missing(target: Registry, names: list[str], recipes: dict[str, Recipe], suite: str) -> list[str]:
    """Return the names that the registry must still get."""
    missing = []
    for name in names:
        wanted = "" if fault(recipes, name) else recipe_hash(recipes, name, suite)
        if not is_present(target.labels(*reference(name)), wanted):
            missing.append(name)
    return missing


def same_image(target: Registry, recipes: dict[str, Recipe], name: str, suite: str) -> bool:
    """Give a recipe that only names another image that image's manifest, when the registry holds it."""
    other = alias(stages_of(recipes, name))
    if not other or reference(other)[0] != reference(name)[0] or find_missing(target, [full(other)], recipes, suite):
        return False
    _, body, kind = target.manifest(*reference(other))
    target.put(*reference(name), body, kind)
    return True


def build(
    target: Registry, recipes: dict[str, Recipe], names: list[str], also: Collection[str], here: Site, work: Path
) -> dict[str, Cause]:
    """Build images, those that do not wait for each other at the same time; return why some of `names` were not.

    `also` are names that are pushed again when they are another name of one that is built.

    Raises OSError when the disk is full and RegistryError when the registry does not take what it gets.
    """
    causes = {name: cause for name in names if (cause := fault(recipes, name))}
    sound = [name for name in names if name not in causes and not same_image(target, recipes, name, here.suite)]
    good = {name for name in recipes if not fault(recipes, name)}
    aliases = {name for name in good if full(alias(stages_of(recipes, name)) or name) in sound}
    wanted = set(sound) | (aliases & set(also))
    order = plan(recipes, sorted(wanted))
    builder = Builder(target, recipes, here, work, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    needs = {name: plan(recipes, [name])[:-1] for name in order}
    done: dict[str, Future[Any]] = {}

    def push(name: str) -> None:
        done[name].result()
        builder.push(name)

    def make(name: str) -> None:
        for other in needs[name]:
            done[other].result()
        try:
            builder.build(name)
        except Exception as error:  # noqa: BLE001 -- whatever a recipe makes us stumble over is that recipe's
            if getattr(error, "errno", None) in FULL or "no space left" in str(error).lower():
                raise OSError(errno.ENOSPC, str(error)) from None
            said = str(error) if isinstance(error, (RecipeError, OSError, subprocess.SubprocessError)) else repr(error)
            raise CannotBeMadeError(Cause(name, "build", said)) from None

    # Whoever waits was put in line after what it waits for, so the line always moves.
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for name in order:
            done[name] = pool.submit(make, name)
        pushed = {name: pool.submit(push, name) for name in order if name in wanted}
    for name, future in pushed.items():
        try:
            future.result()
        except CannotBeMadeError as error:
            causes[name] = error.cause
    return {name: causes[name] for name in names if name in causes}


def reasons(
    target: Registry, causes: dict[str, Cause], tried: dict[str, str], names: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Return what is remembered of images that did not come, by full name.

    `tried` says why an image did not come from upstream. `old` tells that the registry holds the image of another recipe.
    """
    found = {}
    for name in sorted(names):
        if name in causes:
            try:
                old = target.labels(*reference(name)) is not None
            except RegistryError:
                old = False
            found[name] = {**asdict(causes[name]), "upstream": tried.get(causes[name].image, ""), "old": old}
    return found
