"""The roster: read as spreadsheets write it, strict about what names machines, data all the way."""

from __future__ import annotations

import base64
import contextlib
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steiger.classroom import roster
from steiger.classroom.roster import RosterError, Student

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "{{ lookup('pipe', 'touch /tmp/owned') }}",
    "{% for x in y %}",
    "$(touch owned)",
    "`id`",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "'; DROP TABLE students; --",
    '=HYPERLINK("http://x")',
    "-oProxyCommand=id",
)


def public_key(kind: str = "ssh-ed25519", *parts: bytes) -> str:
    fields = [kind.encode(), *(parts or (b"\x07" * 32,))]
    return f"{kind} {base64.b64encode(b''.join(struct.pack('>I', len(field)) + field for field in fields)).decode()}"


def faults(text: str) -> list[str]:
    with pytest.raises(RosterError) as caught:
        roster.parse(text)
    return str(caught.value).splitlines()


def test_a_row_is_a_student() -> None:
    key = public_key()
    text = f"id,name,e-mail,group,key,language\nfatima,Fatima Özdemir,f@example.org,1B,{key} fatima@laptop,nl\n"
    assert roster.parse(text) == [Student("fatima", "Fatima Özdemir", "f@example.org", "1B", key, "nl")]


@pytest.mark.parametrize(
    "text",
    [
        "id,name\njan,Jan\n",
        "id;name\r\njan;Jan\r\n",
        "id\tname\njan\tJan",
        "\n\nid,name\n\n , \njan,Jan\n,\n",
        "sep=;\r\nid;name\r\njan;Jan\r\n",
        "naam;ID\nJan;jan\n",
        'id,name\n"jan","Jan"\n',
        "id,name,,\njan,Jan,,\n",
        "id,name\njan,Ja\u0301n\n".replace("a\u0301", "a"),
    ],
    ids=["commas", "semicolons", "tabs", "empty rows", "Excel's sep", "Dutch", "quotes", "empty columns", "plain"],
)
def test_it_is_read_as_spreadsheets_write_it(text: str) -> None:
    assert roster.parse(text) == [Student("jan", "Jan")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_mark_in_front_and_what_windows_calls_unicode_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes("id;name\r\nzoe;Zoë 李\r\n".encode(encoding))
    assert roster.read(path) == [Student("zoe", "Zoë 李")]


def test_an_old_code_page_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes("id;name\r\njan;Jan\r\nzoe;Zoë\r\n".encode("cp1252"))
    with pytest.raises(RosterError, match=r"line 3: not UTF-8; save it as 'CSV UTF-8'"):
        roster.read(path)


def test_equal_names_are_equal_however_they_were_typed() -> None:
    assert roster.parse("id,name\nzoe,Zoe\u0308\n")[0].name == "Zo\u00eb"


def test_a_name_over_two_lines_becomes_one_line() -> None:
    text = 'id,name\nzoe,"Zoë\nde  Vries\x1b[2J"\nbad id,x\n'
    assert faults(text)[0].startswith("line 4: ")
    assert roster.parse(text.replace("bad id", "jan"))[0].name == "Zoë de  Vries [2J"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_or_group_is_kept_as_it_is(text: str) -> None:
    quoted = text.replace('"', '""')
    student = roster.parse(f'id,name,group\nmallory,"{quoted}","{quoted}"\n')[0]
    assert (student.name, student.group) == (text, text)


@pytest.mark.parametrize("text", [*HOSTILE, "", "Jan", "1jan", "jan-", "-jan", "jan_p", "jän", "j" * 32, "all"])
def test_an_id_is_a_host_name(text: str) -> None:
    quoted = text.replace('"', '""')
    lines = faults(f'id,name\n"{quoted}",x\n')
    assert len(lines) == 1
    assert lines[0].startswith("line 2: the id ")


@pytest.mark.parametrize("text", ["j", "j" * 31, "jan-p2"])
def test_these_are_ids(text: str) -> None:
    assert roster.parse(f"id,name\n{text},x")[0].id == text


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("jan,", "there is no name"),
        ("jan," + "x" * 201, "the name is longer than 200 characters"),
        ("jan,Jan,no-address", "no-address is no e-mail address"),
        ('jan,Jan,"a@b\nBcc: c@d"', "a@b Bcc: c@d is no e-mail address"),
        ("jan,Jan,," + "g" * 65, "the group is longer than 64 characters"),
        ("jan,Jan,,,,fr", "the language fr must be nl or en"),
        ("jan,Jan,,,,nl,extra", "it has 1 cells more than the first line"),
        ("jan,Jan,,,hello", "the key must be the one line of a .pub file, such as ssh-ed25519 AAAA…"),
        ("jan,Jan,,,ssh-dss AAAA", "the key must be the one line of a .pub file, such as ssh-ed25519 AAAA…"),
        ("jan,Jan,,,ssh-ed25519 AAAA", "the key is not whole; copy the one line of the .pub file again"),
        ("jan,Jan,,,ssh-ed25519 A*", "the key is not whole; copy the one line of the .pub file again"),
        (f"jan,Jan,,,ssh-rsa {public_key().split()[1]}", "the key is not whole; copy the one line of the .pub file again"),
        (
            f"jan,Jan,,,{public_key('ssh-rsa', bytes([3]), bytes(1) + bytes([255]) * 128)}",
            "the key is an RSA key of less than 2048 bits; make one with ssh-keygen",
        ),
        (
            'jan,Jan,,,"command=""id"" ' + public_key() + '"',
            "the key must be the one line of a .pub file, such as ssh-ed25519 AAAA…",
        ),
        (
            "jan,Jan,,,-----BEGIN OPENSSH PRIVATE KEY-----",
            "this is a private key, which is the student's alone; the public one is in the file that ends in .pub",
        ),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_its_line(row: str, fault: str) -> None:
    assert faults(f"id,name,email,group,key,language\n{row}\n") == [f"line 2: {fault}"]


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"])
def test_keys_of_today_are_taken(kind: str) -> None:
    assert roster.parse(f"id,name,key\njan,Jan,{public_key(kind)} a comment\n")[0].key == public_key(kind)


def test_an_rsa_key_of_2048_bits_is_taken() -> None:
    key = public_key("ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xff" * 256)
    assert roster.parse(f"id,name,key\njan,Jan,{key}\n")[0].key == key


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: the column id is missing; the first line names the columns: id, name, e-mail, group, key, language"),
        ("id,nmae\njan,Jan", "line 1: there is no column nmae. Did you mean name?"),
        ("id,name,naam\njan,Jan,Jan", "line 1: the column name is there twice"),
        ("id,name\n", "there is no student in it"),
        ('id,name\njan,"Jan"x\n', "line 2: ',' expected after '\"'"),
        ('id,name\njan,"Jan\n', "line 2: unexpected end of data"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_roster_is_named(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_an_id_twice_is_named_with_both_lines() -> None:
    assert faults("id,name\njan,Jan\npiet,Piet\njan,Jan B\n") == ["line 4: the id jan is on line 2 already"]


def test_all_faults_are_named_but_not_two_thousand() -> None:
    lines = faults("id,name\n" + "Wrong Id,x\n" * 2000)
    assert lines[0].startswith("line 2: ")
    assert lines[-1] == "and 1990 faults more"
    assert len(lines) == 11


def test_two_thousand_rows_are_read() -> None:
    students = roster.parse("id,name\n" + "".join(f"s{number},Student {number}\n" for number in range(2000)))
    assert (len(students), students[-1].id) == (2000, "s1999")


def test_there_is_an_end_to_rows_and_bytes(tmp_path: Path) -> None:
    many = "id,name\n" + "".join(f"s{number},x\n" for number in range(6000))
    assert faults(many) == ["line 5002: more than 5000 students"]
    path = tmp_path / "roster.csv"
    path.write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    with pytest.raises(RosterError, match=r"roster.csv is larger than 4 MB$"):
        roster.read(path)


def test_no_file_and_no_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"roster.csv cannot be read: No such file or directory$"):
        roster.read(tmp_path / "roster.csv")
    (tmp_path / "roster.csv").write_bytes(b"id,name\0\n")
    with pytest.raises(RosterError, match=r"this is no text"):
        roster.read(tmp_path / "roster.csv")


@given(st.text(max_size=200))
def test_any_text_gives_students_or_faults_with_lines(text: str) -> None:
    with contextlib.suppress(RosterError):
        assert all(student.id and student.name for student in roster.parse(text))


@pytest.mark.parametrize("name", ["docker26", "a", "docker-2026"])
def test_a_folder_names_the_class(tmp_path: Path, name: str) -> None:
    assert roster.class_name(tmp_path / name) == name


@pytest.mark.parametrize("name", ["Docker", "my class", "-x", "x" * 40, "{{x}}"])
def test_a_folder_that_cannot_name_machines_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RosterError, match="names the class"):
        roster.class_name(tmp_path / name)
