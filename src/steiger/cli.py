"""The `lab` command, and what any command of ours does alike: one module for each verb, imported when called.

Exit status: 0 all right; 1 a check failed; 2 the call or the machine is wrong.
"""

import argparse
import contextlib
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from steiger import i18n
from steiger.catalogue import near
from steiger.errors import SteigerError
from steiger.i18n import _
from steiger.paths import state_dir
from steiger.text import harmless

INTERRUPTED = 130
REASON_LIMIT = 300


@dataclass(frozen=True)
class Argument:
    """An argument of a verb, as argparse takes it; `const` is what an option alone stands for."""

    names: tuple[str, ...]
    help: Callable[[], str]
    action: str = ""
    nargs: str = ""
    metavar: str = ""
    const: str = ""


@dataclass(frozen=True)
class Verb:
    """One verb of the command line; its module has a function run(args) -> exit status."""

    name: str
    help: Callable[[], str]
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class Program:
    """A command: its name, what it is for, its verbs, and the package with a module for each verb."""

    name: str
    about: Callable[[], str]
    verbs: tuple[Verb, ...]
    package: str


_LAB = Argument(("lab",), lambda: _("the lab"))
_MAYBE_LAB = Argument(("lab",), lambda: _("the lab; left out: the one that you work on"), nargs="?")
_JSON = Argument(("--json",), lambda: _("print JSON"), action="store_true")

VERBS = (
    Verb("list", lambda: _("show the labs"), (_JSON,)),
    Verb("start", lambda: _("begin with a lab"), (_LAB,)),
    Verb(
        "guide",
        lambda: _("read a lab's guide, or one task of it"),
        (_MAYBE_LAB, Argument(("task",), lambda: _("the task, its number or its id; left out: all"), nargs="?")),
    ),
    Verb("check", lambda: _("see what is right and what is not (yet)"), (_MAYBE_LAB, _JSON)),
    Verb(
        "hint",
        lambda: _("get help with the first task that is not right"),
        (
            _MAYBE_LAB,
            Argument(
                ("task",), lambda: _("the task, its number or its id; left out: the first that is not right"), nargs="?"
            ),
        ),
    ),
    Verb(
        "solve",
        lambda: _("see a solution happen, from the start state on"),
        (_MAYBE_LAB, Argument(("--show",), lambda: _("only show it, change nothing"), action="store_true")),
    ),
    Verb("reset", lambda: _("go back to the start state"), (_MAYBE_LAB,)),
    Verb("finish", lambda: _("take a lab away"), (_MAYBE_LAB,)),
    Verb(
        "status",
        lambda: _("see how far you are"),
        (
            _JSON,
            Argument(
                ("--export",),
                lambda: _(
                    "check the started labs and write a result file to hand in; without FILE: steiger-ID.json, here"
                ),
                nargs="?",
                metavar="FILE",
                const=".",
            ),
        ),
    ),
    Verb("doctor", lambda: _("find out what is wrong with this machine"), (_JSON,)),
    Verb("new", lambda: _("make the folder of a new lab (for authors)"), (_LAB,)),
    Verb(
        "verify",
        lambda: _("prove a lab's checks on a throw-away machine (for authors)"),
        (
            Argument(("labs",), lambda: _("the labs"), nargs="*", metavar="lab"),
            Argument(("--all",), lambda: _("every lab"), action="store_true"),
            Argument(("--here",), lambda: _("on this machine, which must be a throw-away one"), action="store_true"),
            Argument(("--clone-of",), lambda: _("the Incus instance to clone"), metavar="INSTANCE"),
            Argument(("--json",), lambda: _("write the reports to FILE (- is standard output)"), metavar="FILE"),
            Argument(("--report",), lambda: _("write a table in Markdown to FILE"), metavar="FILE"),
        ),
    ),
)

LAB = Program("lab", lambda: _("Container labs that prove their own checks."), VERBS, "steiger.commands")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SteigerError(f"{message} ({self.prog} --help)")


def parser(program: Program = LAB) -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    common = _Parser(add_help=False)
    common.add_argument("--lang", choices=i18n.LANGUAGES, default=argparse.SUPPRESS, help=_("the language: nl or en"))
    top = _Parser(prog=program.name, description=program.about(), parents=[common])
    verbs = top.add_subparsers(dest="verb", metavar=_("verb"), parser_class=_Parser)
    for verb in program.verbs:
        sub = verbs.add_parser(verb.name, help=verb.help(), description=verb.help(), parents=[common])
        for argument in verb.arguments:
            options = {k: v for k in ("action", "nargs", "metavar", "const") if (v := getattr(argument, k))}
            sub.add_argument(*argument.names, help=argument.help(), **options)
    return top


def main(argv: list[str] | None = None, program: Program = LAB) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if argv is None else argv
    i18n.use(_language(words))
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no ✔ shows a question mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = _run(words, program)
        sys.stdout.flush()
    except SteigerError as error:
        print(f"{program.name}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print(_("{command}: interrupted").format(command=program.name), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing more can be written.
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        print(f"{program.name}: {harmless(error, REASON_LIMIT)}", file=sys.stderr)
    except Exception as error:  # noqa: BLE001 - a student never meets a traceback
        log = _log_traceback()
        print(
            _("{command}: this is a fault of its own ({why}); please report it, with {log}").format(
                command=program.name, why=type(error).__name__, log=log
            ),
            file=sys.stderr,
        )
    else:
        return status
    return 2


def _drop_output() -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log_traceback() -> Path:
    log = state_dir() / "fault.log"
    with contextlib.suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), encoding="utf-8")
    return log


def _run(words: list[str], program: Program) -> int:
    verb = next((word for word in _without_lang(words) if not word.startswith("-")), "")
    names = [known.name for known in program.verbs]
    if verb and verb not in names:
        raise SteigerError(_("no verb '{verb}'{near}").format(verb=verb, near=near(verb, names)))
    top = parser(program)
    try:
        args = top.parse_args(words)
    except SystemExit as done:
        return int(done.code or 0)
    if not args.verb:
        top.print_help()
        return 2
    module = importlib.import_module(f"{program.package}.{args.verb}")
    status: int = module.run(args)
    return status


def _language(words: list[str]) -> str:
    for index, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and index + 1 < len(words):
            value = words[index + 1]
        if value in i18n.LANGUAGES:
            return value
    return i18n.preferred_language(os.environ)


def _without_lang(words: list[str]) -> list[str]:
    left = list(words)
    if "--lang" in left:
        index = left.index("--lang")
        del left[index : index + 2]
    return left
