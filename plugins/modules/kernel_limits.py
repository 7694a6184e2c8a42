"""Ansible module: raise limits of the kernel, now and at each boot, and lower none."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import write

DOCUMENTATION = r"""
module: kernel_limits
short_description: Raise limits of the kernel, now and at each boot
description:
  - Looks at what the kernel has now, so that a run that was cut off after it wrote the file is made whole by the next.
  - What somebody set higher stays as it is. In a container the kernel is its host's, and what cannot be set is left alone.
options:
  path:
    description: The file of sysctl settings to write.
    type: path
    required: true
  limits:
    description: The least that each setting must be, by its name, such as C(kernel.keys.maxkeys).
    type: dict
    required: true
attributes:
  check_mode: {support: full, description: Tells what would be raised.}
author: [Steiger]
"""

EXAMPLES = r"""
- name: Let a full class have its keys
  kernel_limits:
    path: /etc/sysctl.d/60-class.conf
    limits: {kernel.keys.maxkeys: 2000}
"""

RETURN = r"""
raised:
  description: The settings that were raised.
  type: list
  elements: str
  returned: always
"""

SETTINGS = Path("/proc/sys")
HEAD = "# Incus' documentation, server settings\n"


def place(name: str) -> Path:
    """Return where the kernel has a setting."""
    return SETTINGS / name.replace(".", "/")


def low(limits: dict[str, int]) -> list[str]:
    """Return the settings that this kernel has, and that are lower than they must be."""
    return [name for name, least in limits.items() if place(name).is_file() and int(place(name).read_text()) < least]


def kept(path: Path, limits: dict[str, int], raised: list[str]) -> str:
    """Return what the file must say: what was raised now, and what it raised before."""
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    named = {line.partition("=")[0].strip() for line in before.splitlines()}
    lines = [f"{name} = {least}\n" for name, least in limits.items() if name in raised or name in named]
    return HEAD + "".join(lines) if lines else ""


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={"path": {"type": "path", "required": True}, "limits": {"type": "dict", "required": True}},
        supports_check_mode=True,
    )
    path = Path(module.params["path"])
    limits = {name: int(least) for name, least in module.params["limits"].items()}
    wanted = low(limits)
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    text = kept(path, limits, wanted)
    if text != before and not module.check_mode:
        write(path, text)
    raised = []
    for name in wanted:
        try:
            if not module.check_mode:
                place(name).write_text(f"{limits[name]}\n")
            raised.append(name)
        except OSError:  # a container's, or of another network namespace
            continue
    module.exit_json(changed=bool(raised) or text != before, raised=raised, diff={"before": before, "after": text})


if __name__ == "__main__":
    main()
