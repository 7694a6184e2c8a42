"""The report of a proof: proven only when the grader was never wrong."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from steiger import lifecycle, progress, proof, values
from steiger.catalogue import Attempt
from steiger.commands.verify import markdown
from steiger.errors import SteigerError
from steiger.grader import Outcome
from steiger.proof import Report
from steiger.values import ValueSpec

if TYPE_CHECKING:
    from collections.abc import Collection

    from steiger.catalogue import Lab


def test_a_report_without_faults_is_proven() -> None:
    assert Report(lab="pier", tasks=3, attempts=9).proven


@pytest.mark.parametrize("kind", ["wrong_passes", "wrong_fails", "problems"])
def test_one_fault_of_any_kind_and_it_is_not(kind: str) -> None:
    report = Report(lab="pier", **{kind: ["fault"]})  # type: ignore[arg-type]
    assert not report.proven
    data = json.loads(json.dumps(report.as_json()))
    assert (data["lab"], data["proven"], data[kind]) == ("pier", False, ["fault"])


def test_two_reports_share_nothing() -> None:
    Report(lab="a").problems.append("fault")
    assert Report(lab="b").proven


def test_steps_are_solutions_attempts_start_and_end(lab: Lab) -> None:
    assert proof.steps(lab) == 2 + 2 + 2


def attempt(*tasks: str, **when: str) -> Attempt:
    return Attempt(dict.fromkeys(tasks, "wrong"), when)


def batches(lab: Lab, **attempts: Attempt) -> list[tuple[tuple[str, ...], ...]]:
    return [each.batches for each in proof.rounds(dataclasses.replace(lab, attempts=attempts), "seed")]


def test_attempts_at_different_tasks_share_a_solved_state(lab: Lab) -> None:
    made = batches(
        lab, a=attempt("one"), b=attempt("two"), c=attempt("one"), d=attempt("two", "three"), e=attempt("four")
    )
    assert made == [(("a", "b", "e"), ("c", "d"))]


def test_the_attempt_that_spoils_most_is_the_last_of_its_row(lab: Lab) -> None:
    assert batches(lab, all=attempt("one", "two", "three"), a=attempt("four"), b=attempt("one")) == [
        (("a", "all"), ("b",))
    ]


def test_rows_grow_evenly(lab: Lab) -> None:
    made = batches(lab, a=attempt("one"), b=attempt("one"), c=attempt("two"), d=attempt("three"))
    assert made == [(("a", "c"), ("b", "d"))]


def test_a_lab_without_attempts_has_a_round_without_batches(lab: Lab) -> None:
    assert batches(lab) == [()]


def test_every_option_of_a_choice_has_its_round_and_each_attempt_one(lab: Lab) -> None:
    specs = {"fault": ValueSpec("choice", of=("mast", "keel", "rudder")), "gate": ValueSpec("port")}
    attempts = {option: attempt("one", fault=option) for option in specs["fault"].of} | {"any": attempt("two")}
    drawing = dataclasses.replace(lab, values=specs, attempts=attempts)
    seeds = [each.seed for each in proof.rounds(drawing, "seed")]
    drawn = [values.derive(specs, lab.id, seed)["fault"] for seed in seeds]
    assert seeds[0] == "seed"
    assert sorted(drawn) == ["keel", "mast", "rudder"]
    made = [set().union(*each.batches) for each in proof.rounds(drawing, "seed")]
    assert made == [{drawn[0], "any"}, {drawn[1]}, {drawn[2]}]


def test_an_attempt_for_a_draw_that_no_round_has_is_a_fault(lab: Lab) -> None:
    specs = {name: ValueSpec("choice", of=("a", "b")) for name in ("one", "two")}
    never = {f"{first}{second}": attempt("named", one=first, two=second) for first in "ab" for second in "ab"}
    drawing = dataclasses.replace(lab, values=specs, attempts=never)
    planned = proof.rounds(drawing, "seed")
    tried = {name for each in planned for batch in each.batches for name in batch}
    seen = {(task.id, finding) for task in lab.tasks for finding in task.findings}
    assert len(tried) < len(never)
    assert list(proof._left_out(drawing, planned, seen)) == [  # noqa: SLF001
        f"no student draws what the attempt '{name}' is for" for name in never if name not in tried
    ]


def test_a_finding_that_nothing_reaches_is_a_fault(lab: Lab) -> None:
    left = list(proof._left_out(lab, proof.rounds(lab, "seed"), {("named", "absent")}))  # noqa: SLF001
    assert left == ["no attempt reaches the finding 'named.stopped'"]


class Pier:
    """A lab of two tasks in one file, graded by what stands in it: enough to see batches at work."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch, scripts: dict[str, str], seconds: int = 0) -> None:
        self.state: set[str] = set()
        self.resets = 0
        self.graded: list[list[str]] = []
        texts = {"solution.sh": "", **{f"{name}.sh": broken for name, broken in scripts.items()}}
        monkeypatch.setattr(
            proof.Trial, "script", lambda _self, path, _faults: self.state.update(texts[path.name].split())
        )
        monkeypatch.setattr(proof.Trial, "state", lambda _self: {})
        monkeypatch.setattr(proof.Trial, "grade", lambda _self, only: self.outcomes(only))
        monkeypatch.setattr(lifecycle, "reset", lambda *_: self.reset())
        monkeypatch.setattr(lifecycle, "lab_values", lambda *_: {"box": "box-mine"})
        finding = lab.tasks[0].findings["absent"]
        self.tasks = [
            dataclasses.replace(lab.tasks[0], id=name, findings={"absent": finding}, seconds=seconds)
            for name in ("one", "two", "three")
        ]
        attempts = {"mast": attempt("one"), "keel": attempt("two")}
        for each in attempts.values():
            each.fails.update(dict.fromkeys(each.fails, "absent"))  # type: ignore[attr-defined]
        self.lab = dataclasses.replace(lab, tasks=tuple(self.tasks), attempts=attempts)

    def outcomes(self, only: Collection[str]) -> dict[str, Outcome]:
        """Return what a grading finds: a broken task fails, but a trace hides that `two` is broken."""
        self.graded.append(sorted(only))
        broken = self.state - {"two"} if "trace" in self.state else self.state
        return {
            task.id: Outcome(task, "absent", (("name", "x"), ("seen", "y"))) if task.id in broken else Outcome(task)
            for task in self.tasks
            if task.id in only
        }

    def reset(self) -> None:
        """Bring the start state back."""
        self.resets += 1
        self.state.clear()

    def batch(self) -> Report:
        """Try both attempts together and return the report."""
        report = Report(lab="pier")
        proof.Trial(self.lab, "seed", report, set()).batch(["mast", "keel"], {})
        return report


def test_a_clear_batch_needs_one_solved_state(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    pier = Pier(lab, monkeypatch, {"mast": "one", "keel": "two"})
    report = pier.batch()
    assert (report.proven, report.attempts, pier.resets) == (True, 2, 1)


def test_an_attempt_that_breaks_too_much_is_named_and_the_next_starts_afresh(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    pier = Pier(lab, monkeypatch, {"mast": "one two", "keel": "two"})
    report = pier.batch()
    assert (report.attempts, pier.resets) == (2, 2)
    assert [fault.partition(":")[0] for fault in report.wrong_fails] == ["mast"]
    assert report.wrong_passes == report.problems == []


def test_an_attempt_that_meets_the_trace_of_another_is_tried_afresh(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    pier = Pier(lab, monkeypatch, {"mast": "one trace", "keel": "two"})
    report = pier.batch()
    assert (report.proven, report.attempts, pier.resets) == (True, 2, 2)


def test_an_attempt_that_hides_behind_the_one_before_it_is_found(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """`keel` breaks nothing, and its batch does not lend it the fault of another."""
    pier = Pier(lab, monkeypatch, {"mast": "one", "keel": ""})
    report = pier.batch()
    assert report.wrong_passes == ["keel: 'two' passes, must fail with 'absent'"]
    assert report.wrong_fails == []


def test_a_costly_check_is_run_after_its_own_attempt_and_at_the_end_of_the_row(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    pier = Pier(lab, monkeypatch, {"mast": "one", "keel": "two"}, seconds=40)
    report = pier.batch()
    assert (report.proven, report.attempts, pier.resets) == (True, 2, 1)
    assert pier.graded == [["one"], ["one", "three", "two"]]


@pytest.mark.parametrize(("mast", "keel", "named"), [("one three", "two", "mast"), ("one", "two three", "keel")])
def test_what_only_the_end_of_a_row_shows_is_blamed_on_the_right_attempt(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, mast: str, keel: str, named: str
) -> None:
    pier = Pier(lab, monkeypatch, {"mast": mast, "keel": keel}, seconds=40)
    report = pier.batch()
    assert (report.attempts, pier.resets) == (2, 3)
    assert [fault.partition(":")[0] for fault in report.wrong_fails] == [named]
    assert report.wrong_passes == report.problems == []


def test_a_costly_attempt_that_breaks_nothing_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    pier = Pier(lab, monkeypatch, {"mast": "", "keel": "two"}, seconds=40)
    report = pier.batch()
    assert report.attempts == 2
    assert report.wrong_passes == ["mast: 'one' passes, must fail with 'absent'"]
    assert report.wrong_fails == []


def test_a_started_lab_is_not_put_to_the_proof(lab: Lab) -> None:
    progress.write("pier", progress.Progress(phase="started"))
    with pytest.raises(SteigerError, match=r"^pier is started here; finish it before its proof$"):
        proof.prove(lab, lambda _shown, _seconds: None)


def test_the_table_for_the_docs_counts_the_faults() -> None:
    table = markdown([Report(["a"], ["b", "c"], [], "pier", 3, 2, 9, 5, 40, 61.6).as_json()])
    assert table.splitlines()[-1] == "| pier | 3 | 5 | 2 | 9 | 40 | 1 | 2 | 0 | 62 |"
    assert len({line.count("|") for line in table.splitlines()}) == 1


def test_differences_name_what_went_and_what_came() -> None:
    assert proof._difference(["a", "b"], ["b", "c"]) == ("a", "c")  # noqa: SLF001
    assert proof._difference({"a": 1, "b": 2}, {"b": 3}) == ("{'a': 1, 'b': 2}", "{'b': 3}")  # noqa: SLF001
    assert proof._difference(["a"], ["a"]) == ("", "")  # noqa: SLF001
