"""Ansible callback: one line a role, in the student's language, for `./setup`."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ansible import context
from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from ansible.executor.stats import AggregateStats
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.playbook.task import Task

DOCUMENTATION = """
name: progress
type: notification
short_description: Show one line a role, in Dutch or English
description:
  - Writes what is being done, how far it is and how long it took, such as V([ 4/7] Docker Engine … 11 s).
  - In check mode each task that would change something follows, with its diff.
  - It writes nothing while E(STEIGER_PROGRESS) is not set.
  - Its folder E(STEIGER_NOTES) gets F(changed), the number of changed tasks, F(said), what C(debug) tasks said,
    and F(error), what the last failed task said.
requirements:
  - enabled with C(ANSIBLE_CALLBACKS_ENABLED=progress)
options:
  progress_fd:
    description: Number of the open file that the lines go to.
    type: int
    env:
      - name: STEIGER_PROGRESS
  progress_notes:
    description: Folder for the notes.
    type: path
    env:
      - name: STEIGER_NOTES
  progress_language:
    description: Language of the lines.
    type: str
    choices: [nl, en]
    default: en
    env:
      - name: STEIGER_LANG
  progress_step:
    description: How many steps came before the playbook.
    type: int
    default: 0
    env:
      - name: STEIGER_STEP
  progress_steps:
    description: How many steps there are in all; 0 when that is not known.
    type: int
    default: 0
    env:
      - name: STEIGER_STEPS
"""

WORDS_FILE = Path(__file__).with_name("progress.words")
DIFF_LINES = 16
DEBUG = {"debug", "ansible.builtin.debug"}
CHECKS_ITS_INPUT = "Validating arguments"


def read_words() -> dict[str, dict[str, Any]]:
    """Return the table beside this file: `roles` (id to {nl, en}) and `tasks` (name to Dutch)."""
    words: dict[str, dict[str, Any]] = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
    return words


def task_name(task: Task) -> str:
    """Return a task's own name, without its role and the prefix of its file."""
    return str(task.name or task.action).rsplit(" | ", 1)[-1]


def what_failed(result: dict[str, Any]) -> str:
    """Return all that a failed result says; its last line is its message."""
    items = [item for item in result.get("results", []) if isinstance(item, dict) and item.get("failed")]
    said = [str(result.get(key) or "") for key in ("module_stdout", "module_stderr", "stdout", "stderr")]
    message = "" if items else " ".join(str(result.get("msg", "")).split())
    return "\n".join(text for text in [*said, message, *map(what_failed, items)] if text)


def said_lines(message: Any) -> list[str]:
    """Return what a debug task says, as lines."""
    if isinstance(message, list):
        return [", ".join(str(part) for part in message)]
    return str(message).splitlines() if message else []


class Line:
    """The line of one step; on a terminal it is drawn again each second."""

    def __init__(self, fd: int, head: str) -> None:
        """Begin the line `head` on the open file `fd`."""
        self.fd = fd
        self.head = head
        self.now = ""
        self.began = time.monotonic()
        self.done = threading.Event()
        self.terminal = os.isatty(fd)
        self.write(f"{head} … ")
        if self.terminal:
            threading.Thread(target=self.tick, daemon=True).start()

    def write(self, text: str) -> None:
        """Write at once: a buffer would be written again by Ansible's forked workers."""
        os.write(self.fd, text.encode())

    def seconds(self) -> int:
        """Return the age of the line in whole seconds."""
        return int(time.monotonic() - self.began)

    def tick(self) -> None:
        """Draw the line each second until it is done."""
        while not self.done.wait(1):
            self.draw()

    def draw(self) -> None:
        """Draw head, task and seconds, cut to the width of the terminal."""
        text = f"{self.head} … {self.seconds()} s  {self.now}"
        width = os.get_terminal_size(self.fd).columns or 80
        self.write(f"\r\033[K{text[: width - 1]}")

    def show(self, now: str) -> None:
        """Name the task at work."""
        self.now = now
        if self.terminal:
            self.draw()

    def end(self) -> None:
        """Finish the line with its seconds."""
        self.done.set()
        self.write(f"\r\033[K{self.head} … {self.seconds()} s\n" if self.terminal else f"{self.seconds()} s\n")


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Ansible's hooks; see DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        """Start without a step."""
        super().__init__()
        self.words = read_words()
        self.role = ""
        self.steps = 0
        self.line: Line | None = None
        self.changes: list[str] = []
        self.said: list[str] = []

    def translated(self, name: str) -> str:
        """Return a task's name in the language asked for."""
        return str(self.words["tasks"].get(name, name)) if self.get_option("progress_language") == "nl" else name

    def begin(self, role: str) -> None:
        """End the step before and begin the one of a role."""
        self.end()
        self.role = role
        self.steps += 1
        fd = self.get_option("progress_fd")
        if fd is None:
            return
        title = self.words["roles"].get(role, {}).get(self.get_option("progress_language"), role)
        number = self.get_option("progress_step") + self.steps
        total = self.get_option("progress_steps") or "?"
        self.line = Line(fd, f"[{number:2}/{total}] {title}")

    def end(self) -> None:
        """End the step that is open, and tell what it would change."""
        if self.line:
            self.line.end()
            for change in self.changes:
                self.line.write(change)
        self.line = None
        self.changes = []

    def note(self, name: str, text: str) -> None:
        """Leave a note for the caller."""
        folder = self.get_option("progress_notes")
        if folder:
            Path(folder, name).write_text(text, encoding="utf-8")

    def v2_playbook_on_task_start(self, task: Task, is_conditional: bool) -> None:  # noqa: ARG002
        """Begin a step with a role's first task, and name the task."""
        role = task._role.get_name() if task._role else ""  # noqa: SLF001
        if role and role != self.role:
            self.begin(role)
        if self.line and not task_name(task).startswith(CHECKS_ITS_INPUT):
            self.line.show(self.translated(task_name(task)))

    def v2_playbook_on_handler_task_start(self, task: Task) -> None:
        """Name the handler in the step that is open."""
        if self.line:
            self.line.show(self.translated(task_name(task)))

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """Note what a debug task says; remember, in check mode, what would change."""
        checks = context.CLIARGS.get("check")
        said = said_lines(result.result.get("msg")) if result.task.action in DEBUG else []
        if said and not checks:
            self.said += said
            self.note("said", "\n".join([*self.said, ""]))
        if not (checks and (said or result.result.get("changed"))):
            return
        self.changes.append(f"        • {self.translated(task_name(result.task))}\n")
        self.changes.extend(f"            {line}\n" for line in said)
        for part in [result.result, *result.result.get("results", [])]:
            if isinstance(part, dict) and part.get("diff"):
                lines = [line for line in self._get_diff(part["diff"]).splitlines() if line.strip()]
                shown = lines[:DIFF_LINES] + (["…"] if len(lines) > DIFF_LINES else [])
                self.changes.extend(f"            {line}\n" for line in shown)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        """Note what a failed task said."""
        if not ignore_errors:
            self.note("error", f"{what_failed(result.result)}\n")

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        """Note why a host was not reached."""
        self.note("error", f"{what_failed(result.result)}\n")

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        """End the last step and note how many tasks changed something."""
        failed = stats.failures or stats.dark
        if failed and self.line:
            self.line.done.set()
            self.line.write("mislukt\n" if self.get_option("progress_language") == "nl" else "failed\n")
        else:
            self.end()
        self.note("changed", f"{sum(stats.changed.values())}\n")
