"""Ansible action: start the labs that a class begins with; plugins/modules/class_labs.py documents it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))

from steiger import i18n
from steiger.catalogue import load_one
from steiger.classroom import begin, machines
from steiger.errors import SteigerError
from steiger.paths import catalogue_dir


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action; see plugins/modules/class_labs.py."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Start the labs where that was not done yet; a lab that is not there is named first."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(
            argument_spec={
                "folder": {"type": "path", "required": True},
                "students": {"type": "list", "elements": "str", "default": []},
                "labs": {"type": "list", "elements": "str", "required": True},
                "spoken": {"type": "str", "choices": ["nl", "en"], "default": "en"},
            }
        )
        i18n.use(options["spoken"])
        folder = Path(options["folder"])
        students = [] if self._task.check_mode else options["students"]
        try:
            for lab in options["labs"]:
                load_one(catalogue_dir(), lab)
            wanted = {name: each for name, each in machines.read(folder).items() if name in students}
            seen = sorted(begin.start(folder, wanted, options["labs"]), key=lambda each: each.student)
        except (SteigerError, OSError) as error:
            raise AnsibleActionFail(str(error)) from None
        result["begun"] = {each.student: list(each.labs) for each in seen if each.labs}
        result["failed_machines"] = {each.student: {"kind": "lab", "detail": each.why} for each in seen if each.why}
        result["changed"] = bool(result["begun"])
        return result
