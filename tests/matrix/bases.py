"""What rows begin from: plain Debians with everything fetched, and a machine that is set up already."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
from typing import TYPE_CHECKING

from tests.machine.instances import CHECKOUT, ROOT, Machine, incus

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = {"debian12": "steiger-debian12", "debian13": "steiger-debian13", "forky": "steiger-debian13"}
# Below /var/cache, which no description of a machine looks at.
SEED = "/var/cache/steiger-matrix"
REGISTRY = "/var/lib/docker-registry"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -q=2 -y -o APT::Install-Recommends=false -o APT::Keep-Downloaded-Packages=true"
# What ./setup installs, and what rows put on a machine before it; a list for each of those that do not go together.
EVERYWHERE = (
    "bash-completion ca-certificates curl iproute2 less procps python3 python3-apt python3-pip-whl docker.io apparmor"
    " docker-registry mmdebstrap qemu-system-x86 nftables libnss-extrausers needrestart locales libfaketime"
)
FETCHED = {
    "debian12": [EVERYWHERE, "podman podman-docker"],
    "debian13": [f"{EVERYWHERE} docker-cli docker-compose docker-buildx sudo-rs tinyproxy", "podman podman-docker"],
    "forky": [f"{EVERYWHERE} docker-cli docker-compose docker-buildx sudo-rs rust-coreutils"],
}
# Forky says no number, and ./setup looks at it.
TO_FORKY = f"""
# Forky's systemd wants control groups of version 2 alone, which not every host of these machines has.
dpkg-query --show --showformat='${{db:Status-Status}} ${{Package}}\\n' '*systemd*' libnss-myhostname udev \\
  | sed -n '/libsystemd0/d; s/^installed //p' | xargs apt-mark hold > /dev/null
sed -i s/trixie/forky/ /etc/apt/sources.list
sed -i '/forky-security/d' /etc/apt/sources.list
# A copy of a release that is still in the making may be older than it says that it holds.
echo 'Acquire::Check-Valid-Until "false";' > /etc/apt/apt.conf.d/90forky
{APT} update
{APT} -o Dpkg::Options::=--force-confold dist-upgrade
{APT} clean
rm -f /etc/os-release
sed -e '/^VERSION_ID=/d' -e '$aVERSION_ID="13"' /usr/lib/os-release > /etc/os-release
"""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep other processes of the suite from making the same base."""
    place = ROOT / ".steiger" / "matrix"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "bases.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def exists(name: str) -> bool:
    """Tell whether there is an instance of this name."""
    return incus("info", name, check=False).returncode == 0


def fingerprint(image: str) -> str:
    """Return the fingerprint of an image."""
    found: dict[str, str] = json.loads(incus("query", f"/1.0/images/aliases/{image}").stdout)
    return found["target"]


def digest(base: str) -> str:
    """Return a short hash of what a base is made from, the recipes of the images among it."""
    image = fingerprint(IMAGES[base])
    recipes = sorted(path for path in (ROOT / "roles/mirror/files").rglob("*") if path.is_file())
    parts = [image, base, *FETCHED[base], TO_FORKY, *(path.read_text("utf-8") for path in recipes)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def make(name: str, image: str, commands: str) -> Machine:
    """Make a stopped instance from an image with these commands; one that is half made gets no name."""
    new = Machine(f"{name}-new")
    incus("delete", "--force", new.name, check=False)
    incus("launch", "-q", image, new.name, "-c", "security.nesting=true")
    try:
        new.wait()
        if CHECKOUT in commands:
            new.put_checkout()
        new.ok(f"set -euo pipefail; {commands}", timeout=1800)
        incus("stop", new.name)
        incus("rename", new.name, name)
    finally:
        incus("delete", "--force", new.name, check=False)
    return Machine(name)


def golden() -> Machine:
    """Return the stopped machine that is set up: the one that STEIGER_GOLDEN names, else one that is made once."""
    given = os.environ.get("STEIGER_GOLDEN")
    if given:
        return Machine(given)
    name = f"steiger-matrix-golden-{digest('debian13')}"
    with alone():
        return Machine(name) if exists(name) else make(name, IMAGES["debian13"], f"cd {CHECKOUT} && ./setup")


def seed(base: Machine, source: Machine) -> None:
    """Copy the images of the labs from a machine that is set up into a base; both are stopped before and after."""
    clone = f"{base.name}-seed"
    incus("copy", source.name, clone)
    for name in (clone, base.name):
        incus("start", name)
    try:
        pack = ["incus", "exec", clone, "--", "tar", "-C", REGISTRY, "-c", "."]
        with subprocess.Popen(pack, stdout=subprocess.PIPE) as tar:
            unpack = f"mkdir -p {SEED}/registry && tar -C {SEED}/registry -x"
            subprocess.run(["incus", "exec", base.name, "--", "bash", "-c", unpack], stdin=tar.stdout, check=True)
        incus("stop", "--force", base.name)
    finally:
        incus("delete", "--force", clone, check=False)


def plain(base: str) -> Machine:
    """Return a stopped plain machine: Python to describe it, packages fetched, the labs' images at hand."""
    name = f"steiger-matrix-{base}-{digest(base)}"
    source = golden()
    with alone():
        if exists(name):
            return Machine(name)
        prepare = TO_FORKY if base == "forky" else f"{APT} update"
        fetch = "; ".join(f"{APT} install --download-only {packages}" for packages in FETCHED[base])
        commands = f"{prepare}\n{APT} install python3\n{fetch}"
        incus("delete", "--force", f"{name}-bare", check=False)  # of a run that was cut off
        made = make(f"{name}-bare", IMAGES[base], commands)
        seed(made, source)
        incus("rename", made.name, name)
        return Machine(name)


def base_of(kind: str) -> Machine:
    """Return the stopped machine that a row begins from."""
    return golden() if kind == "golden" else plain(kind)
