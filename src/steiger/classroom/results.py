"""What a class was found to have done, as files: JSON a student, CSV for a learning platform, JUnit XML.

A student's text is data in each of them: nothing of it is a formula, a tag or a path.
"""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steiger.catalogue import Lab
from steiger.classroom.files import replace
from steiger.classroom.remote import Graded
from steiger.classroom.roster import Student
from steiger.grader import as_json

GRADED = "graded"
REPORTED = "reported by the student"
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What XML 1.0 cannot hold at all.
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Row:
    """What is known of one student: what each lab's checks found, or why the machine could not be graded.

    A remark is for the instructor: what to know of a row that was reported.
    """

    student: Student
    labs: Mapping[str, Graded] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    trouble: str = ""
    why: str = ""
    source: str = GRADED
    remark: str = ""


@dataclass(frozen=True)
class Grading:
    """One look at a whole class, at a moment (ISO 8601)."""

    class_name: str
    moment: str
    labs: Sequence[Lab]
    rows: Sequence[Row]


def write(grading: Grading, folder: Path, language: str) -> list[Path]:
    """Write the results of a class into a folder, each file whole or not at all; return the files.

    Args:
        grading: what was found.
        folder: it is made when it is not there.
        language: "nl" or "en", of messages and headings.
    """
    files = {f"{row.student.id}.json": _json(student_data(grading, row, language)) for row in grading.rows}
    files["results.csv"] = table(grading)
    files["results.xml"] = junit(grading, language)
    folder.mkdir(parents=True, exist_ok=True)
    return [replace(folder / name, text) for name, text in files.items()]


def student_data(grading: Grading, row: Row, language: str) -> dict[str, Any]:
    """Return what is known of one student as JSON data."""
    labs: list[dict[str, Any]] = []
    for lab in grading.labs:
        graded = row.labs.get(lab.id)
        if graded is None or graded.error:
            labs.append({"lab": lab.id, "error": graded.error if graded else row.why, "checks": []})
            continue
        values = {**row.values.get(lab.id, {}), **graded.values}
        labs.append(
            {**as_json(lab, row.student.id, list(graded.outcomes), language, values), "progress": dict(graded.progress)}
        )
    return {
        "class": grading.class_name,
        "student": row.student.id,
        "time": grading.moment,
        "source": row.source,
        "trouble": row.trouble,
        "why": row.why,
        "remark": row.remark,
        "labs": labs,
    }


def points(lab: Lab, row: Row) -> int | None:
    """Return the points of a student in a lab; None when it could not be graded."""
    graded = row.labs.get(lab.id)
    if graded is None or graded.error:
        return None
    return sum(outcome.task.points for outcome in graded.outcomes if outcome.passed)


def table(grading: Grading) -> str:
    """Return the points of a class as CSV: a line a student, a column a lab; empty where nothing could be graded."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "name", "email", "group", *(lab.id for lab in grading.labs), "total", "maximum", "source"])
    for row in grading.rows:
        found = [points(lab, row) for lab in grading.labs]
        known = [each for each in found if each is not None]
        who = [_cell(text) for text in (row.student.id, row.student.name, row.student.email, row.student.group)]
        cells = ["" if each is None else str(each) for each in found]
        total = str(sum(known)) if known else ""
        writer.writerow([*who, *cells, total, sum(lab.points for lab in grading.labs), row.source])
    return out.getvalue()


def junit(grading: Grading, language: str) -> str:
    """Return the results as JUnit XML: a suite a student, a case a task."""
    root = ET.Element("testsuites", name=grading.class_name, timestamp=grading.moment)
    for row in grading.rows:
        suite = ET.SubElement(root, "testsuite", name=row.student.id)
        counts = {"tests": 0, "failures": 0, "errors": 0}
        for lab in grading.labs:
            graded = row.labs.get(lab.id)
            counts["tests"] += len(lab.tasks)
            if graded is None or graded.error:
                counts["errors"] += len(lab.tasks)
                for task in lab.tasks:
                    case = ET.SubElement(suite, "testcase", classname=lab.id, name=task.id)
                    ET.SubElement(case, "error", message=_xml(graded.error if graded else row.why))
                continue
            values = {**row.values.get(lab.id, {}), **graded.values}
            for outcome in graded.outcomes:
                case = ET.SubElement(suite, "testcase", classname=lab.id, name=outcome.task.id)
                if not outcome.passed:
                    counts["failures"] += 1
                    said = _xml(outcome.message(language, values))
                    ET.SubElement(case, "failure", type=outcome.finding, message=said)
        suite.attrib.update({name: str(number) for name, number in counts.items()})
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
