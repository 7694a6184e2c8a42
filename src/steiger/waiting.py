"""What ./setup could not bring, and which labs wait for it: read from what it wrote down, put in our words."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steiger.catalogue import Lab
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import waiting_dir
from steiger.text import harmless

if TYPE_CHECKING:
    # `lab list` asks no engine, and importing one takes time.
    from steiger.engine import Engine

IMAGE, PACKAGE = "image", "package"
WHY_LIMIT = 300


@dataclass(frozen=True)
class Part:
    """An image or package that did not come.

    `root` is the part at fault, the part itself or an image that it builds on; `old` tells that
    the image of an earlier recipe is there, with which labs go on.
    """

    kind: str
    name: str
    root: str
    why: str
    old: bool = False


def read() -> list[Part]:
    """Return what the last ./setup could not bring; nothing when it brought everything."""
    parts = []
    for kind in (IMAGE, PACKAGE):
        for name, told in sorted(_load(waiting_dir() / f"{kind}s.json").items()):
            if isinstance(told, dict):
                root = str(told.get("image", name))
                parts.append(Part(kind, short(name), short(root), _reason(told), told.get("old") is True))
            else:
                parts.append(Part(kind, short(name), short(name), harmless(told, WHY_LIMIT)))
    return parts


def _load(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def short(name: str) -> str:
    """Return an image's name as labs write it: `nginx` for `library/nginx:latest`."""
    return harmless(name).removeprefix("library/").removesuffix(":latest")


def _reason(told: dict[str, Any]) -> str:
    said = harmless(told.get("says"), WHY_LIMIT)
    why = {
        "none": _("there is no recipe for it"),
        "recipe": _("its recipe cannot be read ({why})").format(why=said),
    }.get(str(told.get("kind")), _("it cannot be built ({why})").format(why=said))
    if told.get("upstream"):
        upstream = harmless(told["upstream"], WHY_LIMIT)
        if " " not in upstream:
            upstream = _("{address} does not answer").format(address=upstream)
        return _("it does not come from elsewhere ({upstream}), and {why}").format(upstream=upstream, why=why)
    return why


def of(lab: Lab, parts: Sequence[Part]) -> list[Part]:
    """Return what a lab waits for."""
    needed = {(IMAGE, short(name)) for name in lab.needs.images} | {(PACKAGE, name) for name in lab.needs.packages}
    return [part for part in parts if (part.kind, part.name) in needed and not part.old]


def summary(labs: Sequence[Lab], parts: Sequence[Part]) -> list[str]:
    """Return what there is to say after ./setup, as lines; none when every lab has all that it needs."""
    lines = []
    groups: dict[tuple[str, str], list[str]] = {}
    reasons: dict[tuple[str, str], str] = {}
    for lab in labs:
        for part in of(lab, parts):
            names = groups.setdefault((part.kind, part.root), [])
            reasons[part.kind, part.root] = part.why
            if lab.id not in names:
                names.append(lab.id)
    if groups:
        held = {name for names in groups.values() for name in names}
        waits = "; ".join(_waits(names, *key, reasons[key]) for key, names in groups.items())
        lines.append(
            _("{ready} of {all} labs are ready; {waits}. Run ./setup again.").format(
                ready=len(labs) - len(held), all=len(labs), waits=waits
            )
        )
    old = {part.root: part.why for part in parts if part.old}
    lines += [
        _("The image {image} is still the one of before: {why}. Run ./setup again.").format(image=image, why=why)
        for image, why in old.items()
    ]
    return lines


def _waits(labs: Sequence[str], kind: str, root: str, why: str) -> str:
    one = len(labs) == 1
    if kind == IMAGE:
        text = _("{labs} waits for the image {name}: {why}") if one else _("{labs} wait for the image {name}: {why}")
    else:
        text = (
            _("{labs} waits for the package {name}: {why}") if one else _("{labs} wait for the package {name}: {why}")
        )
    return text.format(labs=_joined(labs), name=root, why=why)


def _joined(names: Sequence[str]) -> str:
    *others, last = names
    return _("{names} and {last}").format(names=", ".join(others), last=last) if others else last


def require_packages(lab: Lab) -> None:
    """Make sure that a package which did not come is there now.

    Raises:
        SteigerError: it is not; one sentence says which, and why.
    """
    for part in of(lab, read()):
        if part.kind == PACKAGE and not _installed(part.name):
            raise SteigerError(_waits([lab.id], part.kind, part.root, part.why) + _("; run ./setup again"))


def require_images(lab: Lab, engine: "Engine") -> None:
    """Make sure that the images of a lab are there now, whatever was written down.

    Raises:
        SteigerError: one is not; one sentence says which, and why when that is known.
    """
    missing = missing_images(lab, engine)
    known = {part.name: part for part in of(lab, read()) if part.kind == IMAGE} if missing else {}
    for name in missing:
        part = known.get(short(name))
        if part:
            raise SteigerError(_waits([lab.id], IMAGE, part.root, part.why) + _("; run ./setup again"))
        raise SteigerError(
            _("{lab} needs the image {image}, which is not on this machine; run ./setup again").format(
                lab=lab.id, image=name
            )
        )


def missing_images(lab: Lab, engine: "Engine") -> list[str]:
    """Return the images of a lab that neither the engine nor a mirror of it has; none where a mirror cannot be asked."""
    from steiger import registry  # noqa: PLC0415 - `lab list` does not ask one

    missing = [name for name in lab.needs.images if engine.image(name) is None]
    mirrors = registry.mirrors(engine.info()) if missing else []
    for url in mirrors:
        scheme, _sign, address = url.rstrip("/").partition("://")
        # Where a mirror does not answer us, the engine itself finds out what it has.
        if not missing or scheme != "http" or not registry.answers(address):
            return []
        missing = registry.lacking(address, missing)
    return missing if mirrors else []


def _installed(package: str) -> bool:
    import subprocess  # noqa: PLC0415 - `lab list` runs nothing

    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            ["dpkg-query", "--show", "--showformat=${db:Status-Status}\\n", package],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return "installed" in done.stdout.split()
    return True  # where dpkg cannot be asked, nothing is known against it
