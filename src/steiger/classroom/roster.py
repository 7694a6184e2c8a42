"""The roster of a class: a CSV file as a spreadsheet writes it, read strictly and as data.

Ids and public keys are held to a pattern, for they name machines and open them. Names, addresses
and groups may be any text: they are kept apart from whatever runs, and shown as they are.
"""

import base64
import binascii
import csv
import io
import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from steiger.errors import SteigerError
from steiger.i18n import LANGUAGES, _
from steiger.text import harmless

ROSTER = "roster.csv"
FILE_BYTES = 4 * 1024 * 1024
STUDENTS = 5000
NAME_LENGTH = 200
EMAIL_LENGTH = 254
GROUP_LENGTH = 64
KEY_LENGTH = 8192
FAULTS = 10
RSA_BITS = 2048

# A machine is named after its student; a host name does not end in a hyphen.
_ID = re.compile(r"[a-z](?:[a-z0-9-]{0,29}[a-z0-9])?")
_EMAIL = re.compile(r"[^@\s\"<>,;]+@[^@\s\"<>,;]+")
_CLASS = re.compile(r"[a-z][a-z0-9]{0,19}(?:-[a-z0-9]{1,10})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_SEPARATOR = re.compile(r"sep=(.)\r?\n?")
_KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
# What Ansible calls groups and hosts of its own.
_TAKEN = frozenset({"all", "ungrouped", "localhost", "students", "servers"})
_COLUMNS = {
    "id": "id",
    "name": "name",
    "naam": "name",
    "e-mail": "email",
    "email": "email",
    "mail": "email",
    "group": "group",
    "groep": "group",
    "public key": "key",
    "key": "key",
    "sleutel": "key",
    "language": "language",
    "taal": "language",
}
_NEEDED = ("id", "name")


@dataclass(frozen=True)
class Student:
    """One row: `key` is an SSH public key without its comment, `language` "nl", "en" or "" for the class's own."""

    id: str
    name: str
    email: str = ""
    group: str = ""
    key: str = ""
    language: str = ""


class RosterError(SteigerError):
    """A roster that cannot be used; the message has a line for each fault, ten at most."""


def read(path: Path) -> list[Student]:
    """Return the students of a roster, in its order.

    Args:
        path: a CSV file with a header; commas, semicolons or tabs, UTF-8 or what Windows calls Unicode.

    Raises:
        RosterError: the file cannot be read, or rows are wrong; every fault names its line.
    """
    try:
        with path.open("rb") as source:
            data = source.read(FILE_BYTES + 1)
    except OSError as error:
        raise RosterError(_("{path} cannot be read: {why}").format(path=path, why=error.strerror)) from None
    if len(data) > FILE_BYTES:
        raise RosterError(_("{path} is larger than {size} MB").format(path=path, size=FILE_BYTES // 1024**2))
    try:
        return parse(_decoded(data))
    except RosterError as error:
        raise RosterError("\n".join(f"{path}: {fault}" for fault in str(error).splitlines())) from None


def parse(text: str) -> list[Student]:
    """Return the students of a roster's text.

    Raises:
        RosterError: one line for each fault.
    """
    rows = _rows(text)
    header_line, header = next(rows, (1, []))
    columns = _columns(header, header_line)
    students: list[Student] = []
    lines: dict[str, int] = {}
    faults: list[str] = []
    for line, row in rows:
        if len(students) >= STUDENTS:
            faults.append(_("line {line}: more than {number} students").format(line=line, number=STUDENTS))
            break
        cells = {column: cell for column, cell in zip(columns, row, strict=False) if column}
        wrong = list(_faults(cells, len(row) - len(columns)))
        student = _student(cells)
        if student.id in lines and not wrong:
            wrong.append(_("the id {id} is on line {other} already").format(id=student.id, other=lines[student.id]))
        faults += [_("line {line}: {fault}").format(line=line, fault=fault) for fault in wrong]
        lines.setdefault(student.id, line)
        students.append(student)
    if not students:
        faults.append(_("there is no student in it"))
    if faults:
        more = len(faults) - FAULTS
        shown = faults[:FAULTS] + ([_("and {number} faults more").format(number=more)] if more > 0 else [])
        raise RosterError("\n".join(shown))
    return students


def class_name(folder: Path) -> str:
    """Return the name of a class: that of the folder with its roster.

    Raises:
        RosterError: machines cannot be named after it.
    """
    name = folder.resolve().name
    if not _CLASS.fullmatch(name):
        raise RosterError(
            _("the folder {name} names the class: small letters and digits, such as docker26").format(
                name=harmless(name)
            )
        )
    return name


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RosterError(
            _("line {line}: not UTF-8; save it as 'CSV UTF-8' in the spreadsheet").format(line=line)
        ) from None
    if "\0" in text:
        raise RosterError(_("this is no text; save it as 'CSV UTF-8' in the spreadsheet"))
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that holds something, with the number of its first line."""
    separator = _SEPARATOR.match(text)
    skipped = 1 if separator else 0
    body = text[separator.end() :] if separator else text
    first = next((line for line in body.splitlines() if line.strip()), "")
    delimiter = separator[1] if separator else max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield begin + skipped, [cell.strip() for cell in row]
            begin = reader.line_num + 1
    except csv.Error as error:
        raise RosterError(_("line {line}: {fault}").format(line=begin + skipped, fault=error)) from None


def _columns(header: Sequence[str], line: int) -> list[str]:
    """Return what each column holds; "" for one without a heading."""
    columns: list[str] = []
    for heading in header:
        known = _COLUMNS.get(heading.lower()) if heading else ""
        if known is None:
            near = get_close_matches(heading.lower(), _COLUMNS, n=1)
            guess = _(" Did you mean {name}?").format(name=near[0]) if near else ""
            raise RosterError(
                _("line {line}: there is no column {name}.").format(line=line, name=harmless(heading)) + guess
            )
        if known and known in columns:
            raise RosterError(_("line {line}: the column {name} is there twice").format(line=line, name=known))
        columns.append(known)
    for name in _NEEDED:
        if name not in columns:
            raise RosterError(
                _("line {line}: the column {name} is missing; the first line names the columns: {all}").format(
                    line=line, name=name, all="id, name, e-mail, group, key, language"
                )
            )
    return columns


def _student(cells: Mapping[str, str]) -> Student:
    return Student(
        id=cells.get("id", ""),
        name=_plain(cells.get("name", "")),
        email=cells.get("email", ""),
        group=_plain(cells.get("group", "")),
        key=" ".join(cells.get("key", "").split()[:2]),
        language=cells.get("language", "").lower(),
    )


def _plain(cell: str) -> str:
    """Return a text on one line, in the form in which equal letters are equal."""
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", cell)).strip()


def _faults(cells: Mapping[str, str], surplus: int) -> Iterator[str]:
    student = _student(cells)
    if surplus > 0:
        yield _("it has {number} cells more than the first line").format(number=surplus)
    if not _ID.fullmatch(student.id):
        yield _("the id {id} must be 1 to 31 small letters, digits and hyphens, a letter first, no hyphen last").format(
            id=harmless(student.id, 40)
        )
    elif student.id in _TAKEN:
        yield _("the id {id} means something else to Ansible; choose another").format(id=student.id)
    if not student.name:
        yield _("there is no name")
    for what, text, limit in (
        (_("name"), student.name, NAME_LENGTH),
        (_("group"), student.group, GROUP_LENGTH),
        (_("e-mail address"), student.email, EMAIL_LENGTH),
    ):
        if len(text) > limit:
            yield _("the {what} is longer than {limit} characters").format(what=what, limit=limit)
    if student.email and not _EMAIL.fullmatch(student.email):
        yield _("{email} is no e-mail address").format(email=harmless(student.email, 60))
    if student.language not in {"", *LANGUAGES}:
        yield _("the language {language} must be nl or en").format(language=harmless(student.language, 20))
    if cells.get("key") and (why := _key_fault(cells["key"])):
        yield why


def _key_fault(cell: str) -> str:
    """Return what is wrong with a public key as OpenSSH writes it in a .pub file; "" when nothing is."""
    words = cell.split()
    if "PRIVATE" in words:
        return _("this is a private key, which is the student's alone; the public one is in the file that ends in .pub")
    if len(cell) > KEY_LENGTH or _CONTROL.search(cell) or len(words) < 2 or words[0] not in _KEY_TYPES:
        return _("the key must be the one line of a .pub file, such as ssh-ed25519 AAAA…")
    try:
        parts = _parts(base64.b64decode(words[1], validate=True))
    except (binascii.Error, ValueError):
        return _("the key is not whole; copy the one line of the .pub file again")
    if len(parts) < 2 or parts[0] != words[0].encode():
        return _("the key is not whole; copy the one line of the .pub file again")
    if words[0] == "ssh-rsa" and int.from_bytes(parts[-1], "big").bit_length() < RSA_BITS:
        return _("the key is an RSA key of less than {bits} bits; make one with ssh-keygen").format(bits=RSA_BITS)
    return ""


def _parts(blob: bytes) -> list[bytes]:
    """Return the fields of a key, each with its length in front (RFC 4253, section 6.6).

    Raises:
        ValueError: the lengths do not add up.
    """
    parts = []
    while blob:
        if len(blob) < 4:
            raise ValueError
        size = struct.unpack(">I", blob[:4])[0]
        if len(blob) < 4 + size:
            raise ValueError
        parts.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return parts
