"""What the instructor's side delivers to a machine to grade it: the grader, the checks, and nothing of a student's.

It goes in on standard input of one command, needs Python alone there, and is gone afterwards.
"""

import io
import json
import shlex
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from steiger.catalogue import Lab

PYTHON = "/usr/bin/python3"
_SOURCE = Path(__file__).resolve().parents[1]
_NOT_DELIVERED = {
    "__main__.py", "cli.py", "clones.py", "firewall.py", "kept.py", "lint.py", "proof.py", "ready.py", "render.py",
    "trial.py",
}  # fmt: skip
# The first line says what is asked; the rest is a tar of what answers.
_BOOT = """\
import json, os, pwd, sys, tarfile, tempfile
os.environ.clear()
os.environ.update(HOME=pwd.getpwuid(os.getuid()).pw_dir, PATH="/usr/local/bin:/usr/bin:/bin", LC_ALL="C.UTF-8")
asked = json.loads(sys.stdin.buffer.readline())
with tempfile.TemporaryDirectory(prefix="steiger-grade-") as place:
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|gz") as parts:
        parts.extractall(place, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    sys.path.insert(0, place)
    from steiger.classroom import onsite
    onsite.answer(asked, place)
"""


def command(account: str) -> str:
    """Return the command that root runs on a machine to have it grade what an account did there."""
    python = [PYTHON, "-I", "-B", "-X", "utf8", "-c", _BOOT]
    return shlex.join(["runuser", "-u", account, "--", *python])


def pack(labs: Sequence[Lab]) -> bytes:
    """Return the gzipped tar with the grader and the checks of these labs; always the same for the same labs."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as parts:
        for name, content in _parts(labs):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o644
            parts.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _parts(labs: Sequence[Lab]) -> Iterator[tuple[str, bytes]]:
    sources = [path for path in _SOURCE.glob("*.py") if path.name not in _NOT_DELIVERED]
    for path in sorted([*sources, _SOURCE / "classroom/__init__.py", _SOURCE / "classroom/onsite.py"]):
        yield f"steiger/{path.relative_to(_SOURCE)}", path.read_bytes()
    # Checks may read YAML; as source it runs with any Python.
    library = Path(yaml.__file__).parent
    for path in sorted(library.glob("*.py")):
        yield f"yaml/{path.name}", path.read_bytes()
    for lab in labs:
        data = yaml.safe_load((lab.folder / "lab.yml").read_text(encoding="utf-8"))
        yield f"labs/{lab.id}/lab.json", json.dumps(data).encode()
        yield f"labs/{lab.id}/checks.py", (lab.folder / "checks.py").read_bytes()
        for path in sorted(lab.folder.glob("files/**/*")):
            if path.is_file():
                yield f"labs/{lab.id}/{path.relative_to(lab.folder)}", path.read_bytes()
