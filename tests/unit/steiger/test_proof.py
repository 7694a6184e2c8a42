"""The report of a proof: proven only when the grader was never wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from steiger import progress, proof
from steiger.commands.verify import markdown
from steiger.errors import SteigerError
from steiger.proof import Report

if TYPE_CHECKING:
    from steiger.catalogue import Lab


def test_a_report_without_faults_is_proven() -> None:
    assert Report("pier", tasks=3, attempts=9).proven


@pytest.mark.parametrize("kind", ["wrong_passes", "wrong_fails", "problems"])
def test_one_fault_of_any_kind_and_it_is_not(kind: str) -> None:
    report = Report("pier", **{kind: ["fault"]})  # type: ignore[arg-type]
    assert not report.proven
    data = json.loads(json.dumps(report.as_json()))
    assert (data["lab"], data["proven"], data[kind]) == ("pier", False, ["fault"])


def test_two_reports_share_nothing() -> None:
    Report("a").problems.append("fault")
    assert Report("b").proven


def test_steps_are_solutions_attempts_start_and_end(lab: Lab) -> None:
    assert proof.steps(lab) == 2 + 2 + 2


def test_a_started_lab_is_not_put_to_the_proof(lab: Lab) -> None:
    progress.write("pier", progress.Progress(phase="started"))
    with pytest.raises(SteigerError, match=r"^pier is started here; finish it before its proof$"):
        proof.prove(lab, lambda _shown, _seconds: None)


def test_the_table_for_the_docs_counts_the_faults() -> None:
    table = markdown([Report("pier", 3, 2, 9, 5, 40, 61.6, ["a"], ["b", "c"], []).as_json()])
    assert table.splitlines()[-1] == "| pier | 3 | 5 | 2 | 9 | 40 | 1 | 2 | 0 | 62 |"
    assert len({line.count("|") for line in table.splitlines()}) == 1


def test_differences_name_what_went_and_what_came() -> None:
    assert proof._difference(["a", "b"], ["b", "c"]) == ("a", "c")  # noqa: SLF001
    assert proof._difference({"a": 1, "b": 2}, {"b": 3}) == ("{'a': 1, 'b': 2}", "{'b': 3}")  # noqa: SLF001
    assert proof._difference(["a"], ["a"]) == ("", "")  # noqa: SLF001
