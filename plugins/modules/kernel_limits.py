"""Ansible module: raise limits of the running kernel, and lower none."""

from __future__ import annotations

import errno
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: kernel_limits
short_description: Raise limits of the running kernel
description:
  - Looks at what the kernel has now, so that a run that was cut off, or a boot without them, is made good by the next run.
  - What somebody set higher stays as it is. In a container the kernel is its host's, and what cannot be set is left alone.
options:
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
# In a container.
NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS)


def place(name: str) -> Path:
    """Return where the kernel has a setting."""
    return SETTINGS / name.replace(".", "/")


def low(limits: dict[str, str]) -> dict[Path, str]:
    """Return where the kernel has less than it must, or other words, and what that is; a setting it does not have is none."""
    places = {place(name): least for name, least in limits.items()}
    return {path: least for path, least in places.items() if path.is_file() and is_low(path.read_text(), least)}


def is_low(has: str, least: str) -> bool:
    """Tell whether a setting is lower than it must be; of several words none may differ."""
    if has.strip().isdecimal() and least.strip().isdecimal():
        return int(has) < int(least)
    return has.split() != least.split()


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={"limits": {"type": "dict", "required": True}}, supports_check_mode=True)
    raised = []
    for path, least in low({name: str(value) for name, value in module.params["limits"].items()}).items():
        name = ".".join(path.relative_to(SETTINGS).parts)
        try:
            # Opened in check mode too: it tells whether it may be set.
            with path.open("r+") as setting:
                if not module.check_mode:
                    setting.write(f"{least}\n")
        except OSError as error:
            if error.errno in NOT_OURS:
                continue
            module.fail_json(msg=f"The kernel does not take {name} = {least}: {error.strerror}")
        raised.append(name)
    module.exit_json(changed=bool(raised), raised=raised)


if __name__ == "__main__":
    main()
