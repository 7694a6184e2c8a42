"""Ansible module: have the Docker Engine run, now and at boot."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.engine_api import get, wait
from ansible.module_utils.services import control, enable, is_enabled, log_of

DOCUMENTATION = r"""
module: docker_engine
short_description: Have the Docker Engine run, now and at boot
description:
  - Works with systemd and with init scripts, also where root may not raise limits and docker's own script gives up.
  - Ends when the engine answers.
options:
  patience:
    description: Seconds that the engine may take to start.
    type: int
    default: 60
author: [Steiger]
attributes:
  check_mode: {support: full, description: Tells whether the engine would be started or enabled.}
"""

EXAMPLES = r"""
- name: Start the engine
  docker_engine:
"""

RETURN = r""" # """


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={"patience": {"type": "int", "default": 60}}, supports_check_mode=True)
    run = module.run_command
    idle, lazy = get("/version") is None, not is_enabled(run, "docker")
    if not module.check_mode:
        if lazy:
            enable(run, "docker")
        complaint = control(run, "start", "docker") if idle else ""
        if idle and not wait(0 if complaint else module.params["patience"]):
            said = [line for line in log_of(run, "docker") if "failed to" in line or "unable to" in line]
            module.fail_json(
                msg=f"The engine does not start: {(said[-1:] or [complaint or 'it does not answer'])[0].strip()}"
            )
    module.exit_json(changed=idle or lazy)


if __name__ == "__main__":
    main()
