"""Which versions a proof runs with: those that Debian offers today, and those that uv.lock names."""

from __future__ import annotations

import re
import subprocess
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The programs whose behaviour a check sees; the rest of the system may change without voiding a proof.
ENGINE = ("containerd", "docker-buildx", "docker-compose", "docker-registry", "docker.io", "runc")
SUITES = {"debian12": "bookworm", "debian13": "trixie"}
FOR_LABS = ("ansible-core", "jinja2", "jsonschema", "pyyaml")
FOR_TESTS = (*FOR_LABS, "molecule", "pytest", "pytest-testinfra")
TARGETS = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]
OFFERED = re.compile(r"^(\S+):\n(?:  .*\n)*?  Candidate: (\S+)$", re.MULTILINE)
UNKNOWN = {"unknown": "Debian's packages could not be listed"}


def locked(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages in uv.lock; several for one that depends on Python's."""
    known = _packages((root / "uv.lock").read_text(encoding="utf-8"))
    return {name: " ".join(sorted(version for other, version in known if other == name)) for name in names}


@cache
def _packages(lock: str) -> tuple[tuple[str, str], ...]:
    return tuple((package["name"], package["version"]) for package in tomllib.loads(lock)["package"])


def sources(targets: str, codename: str, suite: str) -> list[str]:
    """Return the lines of a sources.list for a suite, from the addresses that this machine gets its own release from."""
    known = dict(reversed([line.split(maxsplit=1) for line in targets.splitlines() if " " in line]))
    main = known.get(codename)
    security = known.get(f"{codename}-security")
    lines = [f"deb {main} {suite} main", f"deb {main} {suite}-updates main"] if main else []
    return [*lines, f"deb {security} {suite}-security main"] if main and security else lines


def candidates(policy: str) -> dict[str, str]:
    """Return package and version of what `apt-cache policy` says could be installed."""
    return {name: version for name, version in OFFERED.findall(policy) if version != "(none)"}


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else ""


def offered(suite: str, names: Iterable[str] = ENGINE) -> dict[str, str]:
    """Return the versions that Debian offers for a suite today; nothing of this machine's own apt is touched."""
    system = Path("/etc/os-release").read_text(encoding="utf-8")
    codename = re.search(r"^VERSION_CODENAME=(\w+)$", system, re.MULTILINE)
    lines = sources(_run(*TARGETS), codename[1], suite) if codename else []
    if not lines:
        return dict(UNKNOWN)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "lists", "partial").mkdir(parents=True)
        Path(folder, "status").touch()
        Path(folder, "sources").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        options = [
            f"Dir::State::Lists={folder}/lists",
            f"Dir::State::status={folder}/status",
            f"Dir::Etc::SourceList={folder}/sources",
            "Dir::Etc::SourceParts=-",
            "Dir::Etc::Preferences=-",
            "Dir::Etc::PreferencesParts=-",
            f"Dir::Cache={folder}",
            "Acquire::Languages=none",
            "APT::Sandbox::User=root",
        ]
        words = [word for option in options for word in ("-o", option)]
        _run("apt-get", *words, "-q=2", "update")
        return candidates(_run("apt-cache", *words, "policy", *names)) or dict(UNKNOWN)


def for_bases(bases: Iterable[str], known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return `base/package` with its version for bases such as debian13; `known` holds what each offers."""
    return {f"{base}/{name}": version for base in bases for name, version in sorted(known[base].items())}
