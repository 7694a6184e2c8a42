"""The sections of a guide."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TASK = re.compile(r"## (?:Task|Taak) ([0-9]+) · ")


def of_task(guide: str, number: int) -> str:
    """Return the section of a task (from 1), its heading included; "" when the guide has none."""
    kept: list[str] = []
    inside = False
    fence = ""
    for line in guide.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and re.match(r"##? ", line):
            task = _TASK.match(line)
            inside = bool(task and int(task[1]) == number)
        if inside:
            kept.append(line)
    return "".join(kept).strip() + "\n" if kept else ""
