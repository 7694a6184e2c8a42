"""Ansible action: grade the labs of a class; plugins/modules/class_grade.py documents it."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))

from steiger import i18n
from steiger.catalogue import Lab, load_all, load_one
from steiger.classroom import grading, keeping, reported, summary
from steiger.errors import SteigerError
from steiger.paths import catalogue_dir

if TYPE_CHECKING:
    from steiger.classroom.results import Row


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action; see plugins/modules/class_grade.py."""

    TRANSFERS_FILES = False
    _supports_check_mode = False
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask every machine of the class, and write what they answer."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(
            argument_spec={
                "folder": {"type": "path", "required": True},
                "results": {"type": "path", "required": True},
                "labs": {"type": "list", "elements": "str", "default": []},
                "reported": {"type": "path", "required": True},
                "language": {"type": "str", "choices": ["nl", "en"], "default": "en"},
                "refresh": {"type": "int", "default": 0},
            }
        )
        i18n.use(options["language"])
        started = time.monotonic()
        moment = datetime.now().astimezone()
        try:
            keeping.make_secret(Path(options["folder"]))  # a class may have no machine of ours
            group = grading.read(Path(options["folder"]))
            place = Path(options["results"], group.name, moment.date().isoformat())
            labs = chosen(options["labs"])
            rows, refused = handed_in(Path(options["reported"]), group, labs)
            seen = grading.with_reported(grading.look(group, labs, moment), rows)
            files = grading.write(seen, place, options["language"], refresh=options["refresh"])
        except (SteigerError, OSError) as error:
            raise AnsibleActionFail(str(error)) from None
        seconds = time.monotonic() - started
        result.update(changed=True, seconds=round(seconds, 1), files=[str(path) for path in files])
        result["said"] = [*refused, *summary.lines(seen, seconds, place / grading.PAGE)]
        return result


def handed_in(place: Path, group: grading.Class, labs: list[Lab]) -> tuple[list[Row], list[str]]:
    """Return what students handed in, and what of it is refused; nothing when there is no such folder.

    Raises:
        SteigerError: the folder cannot be read.
    """
    return reported.read(place, group.students, labs, group.values_of) if place.is_dir() else ([], [])


def chosen(ids: list[str]) -> list[Lab]:
    """Return the labs with these ids; all of them when none is named.

    Raises:
        SteigerError: there is no such lab.
    """
    return [load_one(catalogue_dir(), each) for each in ids] or load_all(catalogue_dir())
