"""Ansible module: take a few packages from another release of Debian, and nothing else."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.debian_sources import codenames, uris
from ansible.module_utils.records import write

DOCUMENTATION = r"""
module: apt_release
short_description: Take a few packages from another release of Debian
description:
  - Writes a source of packages and apt preferences by which nothing but O(packages) comes from that release.
  - The URI is the one that this machine gets its own release from.
  - Where the release is among the machine's sources already, its owner's choice stays, and only O(packages) are preferred.
  - Fetches the lists of the new source.
options:
  name:
    description: Name of the two files, without ending.
    type: str
    required: true
  suite:
    description: Code name of the other release.
    type: str
  packages:
    description: Packages to take from it.
    type: list
    elements: str
    default: []
  state:
    description: Whether the files are to be there.
    type: str
    choices: [present, absent]
    default: present
author: [Steiger]
attributes:
  check_mode: {support: full, description: Tells whether the files would change.}
"""

EXAMPLES = r"""
- name: Take Compose from Debian 13
  apt_release:
    name: steiger-docker
    suite: trixie
    packages: [docker-compose]
"""

RETURN = r""" # """

SOURCES = Path("/etc/apt/sources.list.d")
PREFERENCES = Path("/etc/apt/preferences.d")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def source(uri: str, suite: str) -> str:
    """Return the text of a deb822 source."""
    signed = f"Signed-By: {KEYRING}\n" if KEYRING.is_file() else ""
    return f"# Steiger made this; playbooks/remove.yml takes it away.\nTypes: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\n{signed}"


def preferences(suite: str, packages: list[str], *, only: bool) -> str:
    """Return the text of apt preferences for these packages; with `only` nothing else comes from the release."""
    text = "# Steiger made this. Remove it before you upgrade this machine to that release.\n"
    text += f"Package: {' '.join(packages)}\nPin: release n={suite}\nPin-Priority: 990\n"
    return text + (f"\nPackage: *\nPin: release n={suite}\nPin-Priority: -1\n" if only else "")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"required": True},
            "suite": {},
            "packages": {"type": "list", "elements": "str", "default": []},
            "state": {"choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
        required_if=[("state", "present", ("suite", "packages"))],
    )
    name, suite = module.params["name"], module.params["suite"]
    source_file, preferences_file = SOURCES / f"{name}.sources", PREFERENCES / name
    wanted: dict[Path, str] = {}
    known = True
    if module.params["state"] == "present":
        known = ("Debian", suite) in codenames(module.run_command)
        own = known and not source_file.exists()
        wanted[preferences_file] = preferences(suite, module.params["packages"], only=not own)
        if not own:
            uri = uris(module.run_command)[0]
            if not uri:
                module.fail_json(
                    msg="apt has no lists of Debian here, so it is not known where to get it: run apt-get update"
                )
            wanted[source_file] = source(uri, suite)
    files = [preferences_file, source_file]
    now = {file: file.read_text(encoding="utf-8") for file in files if file.is_file()}
    changed = now != wanted
    if module.check_mode or not (changed or not known):
        module.exit_json(changed=changed)
    for file in files:
        if file in wanted:
            write(file, wanted[file])
        else:
            file.unlink(missing_ok=True)
    if source_file in wanted:
        status, out, err = module.run_command([
            "apt-get", "update", "-o", f"Dir::Etc::SourceList={source_file}", "-o", "Dir::Etc::SourceParts=-",
            "-o", "APT::Get::List-Cleanup=0", "-o", "APT::Update::Error-Mode=any", "-o", "DPkg::Lock::Timeout=120",
        ])  # fmt: skip
        if status:
            module.fail_json(msg=f"The lists of Debian {suite} cannot be fetched: {' '.join((err or out).split())}")
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
