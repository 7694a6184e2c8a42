"""What a class keeps in its hidden folder: its secret, its own key, and the keys that it made for students."""

import os
import secrets
import subprocess
from pathlib import Path

from steiger.classroom.files import replace
from steiger.classroom.machines import KEPT
from steiger.errors import SteigerError
from steiger.i18n import _

SECRET = "secret"  # noqa: S105 - the name of a file
KEY = "id_ed25519"
STUDENT_KEYS = "keys"
_SECRET_BYTES = 32


def secret(folder: Path) -> str:
    """Return the secret from which the values of a class come; "" when there is none yet.

    Args:
        folder: the class's folder, with the roster.

    Raises:
        SteigerError: there is one, and it cannot be read: to draw another would change every student's values.
    """
    path = folder / KEPT / SECRET
    try:
        known = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SteigerError(_("{path} cannot be read: {why}").format(path=path, why=error.strerror)) from None
    except UnicodeDecodeError:
        known = ""
    if not known:
        raise SteigerError(
            _("{path} is damaged; put your copy back, for another secret would change every student's values").format(
                path=path
            )
        )
    return known


def make_secret(folder: Path) -> str:
    """Return the secret of a class, drawn when there is none yet.

    Raises:
        SteigerError: it cannot be read or written.
    """
    if known := secret(folder):
        return known
    drawn = secrets.token_hex(_SECRET_BYTES)
    _write(_kept(folder) / SECRET, f"{drawn}\n")
    return drawn


def make_class_key(folder: Path) -> str:
    """Return the public key that opens root's account on the machines of a class, made when there is none yet.

    Raises:
        SteigerError: it cannot be made.
    """
    return _make_key(_kept(folder) / KEY)


def make_student_key(folder: Path, student: str) -> str:
    """Return the public key that was made for a student who has none, made when there is none yet.

    Args:
        folder: the class's folder.
        student: their id, which is held to a pattern.

    Raises:
        SteigerError: it cannot be made.
    """
    return _make_key(_kept(folder) / STUDENT_KEYS / student)


def student_key(folder: Path, student: str) -> str:
    """Return the private key that was made for a student, "" when they have their own."""
    try:
        return (folder / KEPT / STUDENT_KEYS / student).read_text(encoding="ascii")
    except OSError:
        return ""


def _kept(folder: Path) -> Path:
    kept = folder / KEPT
    try:
        kept.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SteigerError(_("{path} cannot be written: {why}").format(path=kept, why=error.strerror)) from None
    return kept


def _write(path: Path, text: str) -> None:
    try:
        replace(path, text, mode=0o600)
    except OSError as error:
        raise SteigerError(_("{path} cannot be written: {why}").format(path=path, why=error.strerror)) from None


def _make_key(path: Path) -> str:
    public = path.with_name(f"{path.name}.pub")
    if not (path.is_file() and public.is_file()):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # One that was cut off half-way; ssh-keygen would ask whether to write over it.
        path.unlink(missing_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", os.fspath(path)]
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SteigerError(_("ssh-keygen cannot make {path}: {why}").format(path=path, why=error)) from None
    return " ".join(public.read_text(encoding="ascii").split()[:2])
