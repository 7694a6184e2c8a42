"""The command line of the benchmarks, and what it says to a wrong call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from benchmarks import machines, parts, report
from benchmarks.__main__ import main, options
from benchmarks.machines import ROOT, BenchmarkError
from benchmarks.parts import PARTS

if TYPE_CHECKING:
    from pathlib import Path


def test_without_words_all_parts_are_measured_three_times() -> None:
    chosen, out = options([])
    assert (chosen.repeats, tuple(chosen.parts), chosen.image) == (3, PARTS, "steiger-debian13")
    assert out == ROOT / ".cache" / "benchmarks"


def test_parts_and_labs_are_lists_with_commas() -> None:
    chosen, _out = options(["--only", "lab, setup", "--labs=volumes,images"])
    assert tuple(chosen.parts) == ("lab", "setup")
    assert tuple(chosen.labs) == ("volumes", "images")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "labs"], "--only knows setup, again, lab, costs, not 'labs'"),
        (["--repeats", "0"], "--repeats must be 1 or more"),
        (["--repeats", "many"], "invalid int value"),
        (["--clone-of", "golden"], "--clone-of goes with --only lab"),
        (["--fast"], "unrecognized arguments"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BenchmarkError, match=said):
        options(words)
    assert main(words) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("benchmarks: ")
    assert errors.count("\n") == 1


def test_without_incus_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([]) == 2
    assert (
        capsys.readouterr().err == "benchmarks: Incus is not here; ./test machine makes this machine a host for tests\n"
    )


def test_what_was_measured_before_an_interrupt_is_not_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def measure(_options: parts.Options, measured: parts.Measured, _say: parts.Say) -> None:
        measured.add("lab_list", 0.1)
        raise KeyboardInterrupt

    monkeypatch.setattr(machines, "require", lambda *_words: None)
    monkeypatch.setattr(report, "describe", lambda image: {"image": image, "load before": "0.0"})
    monkeypatch.setattr(parts, "measure", measure)
    assert main(["--out", str(tmp_path / "new")]) == 130
    assert "| `lab list` | 0.10 s |" in (tmp_path / "new" / "results.md").read_text(encoding="utf-8")


def test_results_that_cannot_be_written_are_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(machines, "require", lambda *_words: None)
    monkeypatch.setattr(report, "describe", lambda image: {"image": image, "load before": "0.0"})
    monkeypatch.setattr(parts, "measure", lambda _options, measured, _say: measured.add("lab_list", 0.1))
    assert main(["--out", str(tmp_path / "file" / "new")]) == 2
    assert capsys.readouterr().err.endswith("file/new: Not a directory\n")
