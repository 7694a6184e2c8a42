"""The `classroom` command, for instructors; its verbs are in `steiger.classroom.commands`."""

from steiger.cli import Argument, Program, Verb
from steiger.i18n import _

_CLASS = Argument(("name",), lambda: _("the class: its folder in inventories/"), metavar="class")
_STUDENT = Argument(("student",), lambda: _("the id of the student"))
_LABS = Argument(("labs",), lambda: _("the labs; left out: all of them"), nargs="*", metavar="lab")
_CHECK = Argument(("--check",), lambda: _("say what would change, and change nothing"), action="store_true")

VERBS = (
    Verb("new", lambda: _("make the folder of a new class"), (_CLASS,)),
    Verb(
        "make",
        lambda: _("make the server, the golden image and a machine for every student; run it again after any change"),
        (
            _CLASS,
            _CHECK,
            Argument(
                ("--remove-others",),
                lambda: _("remove the machines of students who are not on the roster"),
                action="store_true",
            ),
        ),
    ),
    Verb("list", lambda: _("show the students, and how each gets in"), (_CLASS,)),
    Verb(
        "grade",
        lambda: _("run the checks of labs on every machine, and write results and a page"),
        (
            _CLASS,
            _LABS,
            Argument(
                ("--watch",),
                lambda: _("again every SECONDS seconds, until Ctrl+C; without a number: 30"),
                nargs="?",
                metavar="SECONDS",
                const="30",
            ),
        ),
    ),
    Verb("shell", lambda: _("work on the machine of a student, as the student"), (_CLASS, _STUDENT)),
    Verb("reset", lambda: _("put a lab of a student back to its start"), (_CLASS, _STUDENT, _LABS)),
    Verb(
        "snapshot",
        lambda: _("keep all machines as they are now, under a name"),
        (
            _CLASS,
            Argument(("snapshot",), lambda: _("its name, such as before-exam")),
            Argument(("--drop",), lambda: _("drop it instead"), action="store_true"),
        ),
    ),
    Verb(
        "restore",
        lambda: _("put a snapshot back: what happened on the machine since is gone"),
        (
            _CLASS,
            Argument(("snapshot",), lambda: _("its name; fresh is the machine as it was made")),
            Argument(("students",), lambda: _("the ids of students"), nargs="*", metavar="student"),
            Argument(("--all",), lambda: _("every student"), action="store_true"),
        ),
    ),
    Verb("replace", lambda: _("give a student a fresh machine, and keep the old one for study"), (_CLASS, _STUDENT)),
    Verb(
        "remove",
        lambda: _("remove the machines of the class, with all that is on them"),
        (
            _CLASS,
            Argument(
                ("--server",),
                lambda: _("take away what made the server one, too, when nothing else uses it"),
                action="store_true",
            ),
            Argument(("--yes",), lambda: _("do not ask"), action="store_true"),
        ),
    ),
)

CLASSROOM = Program(
    "classroom", lambda: _("A machine for every student of a class."), VERBS, "steiger.classroom.commands"
)
