"""Checks of the lab `layers`: one function for each task, named after its id.

What an image is made of is read from the engine's own archive of it: RootFS.Layers says
how many layers there are, `saved` what is in each of them and how big it is. `Size` says little:
in the containerd image store it is that of the packed layers. Where the layers of a container
lie on disk is asked of the kernel, for only Docker's overlay2 tells it in `docker inspect`.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from steiger.bench import Bench
from steiger.errors import SteigerError
from steiger.i18n import language
from steiger.saved import File, Saved

MIB = 1024 * 1024
# busybox takes 2 to 5 MB, what this lab puts on it a few kB; debian takes 78 MB, the grain 16 MB.
SMALL = 8 * 1000 * 1000
BAGS = 800_000
ITEMS = ("rope", "lamp", "anchor")
DECKS = range(1, 7)
BALLAST = "/hold/ballast.bin"
_ABOVE = ("/hold/", f"{BALLAST}/")
_APP = "ferry/app/ferry.sh"
_STAMP = "ferry/stores/installed"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*")
_AMOUNT = re.compile(r"([0-9][0-9.,]*)\s*([kmg]?)", re.IGNORECASE)
_MEGABYTES = {"k": 0.001, "m": 1.0, "g": 1000.0}
_NO_BASE = {
    "nl": "Er is geen image busybox om mee te vergelijken; haal het op, of begin opnieuw met `lab reset layers`.",
    "en": "There is no image busybox to compare with; pull it, or begin again with `lab reset layers`.",
}
_NO_OVERLAY = {
    "nl": "De container {name} noemt geen overlay als zijn /; kijk met `docker info` hoe je engine lagen bewaart.",
    "en": "The container {name} names no overlay as its /; see with `docker info` how your engine keeps layers.",
}

Json = dict[str, Any]


def predicted(bench: Bench) -> None:
    """The number of layers that each of three Dockerfiles adds to its base."""
    pier, quay, dock = (int(bench.values[name]) for name in ("pier", "quay", "dock"))
    # The Dockerfiles that setup.yml writes: what they add, and how many instructions they count.
    wanted = {"pier": (pier, pier + 7), "quay": (quay + 2, quay + 6), "dock": (dock + 1, 2 * dock + 5)}
    for key, (layers, instructions) in wanted.items():
        answer = bench.answer(key)
        if not answer:
            bench.fail("empty", key=key)
        written = re.match(r"[0-9]{1,4}\b", answer)
        if written is None:
            bench.fail("no-number", key=key, seen=answer)
        number = int(written[0])
        if number == layers:
            continue
        if number in {instructions, instructions - 1}:
            bench.fail("lines", key=key, seen=answer)
        if key == "dock" and number == 2 * dock + 1:
            bench.fail("stages", key=key, seen=answer)
        bench.fail("wrong", key=key, seen=answer)


def stacked(bench: Bench) -> None:
    """An image with the six decks that adds exactly so many layers to busybox."""
    image, added = _on_busybox(bench, bench.values["stack"])
    if added != int(bench.values["height"]):
        bench.fail("count", seen=added, name=bench.values["stack"])
    saved = _opened(bench, image, "big")
    for number in DECKS:
        deck = saved.file(f"decks/deck-{number}.txt")
        if deck is None:
            bench.fail("missing", file=f"/decks/deck-{number}.txt")
        if f"deck {number} of cargo {bench.values['cargo']}" not in deck.text:
            bench.fail("wrong", file=f"/decks/deck-{number}.txt", seen=deck.text)
    berth = _environment(image).get("BERTH")
    if berth != bench.values["berth"]:
        bench.fail("berth", seen=berth)


def ordered(bench: Bench) -> None:
    """Two versions of an image, of which the second did not fetch the dependencies again."""
    old, new = f"{bench.values['ferry']}:1", f"{bench.values['ferry']}:2"
    first = _ferry(bench, old, bench.values["draft"])
    second = _ferry(bench, new, bench.values["release"])
    apps = [layer.files[_APP].text for layer in second.layers if _APP in layer.files]
    if any(bench.values["draft"] in app for app in apps[:-1]):
        bench.fail("on-top", name=new, voyage=bench.values["draft"])
    stamps = [saved.file(_STAMP) for saved in (first, second)]
    # A step from the cache leaves the same file; one that ran again another number, at another time.
    if len({(stamp.text, stamp.mtime) for stamp in stamps if stamp}) > 1:
        bench.fail("rerun", first=old, second=new, seen=[stamp.text[:8] for stamp in stamps if stamp])


def dug_up(bench: Bench) -> None:
    """The key that a layer still holds after a later one deleted it."""
    key = bench.answer("key").lower()
    if not key:
        bench.fail("empty")
    if key == bench.values["spare"]:
        bench.fail("new", seen=key)
    if key != bench.values["key"]:
        bench.fail("wrong", seen=key)


def slimmed(bench: Bench) -> None:
    """An image with the report, in which the grain takes no room."""
    image, _ = _on_busybox(bench, bench.values["mill"])
    report = _small(bench, image, "fat").file("report.txt")
    if report is None:
        bench.fail("missing")
    if bench.values["grain"] not in report.text or str(BAGS) not in report.text:
        bench.fail("wrong", seen=report.text)


def staged(bench: Bench) -> None:
    """An image with the program, and without what it was made with and from."""
    name = bench.values["beacon"]
    saved = _small(bench, _image(bench, name), "tools")
    image, _ = _on_busybox(bench, name)
    for secret, finding in (("seal", "key"), ("remark", "source")):
        code = bench.values[secret].encode()
        places = [f"{number}/{len(saved.layers)}" for number, layer in enumerate(saved.layers, 1) if code in layer.raw]
        places += ["history"] if code in saved.config else []
        if places:
            bench.fail(finding, seen=places)
    program = saved.file("usr/bin/beacon")
    if program is None:
        bench.fail("missing")
    if not _made_of(bench, program):
        bench.fail("wrong", seen=program.text)
    if not program.mode & 0o111:
        bench.fail("mode", seen=f"{program.mode:o}")
    start = [*(image["Config"].get("Entrypoint") or []), *(image["Config"].get("Cmd") or [])]
    if not any("beacon" in word for word in start):
        bench.fail("command", seen=" ".join(start))


def overlaid(bench: Bench) -> None:
    """Where a container's own layer is on disk, and what it says of deleted files."""
    box = bench.engine.container(bench.values["diver"])
    if box is None:
        bench.fail("gone", seen=bench.engine.container_names())
    answers = {key: bench.answer(key) for key in ("upper", "removed", "whiteouts")}
    for key, answer in answers.items():
        if not answer:
            bench.fail("empty", key=key)
    if box["State"]["Status"] != "running":
        bench.fail("stopped", status=box["State"]["Status"])
    overlay = _overlay(bench, box)
    upper = os.path.normpath(answers["upper"])
    if upper != overlay["upper"]:
        for name, folders in _others(box, overlay).items():
            if upper in folders:
                bench.fail("other-folder", seen=name)
        bench.fail("upper", seen=answers["upper"])
    # `docker diff` puts a D before the path.
    if PurePosixPath(answers["removed"].rpartition(" ")[2]).name != f"{bench.values['lost']}.txt":
        bench.fail("removed", seen=answers["removed"])
    # The charts one by one, the log, and the folder nets as a whole.
    if answers["whiteouts"] != str(int(bench.values["gone"]) + 2):
        bench.fail("whiteouts", seen=answers["whiteouts"])


def copied_up(bench: Bench) -> None:
    """A container whose layer holds the whole of a big file, of which a few bytes were changed."""
    name, hold = bench.values["lift"], f"{bench.values['hold']}:1"
    box = bench.engine.container(name, size=True)
    if box is None:
        bench.fail("absent", seen=bench.engine.container_names())
    image = bench.engine.image(hold)
    if box["Config"]["Image"] != hold and (image is None or image["Id"] != box["Image"]):
        bench.fail("image", seen=box["Config"]["Image"])
    if not box["State"]["Running"]:
        bench.fail("stopped", status=box["State"]["Status"])
    mounts = [mount["Destination"] for mount in box["Mounts"] if f"{mount['Destination'].rstrip('/')}/" in _ABOVE]
    if mounts:
        bench.fail("mount", seen=mounts)
    tail = bench.engine.run_in(name, ["tail", "-c", "100", BALLAST])
    marked = tail is not None and bench.values["mark"] in tail.output
    grown = box.get("SizeRw") or 0
    size = int(bench.values["ballast"]) * 2 * MIB
    if not marked:
        bench.fail("unmarked" if grown >= size else "unchanged", seen=_megabytes(grown))
    if grown < size:
        bench.fail("overwritten", seen=_megabytes(grown))
    answer = bench.answer("copied")
    if not answer:
        bench.fail("empty")
    if not any(_about(answer, amount) for amount in (size, grown)):
        bench.fail("wrong", seen=answer)


def _ferry(bench: Bench, name: str, voyage: str) -> Saved:
    """Return what is in a version of the ferry that is whole, or fail."""
    image, _ = _on_busybox(bench, name)
    saved = _opened(bench, image, "big")
    missing = [item for item in ITEMS if saved.file(f"ferry/stores/{item}") is None]
    stamp = saved.file(_STAMP)
    if stamp is None or missing or not _UUID.fullmatch(stamp.text):
        bench.fail("stores", name=name, missing=missing or ["installed"])
    app = saved.file(_APP)
    if app is None or voyage not in app.text:
        bench.fail("voyage", name=name, wanted=voyage, seen=app.text if app else None)
    return saved


def _image(bench: Bench, name: str) -> Json:
    """Return an image, or fail with `absent`."""
    image = bench.engine.image(name)
    if image is None:
        repository = name.partition(":")[0]
        tags = [tag for each in bench.engine.images() for tag in each.get("RepoTags") or []]
        bench.fail("absent", name=name, seen=sorted(tag for tag in tags if tag.startswith(repository)))
    return image


def _on_busybox(bench: Bench, name: str) -> tuple[Json, int]:
    """Return an image, and how many layers it adds to busybox; or fail with `absent` or `base`."""
    image = _image(bench, name)
    layers = _layers(image)
    base = _base(bench)
    if layers[: len(base)] != base:
        bench.fail("base", name=name, seen=len(layers))
    return image, len(layers) - len(base)


def _base(bench: Bench) -> list[str]:
    """Return the layers of busybox; a student may have removed it, but not what the lab's own image lies on."""
    busybox = bench.engine.image("busybox")
    if busybox:
        return _layers(busybox)
    diver = bench.engine.container(bench.values["diver"])
    own = bench.engine.image(diver["Image"] if diver else f"{bench.values['hold']}:1")
    base = _layers(own)[:-1] if own else []
    if not base:
        raise SteigerError(_NO_BASE[language()])
    return base


def _layers(image: Json) -> list[str]:
    return image["RootFS"].get("Layers") or []


def _opened(bench: Bench, image: Json, otherwise: str) -> Saved:
    """Return what is in an image; fail with the finding `otherwise` when that is too much to look into."""
    saved = bench.engine.saved(image["Id"])
    if saved is None:
        bench.fail(otherwise, seen="> 64")
    return saved


def _small(bench: Bench, image: Json, otherwise: str) -> Saved:
    """Return what is in an image; fail with the finding `otherwise` when its layers are too big."""
    saved = _opened(bench, image, otherwise)
    size = sum(len(layer.raw) for layer in saved.layers)
    if size > SMALL:
        bench.fail(otherwise, seen=_megabytes(size))
    return saved


def _overlay(bench: Bench, box: Json) -> dict[str, str]:
    """Return where the layers of a container that runs are, as the kernel stacked them."""
    mounts = bench.engine.run_in(box["Id"], ["cat", "/proc/self/mountinfo"])
    for overlay in _overlays(mounts.output if mounts else ""):
        if overlay["merged"] == "/":
            return overlay
    raise SteigerError(_NO_OVERLAY[language()].format(name=box["Name"].lstrip("/")))


def _overlays(mounts: str) -> Iterator[dict[str, str]]:
    """Yield where each overlay in a `mountinfo` is mounted (merged), and its folders lower, upper and work."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - overlay ")
        options = dict(option.partition("=")[::2] for option in after.rpartition(" ")[2].split(","))
        if "upperdir" in options:
            folders = {name: options.get(f"{name}dir", "") for name in ("lower", "upper", "work")}
            yield {"merged": before.split(" ")[4], **folders}


def _others(box: Json, overlay: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the folders of a container's overlay that are not the upper one, by what they are."""
    here = _overlays(Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace"))
    # What overlay2 gives the kernel are short links to the folders that `docker inspect` names.
    known = (box.get("GraphDriver") or {}).get("Data") or {}
    return {
        "merged": [mount["merged"] for mount in here if mount["upper"] == overlay["upper"]],
        "work": [overlay["work"]],
        "lower": [*overlay["lower"].split(":"), *known.get("LowerDir", "").split(":")],
    }


def _environment(image: Json) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in image["Config"].get("Env") or [])


def _made_of(bench: Bench, program: File) -> bool:
    """Tell whether build.sh made a program, of the student's own source and key."""
    source = f"# For the yard only: design {bench.values['remark']}\n{bench.values['signal']}\n"
    seal = hashlib.sha256(f"{bench.values['seal']}\n{source}".encode()).hexdigest()
    flashes = " ".join(f"{ord(letter):08b}" for letter in bench.values["signal"]).replace("0", ".").replace("1", "-")
    return f"seal {seal}" in program.text and flashes in program.text


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


def _about(answer: str, size: int) -> bool:
    """Tell whether an answer in kB, MB, GB (or KiB …) or bytes is a size, within the difference of MB and MiB."""
    amount = _AMOUNT.search(answer)
    if amount is None:
        return False
    digits = amount[1].rstrip(".,")
    parts = re.split("[.,]", digits)
    # 8.388.609 has its thousands apart, 8,4 a fraction.
    number = float("".join(parts) if len(parts) > 2 else ".".join(parts))
    unit = amount[2].lower()
    megabytes = number * (_MEGABYTES[unit] if unit else 1e-6 if number > MIB else 1.0)
    return 0.93 * size <= megabytes * 1e6 <= 1.04 * size
