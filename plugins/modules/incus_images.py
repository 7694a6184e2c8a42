"""Ansible module: Incus images made from a distribution's packages."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import shutil
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run as run_process  # run_command is not safe in threads
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.incus import find, run

DOCUMENTATION = r"""
module: incus_images
short_description: Make Incus images from a distribution's packages
description:
  - Makes the root file systems with C(mmdebstrap), side by side, and imports them.
  - An image remembers a hash of what it was made from, so an unchanged one is not made again.
  - Certificate authorities of this host's own (F(/usr/local/share/ca-certificates)) go into the images.
options:
  images:
    description: The images.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Alias of the image.
        type: str
        required: true
      suite:
        description: Suite of the distribution.
        type: str
        required: true
      sources:
        description:
          - Lines for F(/etc/apt/sources.list).
          - When empty, those of Debian from the mirrors that this host uses; mmdebstrap's own on a host that is no Debian.
        type: list
        elements: str
        default: []
      packages:
        description: Packages beyond the essential ones.
        type: list
        elements: str
        default: []
      files:
        description: Text files to write, by absolute path.
        type: dict
        default: {}
      commands:
        description: Shell commands to run inside the root afterwards.
        type: list
        elements: str
        default: []
attributes:
  check_mode:
    support: full
author: [Steiger]
"""

EXAMPLES = r"""
- name: Make an image of Debian 13
  incus_images:
    images:
      - name: steiger-debian13
        suite: trixie
        packages: [systemd-sysv, openssh-server]
"""

RETURN = r"""
made:
  description: Aliases of the images that were made.
  type: list
  elements: str
  returned: always
  sample: [steiger-debian13]
"""

CERTIFICATES = Path("/usr/local/share/ca-certificates")
HASH_PROPERTY = "steiger.input"
RECIPE = 1  # raise it when the code below makes another root from the same input


def sources_like(targets: str, codename: str, suite: str) -> list[str]:
    """Return the lines of a sources.list for `suite` from the mirrors that this host uses.

    `targets` holds a release and an address a line; `codename` is this host's own release.
    The list is empty when this host's own release is not among them.
    """
    known: list[list[str]] = [line.split(maxsplit=1) for line in targets.splitlines() if " " in line]
    mirrors = dict(reversed(known))
    main = mirrors.get(codename)
    if not main:
        return []
    security = mirrors.get(f"{codename}-security")
    lines = [f"deb {main} {suite} main", f"deb {main} {suite}-updates main"]
    return [*lines, f"deb {security} {suite}-security main"] if security else lines


def own_sources(module: AnsibleModule, suite: str) -> list[str]:
    """Return the lines of a sources.list for a suite of Debian, none when this host is no Debian."""
    system = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text("utf-8").splitlines() if "=" in line)
    if system.get("ID") != "debian":
        return []
    listing = ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]
    _, targets, _ = module.run_command(listing, check_rc=True)
    return sources_like(targets, system.get("VERSION_CODENAME", ""), suite)


def input_hash(image: dict[str, Any], certificates: Path) -> str:
    """Return the hash of everything that an image is made from."""
    extra = {file.name: file.read_text(encoding="utf-8") for file in sorted(certificates.glob("*.crt"))}
    text = json.dumps([RECIPE, image, extra], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def mmdebstrap_command(image: dict[str, Any], files: Path, root_tar: Path, certificates: Path) -> list[str]:
    """Return the command that makes an image's root; `files` is a tree to copy over it."""
    hooks = [f"copy-in {shlex.quote(str(path))} /" for path in sorted(files.iterdir())]
    if certificates.is_dir() and any(certificates.glob("*.crt")):
        hooks += [
            f"copy-in {shlex.quote(str(certificates))} {certificates.parent}",
            'chroot "$1" update-ca-certificates',
        ]
    hooks += [f'chroot "$1" sh -euc {shlex.quote(command)}' for command in image["commands"]]
    packages = [f"--include={','.join(image['packages'])}"] if image["packages"] else []
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--format=tar",
        *packages,
        *(f"--customize-hook={hook}" for hook in hooks),
        image["suite"],
        str(root_tar),
        *image["sources"],
    ]


def write_metadata(image: dict[str, Any], digest: str, archive: Path) -> None:
    """Write the archive with the metadata that Incus wants beside a root."""
    metadata = {
        "architecture": platform.machine(),
        "creation_date": int(time.time()),
        "properties": {"description": f"Steiger: {image['suite']} from its packages", HASH_PROPERTY: digest},
    }
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive, "w") as tar:
        file = Path(folder, "metadata.yaml")
        file.write_text(json.dumps(metadata), encoding="utf-8")
        tar.add(file, arcname="metadata.yaml")


def make_root(image: dict[str, Any], folder: Path) -> str | None:
    """Make an image's root in `folder`; return what went wrong, None when nothing did."""
    tree = folder / "files"
    tree.mkdir(parents=True)
    for name, text in image["files"].items():
        file = tree / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    command = mmdebstrap_command(image, tree, folder / "root.tar", CERTIFICATES)
    done = run_process(command, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"{image['name']}: {(done.stderr or done.stdout).strip()[-2000:]}"


def stale(module: AnsibleModule, image: dict[str, Any], digest: str) -> bool:
    """Tell whether an image is missing or was made from something else."""
    if not shutil.which("incus"):
        return True
    alias = find(module, f"/1.0/images/aliases/{image['name']}")
    found = alias and find(module, f"/1.0/images/{alias['target']}")
    return not found or found["properties"].get(HASH_PROPERTY) != digest


def import_image(module: AnsibleModule, image: dict[str, Any], digest: str, folder: Path) -> None:
    """Import a root under its alias, and delete the image that had the alias."""
    old = find(module, f"/1.0/images/aliases/{image['name']}")
    metadata = folder / "metadata.tar"
    write_metadata(image, digest, metadata)
    run(
        module,
        "image",
        "import",
        "--quiet",
        str(metadata),
        str(folder / "root.tar"),
        "--alias",
        image["name"],
        "--reuse",
    )
    if old:
        run(module, "image", "delete", old["target"], check=False)


def main() -> None:
    """Run the module."""
    options: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "suite": {"type": "str", "required": True},
        "sources": {"type": "list", "elements": "str", "default": []},
        "packages": {"type": "list", "elements": "str", "default": []},
        "files": {"type": "dict", "default": {}},
        "commands": {"type": "list", "elements": "str", "default": []},
    }
    module = AnsibleModule(
        argument_spec={"images": {"type": "list", "elements": "dict", "required": True, "options": options}},
        supports_check_mode=True,
    )
    for image in module.params["images"]:
        image["sources"] = image["sources"] or own_sources(module, image["suite"])
    digests = {image["name"]: input_hash(image, CERTIFICATES) for image in module.params["images"]}
    todo = [image for image in module.params["images"] if stale(module, image, digests[image["name"]])]
    made = [image["name"] for image in todo]
    if not todo or module.check_mode:
        module.exit_json(changed=bool(todo), made=made)

    with tempfile.TemporaryDirectory(prefix="steiger-images-", dir=module.tmpdir) as scratch:
        folders = [Path(scratch, image["name"]) for image in todo]
        with ThreadPoolExecutor() as pool:
            problems = [problem for problem in pool.map(make_root, todo, folders) if problem]
        if problems:
            module.fail_json(msg="mmdebstrap failed. " + " | ".join(problems))
        for image, folder in zip(todo, folders, strict=True):
            import_image(module, image, digests[image["name"]], folder)
    module.exit_json(changed=True, made=made)


if __name__ == "__main__":
    main()
