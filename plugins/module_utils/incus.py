"""Talk to a local Incus server through its client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def run(module: AnsibleModule, *args: str, check: bool = True, data: str | None = None) -> tuple[int, str, str]:
    """Run `incus` with these arguments; return status, output and errors.

    The module fails with Incus' own words when `check` is set and the status is not 0.
    """
    status, out, err = module.run_command(["incus", *args], data=data)
    if check and status:
        module.fail_json(msg=f"incus {args[0]} failed: {(err or out).strip()}", cmd=["incus", *args])
    return status, out, err


def query(module: AnsibleModule, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
    """Send one request to the API and return its metadata; fail with Incus' own words."""
    body = ["--data", json.dumps(data)] if data is not None else []
    _, out, _ = run(module, "query", "--wait", "--request", method, *body, path)
    return json.loads(out) if out.strip() else {}


def find(module: AnsibleModule, path: str) -> dict[str, Any] | None:
    """Return the API's object at `path`, None when there is none."""
    status, out, err = run(module, "query", path, check=False)
    if status == 0:
        answer: dict[str, Any] = json.loads(out)
        return answer
    if "not found" in err.lower():
        return None
    module.fail_json(msg=f"Incus does not answer on {path}: {err.strip()}")
    return None


def instance_path(name: str, *rest: str) -> str:
    """Return the API's path of an instance, or of something below it."""
    return "/".join(["/1.0/instances", quote(name, safe=""), *rest])
