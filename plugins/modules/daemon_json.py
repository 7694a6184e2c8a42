"""Ansible module: merge settings into the Docker Engine's daemon.json, and have the engine run with them."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.daemon_settings import (
    MIRRORS,
    RELOADABLE,
    changed_keys,
    decoded,
    merge,
    note,
    read,
    show,
    unmerge,
)
from ansible.module_utils.engine_api import containers, get, mirrors, wait
from ansible.module_utils.records import load, save, write
from ansible.module_utils.services import at_work, control, has_systemd, log_of

DOCUMENTATION = r"""
module: daemon_json
short_description: Merge settings into the Docker Engine's daemon.json
description:
  - Adds settings to what is there; C(registry-mirrors) is extended. A dated copy of the old file stays beside it.
  - Records what it added, so that O(state=absent) takes away exactly that.
  - While containers run, the engine takes over what it can without a restart; with none, or for other settings, it is restarted.
  - When the engine does not run with the new file, the old file is put back, the engine is started with it, and the module fails.
  - A file that is a link, or that cannot be read, is refused and left as it is.
options:
  settings:
    description:
      - Settings to add.
      - With O(state=absent) only C(registry-mirrors) is looked at, and names the mirrors to take away; without it all that was
        added goes.
    type: dict
    default: {}
  state:
    description: Whether the settings are to be there.
    type: str
    choices: [present, absent]
    default: present
  path:
    description: The file.
    type: path
    default: /etc/docker/daemon.json
  record:
    description: Where to remember what was added.
    type: path
    default: /var/lib/steiger/daemon.json
  patience:
    description: Seconds that the engine may take to start.
    type: int
    default: 60
author: [Steiger]
attributes:
  check_mode: {support: full, description: Tells whether the file would change.}
  diff_mode: {support: full, description: Shows the file before and after.}
"""

EXAMPLES = r"""
- name: Use a registry mirror
  daemon_json:
    settings:
      registry-mirrors: ["http://127.0.0.1:5000"]
"""

RETURN = r"""
copy:
  description: The dated copy of the old file, empty when there was none.
  type: str
  returned: when changed
action:
  description: What was done to the engine, V(nothing), V(reload) or V(restart).
  type: str
  returned: when changed
"""

PID_FILE = Path("/run/docker.pid")


def present_text(module: AnsibleModule, path: Path) -> str | None:
    """Return the file's text, None when there is no file; refuse what cannot be merged into."""
    if path.is_symlink():
        module.fail_json(
            msg=f"{path} is a link to {path.readlink()}, and Steiger does not write through links: "
            f"put a file of its own there (cp --remove-destination $(readlink -f {path}) {path}) and run this again"
        )
    if not path.exists():
        return None
    if not path.is_file():
        module.fail_json(msg=f"{path} is no file: move it away and run this again")
    try:
        text: str = decoded(path.read_bytes())
        read(text)
    except ValueError as error:
        module.fail_json(
            msg=f"{path} cannot be read, {error}: put that right, or move the file away, and run this again"
        )
    return text


def validate(module: AnsibleModule, text: str) -> None:
    """Have the engine judge the new file before it is used; engines before 23 cannot."""
    dockerd = shutil.which("dockerd")
    if not dockerd or "--validate" not in module.run_command([dockerd, "--help"])[1]:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        status, out, err = module.run_command([dockerd, "--validate", "--config-file", file.name])
        if status:
            said = " ".join((err or out).split()).replace(file.name, "the new file")
            module.fail_json(msg=f"The engine does not accept these settings, nothing was changed: {said}")


def signal_engine() -> bool:
    """Ask the engine to read its file again; return whether it could be asked."""
    try:
        os.kill(int(PID_FILE.read_text()), signal.SIGHUP)
    except (OSError, ValueError):
        return False
    return True


def reload_engine(wanted: list[str]) -> str:
    """Let the running engine read its file; return "" or what went wrong."""
    if not signal_engine():
        return "the engine cannot be asked to read its file"
    end = time.monotonic() + 10
    expected = sorted(mirror.rstrip("/") for mirror in wanted)
    while sorted(mirrors()) != expected:
        if time.monotonic() > end:
            return "the engine does not take the settings over"
        time.sleep(0.05)
    return ""


def restart_engine(module: AnsibleModule) -> str:
    """Restart the engine; return "" or what went wrong, in the engine's words where it has any."""
    complaint: str = control(module.run_command, "restart", "docker")
    if not complaint and wait(module.params["patience"]):
        return ""
    if complaint and not has_systemd() and at_work("docker"):
        return complaint
    said = [line for line in log_of(module.run_command, "docker") if "failed to" in line or "unable to" in line]
    return said[-1].strip() if said else complaint or "it does not answer"


def dated(path: Path) -> Path:
    """Return a name for a copy of the file that is not taken yet."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.name}.{stamp}")
    count = 1
    while copy.exists():
        count += 1
        copy = path.with_name(f"{path.name}.{stamp}-{count}")
    return copy


def put_back(path: Path, before: str | None) -> None:
    """Give the file its old text again, or take it away when there was none."""
    if before is None:
        path.unlink(missing_ok=True)
    else:
        write(path, before, like=path)


def apply(module: AnsibleModule, path: Path, before: str | None, after: str | None) -> str:
    """Write the file and have the engine run with it; put everything back when it does not."""
    old, new = read(before or ""), read(after or "")
    keys = changed_keys(old, new)
    running = get("/version") is not None
    reloadable = running and all(key in RELOADABLE and (key in new or key == MIRRORS) for key in keys)
    # BuildKit in engines up to 20.10 reads the mirrors only when it starts: with no container to stop, a restart is better.
    live = reloadable and (module.params["state"] == "absent" or bool(containers()))
    put_back(path, after)
    if not keys or not shutil.which("dockerd") or (module.params["state"] == "absent" and not running):
        return "nothing"
    if live:
        # A running engine keeps the mirrors that a file does not speak of: it is told that there are none.
        if MIRRORS in keys and MIRRORS not in new:
            put_back(path, show({**new, MIRRORS: []}))
        complaint = reload_engine(new.get(MIRRORS, []) if MIRRORS in keys else mirrors())
        put_back(path, after)
        action = "reload"
    else:
        if running and (names := containers()) and not new.get("live-restore"):
            module.warn(
                f"The engine is restarted for {', '.join(sorted(keys))}; these containers stop: {', '.join(names)}"
            )
        complaint, action = restart_engine(module), "restart"
    if complaint:
        put_back(path, before)
        if action == "reload":
            signal_engine()
            up = wait(module.params["patience"])
        else:
            up = not restart_engine(module)
        end = "the engine runs with it" if up else "the engine does not start with it either: see its log"
        module.fail_json(
            msg=f"The engine does not run with {', '.join(sorted(keys))}: {complaint}. The old {path} is back and {end}"
        )
    return action


def originals(path: Path, record: dict[str, Any]) -> list[Path]:
    """Return the copies that this module made and that are still there, oldest first."""
    return [copy for name in record.get("copies", []) if (copy := path.with_name(name)).is_file()]


def absent_text(path: Path, record: dict[str, Any], settings: dict[str, Any], rest: dict[str, Any]) -> str | None:
    """Return the text that is left: the very file of before when it says the same, None when the file was ours."""
    ours: str = show(settings)
    if rest:
        return ours
    if record.get("created") and not settings:
        return None
    for copy in originals(path, record)[:1]:
        text: str = decoded(copy.read_bytes())  # with the ends of its lines, which may be those of Windows
        if read(text) == settings:
            return text
    return ours


def desired(
    path: Path, before: str | None, record: dict[str, Any], params: dict[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Return the text that the file is to have, None for no file, and the record that goes with it."""
    present, wanted = read(before or ""), params["settings"]
    if params["state"] == "present":
        settings = merge(present, wanted)
        rest = note(record, present, settings)
        rest.setdefault("created", before is None)
        merged: str | None = before if settings == present else show(settings)
        return merged, rest
    settings, rest = unmerge(present, record, wanted.get(MIRRORS) if wanted else None)
    ours_alone = bool(record.get("created")) and not settings and not rest
    # What a removal that was cut off has put back already stays as it is, to the letter.
    return before if settings == present and not ours_alone else absent_text(path, record, settings, rest), rest


def add(
    module: AnsibleModule, before: str | None, after: str, record: dict[str, Any], rest: dict[str, Any]
) -> dict[str, str]:
    """Change the file for more settings; return the copy and what was done to the engine."""
    path, record_path = Path(module.params["path"]), Path(module.params["record"])
    validate(module, after)
    kept = dated(path)
    if before is not None:
        write(kept, before, like=path)
        rest["copies"] = [*record.get("copies", []), kept.name]
    # Before the file, so that a run that is cut off is not forgotten.
    save(record_path, rest)
    try:
        action = apply(module, path, before, after)
    except SystemExit:
        save(record_path, record)
        kept.unlink(missing_ok=True)
        raise
    return {"copy": str(kept) if before is not None else "", "action": action}


def take_away(
    module: AnsibleModule, before: str | None, after: str | None, record: dict[str, Any], rest: dict[str, Any]
) -> dict[str, str]:
    """Change the file back; return what was done to the engine."""
    path = Path(module.params["path"])
    action = apply(module, path, before, after) if after != before else "nothing"
    for kept in [] if rest else originals(path, record):
        kept.unlink()
    save(Path(module.params["record"]), rest)
    return {"copy": "", "action": action}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "settings": {"type": "dict", "default": {}},
            "state": {"choices": ["present", "absent"], "default": "present"},
            "path": {"type": "path", "default": "/etc/docker/daemon.json"},
            "record": {"type": "path", "default": "/var/lib/steiger/daemon.json"},
            "patience": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    params = module.params
    path = Path(params["path"])
    try:
        record = load(Path(params["record"]))
        read(show(params["settings"]))
    except ValueError as error:
        module.fail_json(msg=f"These settings cannot be used: {error}")
    if params["state"] == "absent" and not record:
        module.exit_json(changed=False)
    before = present_text(module, path)
    after, rest = desired(path, before, record, params)
    diff = {"before": before or "", "after": after or "", "before_header": str(path), "after_header": str(path)}
    if after == before and (params["state"] == "present" or rest == record):
        module.exit_json(changed=False)
    done = {}
    if not module.check_mode:
        done = (
            add(module, before, after or "", record, rest)
            if params["state"] == "present"
            else take_away(module, before, after, record, rest)
        )
    module.exit_json(changed=True, diff=diff, **done)


if __name__ == "__main__":
    main()
