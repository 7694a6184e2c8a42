"""Ansible action: the students of a class, and what opens their machines; plugins/modules/class_students.py documents it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))

from steiger import values
from steiger.classroom import keeping, roster
from steiger.errors import SteigerError


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action; see plugins/modules/class_students.py."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Read the roster, and draw the secret and the keys that are not there yet."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(
            argument_spec={
                "folder": {"type": "path", "required": True},
                "language": {"type": "str", "choices": ["nl", "en"], "default": "en"},
            }
        )
        folder = Path(options["folder"])
        try:
            fresh = not keeping.secret(folder)
            name = roster.class_name(folder)
            students = roster.read(folder / roster.ROSTER)
            look = self._task.check_mode and fresh
            # In check mode nothing is drawn, and what would be made of it is not shown either.
            secret = "" if look else keeping.make_secret(folder)
            root_keys = [] if look else [keeping.make_class_key(folder)]
            keys = {
                student.id: student.key
                or ("" if self._task.check_mode else keeping.make_student_key(folder, student.id))
                for student in students
            }
        except SteigerError as error:
            raise AnsibleActionFail(str(error)) from None
        result.update(
            changed=fresh,
            class_name=name,
            root_keys=root_keys,
            students=[
                {
                    "id": student.id,
                    "keys": [keys[student.id]] if keys[student.id] else [],
                    "seed": values.student_seed(secret, student.id),
                    "language": student.language or options["language"],
                }
                for student in students
            ],
        )
        return result
