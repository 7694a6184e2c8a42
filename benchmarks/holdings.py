"""What a machine holds: packages and disk in use, as its own tools tell, and what was added to it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

LIST_PACKAGES = ("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package} ${Installed-Size}\\n")
LIST_DISK = ("du", "--one-file-system", "--block-size=1", "--max-depth=3", "/")
# What an administrator names to have Docker; what they need comes with them.
DOCKER = ("docker.io", "docker-cli", "docker-buildx", "docker-compose", "apparmor")
LIST_DOCKER = (
    "apt-cache", "depends", "--recurse", "--installed", "--no-recommends", "--no-suggests", "--no-conflicts",
    "--no-breaks", "--no-replaces", "--no-enhances", *DOCKER,
)  # fmt: skip
LARGE = 20_000_000
_FIELDS = 3


@dataclass(frozen=True)
class Holdings:
    """Installed packages and folders of a machine, each with its size in bytes."""

    packages: Mapping[str, int]
    folders: Mapping[str, int]


@dataclass(frozen=True)
class Cost:
    """What was added to a machine; sizes in bytes.

    `own` are the packages that Docker does not need, `dockers` is the size of those that it needs;
    `disk` is all that was added without `dockers`; `folders` are those that grew much.
    """

    own: Mapping[str, int]
    dockers: int
    disk: int
    folders: Mapping[str, int]


def packages(listing: str) -> dict[str, int]:
    """Read the output of LIST_PACKAGES: package to bytes, the installed ones only."""
    fields = [line.split() for line in listing.splitlines()]
    return {field[1]: int(field[2]) * 1024 for field in fields if len(field) == _FIELDS and field[0] == "installed"}


def folders(listing: str) -> dict[str, int]:
    """Read the output of LIST_DISK: folder to bytes."""
    fields = [line.partition("\t") for line in listing.splitlines()]
    return {path: int(size) for size, tab, path in fields if tab}


def needed(listing: str) -> set[str]:
    """Read the output of LIST_DOCKER: the packages that Docker needs, itself among them."""
    return {line for line in listing.splitlines() if line and line[0] not in " <|"}


def cost(before: Holdings, after: Holdings, docker: AbstractSet[str]) -> Cost:
    """Return what was added between before and after; docker holds the names of the packages that Docker needs."""
    new = {name: size for name, size in after.packages.items() if name not in before.packages}
    dockers = sum(size for name, size in new.items() if name in docker)
    more = {path: size - before.folders.get(path, 0) for path, size in after.folders.items()}
    large = sorted((item for item in more.items() if item[1] >= LARGE), key=lambda item: -item[1])
    return Cost(
        own={name: size for name, size in sorted(new.items()) if name not in docker},
        dockers=dockers,
        disk=more.get("/", 0) - dockers,
        folders=dict(large),
    )
