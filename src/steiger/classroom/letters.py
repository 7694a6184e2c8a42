"""What each student needs to get in: a letter in their language, and the key that was made for them."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from steiger import i18n
from steiger.classroom import keeping
from steiger.classroom.files import replace
from steiger.classroom.machines import Machine
from steiger.classroom.roster import Student
from steiger.i18n import _

LETTER = "letter.txt"
ACCOUNT = "student"


def ssh_line(machine: Machine, key: str = "") -> str:
    """Return what a student types to get in; `key` is the path of their private key when it has no usual place."""
    port = "" if machine.port == 22 else f" -p {machine.port}"
    return f"ssh{f' -i {key}' if key else ''}{port} {ACCOUNT}@{machine.address}"


def fingerprint(host_key: str) -> str:
    """Return a host key's fingerprint as ssh shows it: SHA-256 in base64 without padding."""
    digest = hashlib.sha256(base64.b64decode(host_key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def write(
    folder: Path,
    place: Path,
    class_name: str,
    students: Sequence[Student],
    machines: Mapping[str, Machine],
    language: str,
) -> bool:
    """Write a folder for each student who has a machine, and return whether any file of them was another.

    Args:
        folder: the class's folder.
        place: where to; it is made when it is not there, and is for the instructor's eyes.
        class_name: the class.
        students: of the roster.
        machines: by student.
        language: "nl" or "en", for who has none in the roster.
    """
    before = i18n.language()
    changed = False
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        for student in students:
            if machine := machines.get(student.id):
                i18n.use(student.language or language)
                private = "" if student.key else keeping.student_key(folder, student.id)
                key = f"steiger-{class_name}" if private else ""
                own = place / student.id
                own.mkdir(mode=0o700, exist_ok=True)
                texts = {LETTER: letter(student.name, class_name, machine, key), **({key: private} if key else {})}
                changed |= sum(_put(own / name, text) for name, text in texts.items()) > 0
    finally:
        i18n.use(before)
    return changed


def letter(name: str, class_name: str, machine: Machine, key: str) -> str:
    """Return the letter to a student, in the language in use; `key` names the file with their key, "" for their own."""
    parts = [_("Hello {name},"), _("There is a machine for you, for the course {course}.")]
    if key:
        parts += [
            _(
                "With this letter comes a file {key}: your key. Keep it to yourself, and put it in the folder .ssh of your home folder. On Linux and macOS:"
            ),
            "    mkdir -p ~/.ssh && mv {key} ~/.ssh/ && chmod 600 ~/.ssh/{key}",
            _("Then you get in with:"),
        ]
    else:
        parts.append(_("You get in with the key that you gave:"))
    parts += [
        "    {ssh}",
        _("The first time, ssh asks whether you trust the machine. Say yes when the fingerprint is this one:"),
        "    {fingerprint}",
        _("Then begin with: lab list"),
    ]
    # One pass, so that nothing in a name is filled in.
    values = {
        "name": name,
        "course": class_name,
        "key": key,
        "ssh": ssh_line(machine, f"~/.ssh/{key}" if key else ""),
        "fingerprint": fingerprint(machine.host_key),
    }
    return "\n\n".join(part.format(**values) for part in parts) + "\n"


def _put(path: Path, text: str) -> bool:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    replace(path, text, mode=0o600)
    return True
