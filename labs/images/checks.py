"""Checks of the lab `images`: one function per task, named after its id.

Nothing here knows a digest or an id: images may be built anew, so every check compares
with what the registry or the engine says at this moment.
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steiger.bench import Bench
from steiger.errors import SteigerError
from steiger.i18n import language

ARCHIVE_LIMIT = 64 * 1024 * 1024
JSON_LIMIT = 1024 * 1024
STAMP = "nl.steiger.stamp"
TITLE = "org.opencontainers.image.title"
REVISION = "org.opencontainers.image.revision"
_ID = re.compile(r"(sha256:)?[0-9a-f]{4,64}")
_NOT_PUBLISHED = {
    "nl": "De registry {address} heeft geen {image}; kijk met `lab doctor` wat er mis is.",
    "en": "The registry {address} has no {image}; see with `lab doctor` what is wrong.",
}

# Any of these means "no archive of an image": the file may be whatever a student put there.
_NOT_READABLE = (
    AttributeError,
    EOFError,
    KeyError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    tarfile.TarError,
    zlib.error,
)

Json = dict[str, Any]


@dataclass(frozen=True)
class _Archive:
    """What `docker save` wrote; not whole when it is something else, or parts are missing."""

    whole: bool
    members: list[str]
    tags: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    labels: list[Mapping[str, str]] = field(default_factory=list)


def pulled(bench: Bench) -> None:
    """Check that steiger/ferry:1.0 is here, and is what the registry has under that tag."""
    image = bench.engine.image("steiger/ferry:1.0")
    if image is None:
        bench.fail("absent", seen=_tags(bench, "steiger/ferry"))
    if not _ids(bench, _published(bench, "1.0")) & {image["Id"], *_digests(image)}:
        env = dict(line.partition("=")[::2] for line in image["Config"].get("Env") or [])
        bench.fail("other", version=env.get("FERRY_VERSION"), id=_short(image["Id"]))


def pinned(bench: Bench) -> None:
    """Check that the container was made from the digest of steiger/ferry:2.0."""
    name = bench.values["pin"]
    box = bench.engine.container(name)
    if box is None:
        bench.fail("absent", name=name, seen=bench.engine.container_names())
    reference = box["Config"]["Image"]
    if "@" not in reference:
        bench.fail("by-id" if _ID.fullmatch(reference) else "by-tag", name=name, seen=reference)
    published = _published(bench, "2.0")
    digest = reference.partition("@")[2]
    if digest not in {published["digest"], *_parts(published)}:
        bench.fail("other", name=name, seen=_short(digest), wanted=_short(published["digest"]))


def versioned(bench: Bench) -> None:
    """Check that the image has a second tag, the revision in its label, and still the first."""
    repository = bench.values["cargo"]
    original, name = f"{repository}:new", f"{repository}:{bench.values['revision']}"
    tags = _tags(bench, repository)
    old = bench.engine.image(original)
    if old is None or _labels(old).get(REVISION) != bench.values["revision"]:
        bench.fail("gone", name=original, repository=repository, seen=tags)
    new = bench.engine.image(name)
    if new is None:
        bench.fail("absent" if tags == [original] else "wrong-tag", repository=repository, seen=tags)
    if new["Id"] != old["Id"]:
        bench.fail("other", name=name, original=original, seen=_short(new["Id"]), wanted=_short(old["Id"]))


def secret(bench: Bench) -> None:
    """Check the code that was in the image before it was overwritten."""
    code = bench.answer("code").rpartition("=")[2].strip("\"' ").lower()
    if not code:
        bench.fail("empty")
    if code == "erased":
        bench.fail("erased", seen=code)
    if code != bench.values["secret"]:
        bench.fail("wrong", seen=code, name=f"{bench.values['cargo']}:new")


def pushed(bench: Bench) -> None:
    """Check that the registry has steiger/ferry:1.0 under the student's own name."""
    depot = bench.values["depot"]
    name = f"{bench.values['registry']}/{depot}:1.0"
    remote, wanted = _remote(bench, depot, "1.0"), _published(bench, "1.0")
    if remote is None:
        bench.fail("local" if bench.engine.image(name) else "absent", name=name)
    # The digests may differ where the content does not: a push may pack the layers anew.
    if not _ids(bench, wanted) & _ids(bench, remote):
        bench.fail("other", name=name, seen=_config(remote), wanted=_config(wanted))


def archived(bench: Bench) -> None:
    """Check that the image is in its archive and no longer in the engine."""
    attic = bench.values["attic"]
    file = f"{attic}.tar"
    kept = _titled(bench, "attic")
    archive = _archive(bench.folder / file)
    if archive is None and not kept:
        bench.fail("lost", name=attic, file=file)
    if archive is None:
        bench.fail("absent", file=file, seen=sorted(path.name for path in bench.folder.iterdir()))
    if not archive.whole:
        bench.fail("no-archive", file=file, seen=archive.members)
    if not any(_ours(bench, labels, "attic") for labels in archive.labels):
        bench.fail("other", file=file, name=attic, seen=archive.tags)
    if not archive.tags:
        bench.fail("nameless", file=file)
    if kept:
        bench.fail("still-there", file=file, seen=_names(kept))


def loaded(bench: Bench) -> None:
    """Check that the image in delivery.tar is in the engine, under its name."""
    name = f"{bench.values['parcel']}:1"
    image = bench.engine.image(name)
    if image is None:
        bench.fail("absent", name=name)
    if not _labels(image) and not image["Config"].get("Cmd"):
        bench.fail("imported", name=name)
    delivery = _archive(bench.folder / "delivery.tar")
    # A student may tidy the archive away once it is loaded: then the labels must do.
    same = image["Id"] in delivery.ids if delivery and delivery.whole else True
    if not same or not _ours(bench, _labels(image), "parcel"):
        bench.fail("other", name=name, seen=_short(image["Id"]))


def dangling(bench: Bench) -> None:
    """Check that the nameless draft is gone and the nameless logbook has its name."""
    box = bench.values["logbook"]
    name = f"{box}:1"
    draft, kept = _titled(bench, "draft"), _titled(bench, "logbook")
    if draft:
        bench.fail("draft", seen=_names(draft))
    if not kept:
        bench.fail("lost")
    named = bench.engine.image(name)
    if named is None:
        bench.fail("nameless", name=name, seen=_names(kept))
    # Labels survive a commit; the container remembers which image was there first.
    holder = bench.engine.container(box)
    wanted = {holder["Image"]} if holder else {image["Id"] for image in kept}
    if named["Id"] not in wanted:
        bench.fail("other", name=name, box=box, seen=_short(named["Id"]), wanted=[_short(i) for i in wanted])


def _remote(bench: Bench, repository: str, tag: str) -> Json | None:
    address = bench.values["registry"]
    found = bench.engine.registry(f"{address}/{repository}:{tag}")
    return {**found, "repository": f"{address}/{repository}"} if found else None


def _published(bench: Bench, tag: str) -> Json:
    """Return what the registry has of steiger/ferry under a tag."""
    found = _remote(bench, "steiger/ferry", tag)
    if found is None:
        words = {"address": bench.values["registry"], "image": f"steiger/ferry:{tag}"}
        raise SteigerError(_NOT_PUBLISHED[language()].format_map(words))
    return found


def _parts(found: Json) -> set[str]:
    """Return the digests of the manifests in an index; none for an image of one platform."""
    return {part["digest"] for part in found["manifest"].get("manifests") or []}


def _ids(bench: Bench, found: Json) -> set[str]:
    """Return all that identifies a registry's image: its digest, its config, those of its parts."""
    manifests = [found["manifest"]]
    for digest in _parts(found):
        part = bench.engine.registry(f"{found['repository']}@{digest}")
        manifests += [part["manifest"]] if part else []
    configs = {m["config"]["digest"] for m in manifests if "config" in m}
    return {found["digest"], *_parts(found), *configs}


def _config(found: Json) -> str:
    return _short((found["manifest"].get("config") or found)["digest"])


def _digests(image: Json) -> set[str]:
    return {digest.partition("@")[2] for digest in image.get("RepoDigests") or []}


def _labels(image: Json) -> dict[str, str]:
    return image["Config"].get("Labels") or {}


def _ours(bench: Bench, labels: Mapping[str, str], title: str) -> bool:
    return labels.get(STAMP) == bench.values["stamp"] and labels.get(TITLE) == title


def _titled(bench: Bench, title: str) -> list[Json]:
    """Return the student's images with this title, whatever they are called."""
    return [image for image in bench.engine.images() if _ours(bench, image.get("Labels") or {}, title)]


def _names(images: list[Json]) -> list[str]:
    """Return the names of images, the short id of those that have none."""
    found = []
    for image in images:
        tags = [tag for tag in image.get("RepoTags") or [] if not tag.startswith("<none>")]
        found += tags or [f"<none> ({_short(image['Id'])})"]
    return sorted(found)


def _tags(bench: Bench, repository: str) -> list[str]:
    tags = [tag for image in bench.engine.images() for tag in image.get("RepoTags") or []]
    return sorted(tag for tag in tags if tag.rpartition(":")[0] == repository)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _archive(path: Path) -> _Archive | None:
    """Return what an archive of an image holds, read in memory and bounded; None when there is no file."""
    if not path.is_file():
        return None
    names: list[str] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(_bytes(path)), mode="r:") as tar:
            members = {member.name.removeprefix("./"): member for member in tar.getmembers()}
            names = list(members)
            entries = json.loads(_text(tar, members["manifest.json"]))
            configs = [_text(tar, members[entry["Config"]]) for entry in entries]
            index = json.loads(_text(tar, members["index.json"])) if "index.json" in members else {}
        layers = {layer for entry in entries for layer in entry["Layers"]}
        return _Archive(
            whole=bool(layers) and layers <= members.keys(),
            members=names,
            tags=[str(tag) for entry in entries for tag in entry["RepoTags"] or []],
            ids={f"sha256:{hashlib.sha256(config).hexdigest()}" for config in configs} | _parts({"manifest": index}),
            labels=[dict(json.loads(config)["config"].get("Labels") or {}) for config in configs],
        )
    except _NOT_READABLE:
        return _Archive(whole=False, members=names)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as source:
        packed = source.read(2) == b"\x1f\x8b"
        source.seek(0)
        data = gzip.GzipFile(fileobj=source).read(ARCHIVE_LIMIT + 1) if packed else source.read(ARCHIVE_LIMIT + 1)
    if len(data) > ARCHIVE_LIMIT:
        raise ValueError(path)
    return data


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    source = tar.extractfile(member)
    return source.read(JSON_LIMIT) if source else b""
