"""The command line of the benchmarks; see `benchmarks/run --help`."""

import argparse
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from benchmarks import figures, machines, parts, report
from benchmarks.machines import ROOT, BenchmarkError

INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BenchmarkError(f"{message} (benchmarks/run --help)")


def options(words: Sequence[str]) -> tuple[parts.Options, Path]:
    """Read the command line: how to measure, and the folder for the results.

    Raises:
        BenchmarkError: the call is wrong.
    """
    known = _Parser(
        prog="benchmarks/run", description="Measure Steiger side by side with a plain script, on fresh Incus instances."
    )
    known.add_argument("--repeats", type=int, default=3, metavar="N", help="how often to measure (default 3)")
    known.add_argument(
        "--only", default="", metavar="PARTS", help=f"of: {','.join(parts.PARTS)} (default: all of them)"
    )
    known.add_argument("--labs", default="", metavar="LABS", help="of the labs, only these, with commas between")
    known.add_argument(
        "--image", default="steiger-debian13", help="the Incus image of a plain Debian (default %(default)s)"
    )
    known.add_argument(
        "--clone-of",
        default="",
        metavar="INSTANCE",
        help="for the part lab: clone this lab machine instead of running ./setup",
    )
    known.add_argument(
        "--out",
        type=Path,
        default=ROOT / ".cache" / "benchmarks",
        metavar="DIR",
        help="where the results go (default .cache/benchmarks)",
    )
    said = known.parse_args(words)
    chosen = _words(said.only) or parts.PARTS
    if unknown := [part for part in chosen if part not in parts.PARTS]:
        raise BenchmarkError(f"--only knows {', '.join(parts.PARTS)}, not '{unknown[0]}'")
    if said.repeats < 1:
        raise BenchmarkError("--repeats must be 1 or more")
    if said.clone_of and tuple(chosen) != ("lab",):
        raise BenchmarkError("--clone-of goes with --only lab: the other parts need a fresh machine")
    return parts.Options(said.image, said.clone_of, said.repeats, chosen, _words(said.labs)), said.out


def main(words: Sequence[str]) -> int:
    """Measure, print the table and write the results; 0 all measured, 2 something is in the way, 130 interrupted."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    signal.signal(signal.SIGTERM, _stop)
    status = 0
    try:
        chosen, out = options(words)
        machines.require(chosen.image, chosen.clone_of)
        machine = report.describe(chosen.clone_of or chosen.image)
        console.print(f"load: {machine['load before']}; other work on this machine spoils the figures", style="dim")
        measured = parts.Measured()
        try:
            parts.measure(chosen, measured, lambda text: console.print(text, style="dim"))
        except KeyboardInterrupt:
            status = INTERRUPTED
            print("benchmarks: interrupted; this is what was measured so far", file=sys.stderr)
        rows = figures.rows(measured.samples, measured.checks)
        report.show(rows, machine, console)
        if rows:
            _write(out, rows, machine, measured)
            console.print(f"Written: {out}/results.json and {out}/results.md")
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"benchmarks: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return status


def _write(out: Path, rows: Sequence[figures.Row], machine: Mapping[str, str], measured: parts.Measured) -> None:
    out.mkdir(parents=True, exist_ok=True)
    data = json.dumps(report.as_json(rows, machine, measured.details), indent=1, ensure_ascii=False)
    (out / "results.json").write_text(data + "\n", encoding="utf-8")
    (out / "results.md").write_text(report.markdown(rows, machine), encoding="utf-8")


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
