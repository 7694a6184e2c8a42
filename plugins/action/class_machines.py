"""Ansible action: write down where the machines of a class are; plugins/modules/class_machines.py documents it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))

from steiger import i18n
from steiger.classroom import letters, machines, roster
from steiger.errors import SteigerError
from steiger.i18n import _


def gone(folder: Path, place: Path) -> list[Path]:
    """Return what goes with the machines: where they are, and the letters. The secret stays: grades are derived from it."""
    return [folder / machines.KEPT / machines.FILE, folder / machines.KEPT / machines.KNOWN_HOSTS, place]


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action; see plugins/modules/class_machines.py."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the machines, their host keys and the letters; return a line for each student."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(
            argument_spec={
                "folder": {"type": "path", "required": True},
                "machines": {"type": "dict", "default": {}},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "letters": {"type": "path", "required": True},
                "others": {"type": "list", "elements": "str", "default": []},
                "older": {"type": "list", "elements": "str", "default": []},
                "language": {"type": "str", "choices": ["nl", "en"], "default": "en"},
                "spoken": {"type": "str", "choices": ["nl", "en"], "default": "en"},
            }
        )
        folder = Path(options["folder"])
        i18n.use(options["spoken"])
        if options["state"] == "absent":
            result["changed"] = any(path.exists() for path in gone(folder, Path(options["letters"])))
            for path in [] if self._task.check_mode else gone(folder, Path(options["letters"])):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            return result
        try:
            name = roster.class_name(folder)
            students = roster.read(folder / roster.ROSTER)
            made = {student: machines.Machine(**machine) for student, machine in options["machines"].items()}
            # A machine that does not answer today is where it was.
            places = {**machines.read(folder), **made}
            known = {student.id: places[student.id] for student in students if student.id in places}
            if self._task.check_mode:
                result["changed"] = machines.read(folder) != known
                return result
            changed = machines.write(folder, known)
            changed |= letters.write(folder, Path(options["letters"]), name, students, known, options["language"])
        except (SteigerError, OSError, TypeError) as error:
            raise AnsibleActionFail(f"The machines could not be written down: {error}") from None
        said = [f"{each.id:<31}  {letters.ssh_line(made[each.id])}" for each in students if each.id in made]
        result.update(changed=changed, said=said + remarks(name, options["others"], options["older"]))
        return result


def remarks(name: str, others: list[str], older: list[str]) -> list[str]:
    """Return what an instructor may want to do something about."""
    said = []
    if others:
        said.append(
            _(
                "Not on the roster, and kept: {machines}. To remove them: ./classroom make {name} --remove-others"
            ).format(machines=", ".join(others), name=name)
        )
    if older:
        said.append(
            _(
                "Made from an older golden image, and kept: {students}. For a new one: ./classroom replace {name} ID"
            ).format(students=", ".join(older), name=name)
        )
    return said
