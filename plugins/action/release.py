"""Ansible action: put a release of Steiger on a machine; plugins/modules/release.py documents it."""

from __future__ import annotations

import hashlib
import io
import shlex
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTS_FILE = "tools/parts"
LEFT_OUT = {"__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"}
MANIFEST = ".manifest"
LINKS = {"/usr/local/bin/lab": "bin/lab", "/usr/share/bash-completion/completions/lab": "share/lab.bash"}
# One date for all files: a release is its content.
MODIFIED = 1_000_000_000

LOOK = """
cd {target} 2>/dev/null && {{
  echo there yes
  printf 'current %s\\n' "$(readlink current)"
  cd releases/{name} 2>/dev/null && sha256sum --check --status {manifest} && echo whole yes
  cd {target}
  if [ -x releases/{name}/tools/venv ]; then
    printf 'venv %s\\n' "$(releases/{name}/tools/venv --check --uv {target}/uv --venv {target}/venv)"
  fi
}}
for link in {links}; do
  if [ -L "$link" ]; then printf 'link %s %s\\n' "$link" "$(readlink "$link")"
  elif [ -e "$link" ]; then printf 'link %s -\\n' "$link"; fi
done
cat {target}/current/{manifest} 2>/dev/null
true
"""

SHIP = """
set -e
umask 022
mkdir -p {target}/releases
cd {target}/releases
rm -rf .new
mkdir .new
tar -xzf - -C .new --no-same-owner
{python} -m compileall -q .new/src .new/labs
rm -rf {name}
mv -T .new {name}
"""

SWITCH = """
set -e
umask 022
cd {target}
ln -sfn releases/{name} .current
mv -T .current current
for old in releases/*; do
  [ "$old" = releases/{name} ] || rm -rf "$old"
done
"""

LINK = """
mkdir -p "$(dirname {link})"
ln -sfn {leads_to} {link}.new
mv -T {link}.new {link}
"""

REMOVE = """
set -e
cd /
for link in {links}; do
  case $(readlink "$link") in {target}/*) rm -f "$link" ;; esac
done
rm -rf {target}
"""


def walk(source: Path) -> Iterator[Path]:
    """Yield the files of a release, in order of name.

    Raises OSError when the list of parts cannot be read.
    """
    parts = (source / PARTS_FILE).read_text(encoding="utf-8").split()
    for part in sorted(parts):
        place = source / part
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        for path in found:
            if path.is_file() and path.suffix != ".pyc" and LEFT_OUT.isdisjoint(path.parts[len(source.parts) :]):
                yield path


def pack(source: Path) -> tuple[str, str, bytes]:
    """Return a release's name (16 hex digits), its manifest (as sha256sum prints it) and its gzipped tar.

    Only content counts: on a Windows disk every file is executable, so a first line that names an interpreter decides.
    """
    archive = io.BytesIO()
    lines = []
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=6) as tar:

        def add(name: str, content: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mtime = MODIFIED
            entry.mode = 0o755 if content.startswith(b"#!") else 0o644
            tar.addfile(entry, io.BytesIO(content))

        for path in walk(source):
            content = path.read_bytes()
            name = path.relative_to(source).as_posix()
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            add(name, content)
        manifest = "".join(lines)
        add(MANIFEST, manifest.encode())
    return hashlib.sha256(manifest.encode()).hexdigest()[:16], manifest, archive.getvalue()


def read_look(text: str) -> dict[str, Any]:
    """Return what LOOK printed: there, current, whole, venv, links (path to where it leads, "-" for no link), manifest."""
    seen: dict[str, Any] = {"there": False, "current": "", "whole": False, "venv": False, "links": {}, "manifest": ""}
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "current":
            seen["current"] = rest
        elif word in {"there", "whole"}:
            seen[word] = True
        elif word == "venv":
            seen["venv"] = rest == "unchanged"
        elif word == "link":
            link, _, leads_to = rest.rpartition(" ")
            seen["links"][link] = leads_to
        elif line:
            seen["manifest"] += f"{line}\n"
    return seen


def wrong_links(wanted: Mapping[str, str], seen: Mapping[str, str], target: str) -> list[str]:
    """Return the links that have to be made.

    Raises AnsibleActionFail when something that is not ours stands in their place.
    """
    for link in wanted:
        if link in seen and not seen[link].startswith(f"{target}/"):
            raise AnsibleActionFail(f"{link} is there already and is not Steiger's: move it away and try again.")
    return [link for link, leads_to in wanted.items() if seen.get(link) != leads_to]


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action; see plugins/modules/release.py."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def remote(self, script: str, data: bytes | None = None, done_to_it: str = "put in place") -> str:
        """Run a script on the machine and return what it prints.

        Raises AnsibleActionFail with what it complains about.
        """
        done = self._low_level_execute_command(f"/bin/sh -c {shlex.quote(script)}", in_data=data)
        if done["rc"] != 0:
            said = (done["stderr"] or done["stdout"] or "no output").strip()
            raise AnsibleActionFail(f"The release could not be {done_to_it}: {said}")
        return str(done["stdout"])

    def remove(self, target: str, links: list[str]) -> bool:
        """Remove the folder and the links that lead into it; return whether there was anything."""
        names = {"target": shlex.quote(target), "links": shlex.join(links)}
        seen = read_look(self.remote(LOOK.format(name="-", manifest=MANIFEST, **names)))
        there = seen["there"] or any(leads_to.startswith(f"{target}/") for leads_to in seen["links"].values())
        if there and not self._task.check_mode:
            self.remote(REMOVE.format(**names), done_to_it="taken away")
        return there

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look, then ship, switch and link as far as needed; or remove all of it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(
            argument_spec={
                "source": {"type": "path"},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "target": {"type": "path", "default": "/opt/steiger"},
                "links": {"type": "dict", "default": LINKS},
            },
            required_if=[("state", "present", ["source"])],
        )
        target = options["target"]
        if options["state"] == "absent":
            result["changed"] = self.remove(target, list(options["links"]))
            return result
        try:
            name, manifest, archive = pack(Path(options["source"]))
        except OSError as error:
            raise AnsibleActionFail(f"No release can be made of {options['source']}: {error}") from error

        wanted = {link: f"{target}/current/{path}" for link, path in options["links"].items()}
        names = {"target": shlex.quote(target), "name": name, "manifest": MANIFEST}
        seen = read_look(self.remote(LOOK.format(links=shlex.join(wanted), **names)))
        links = wrong_links(wanted, seen["links"], target)
        stale = seen["current"] != f"releases/{name}"
        result.update(changed=bool(links or stale or not seen["whole"]), release=name, venv=seen["venv"])
        if self._task.diff:
            missing = "".join(f"link {link}\n" for link in links)
            result["diff"] = {
                "before": seen["manifest"],
                "after": manifest + missing,
                "before_header": target,
                "after_header": target,
            }
        if self._task.check_mode or not result["changed"]:
            return result

        python = shlex.quote(str((task_vars or {}).get("ansible_python_interpreter") or "/usr/bin/python3"))
        if not seen["whole"]:
            self.remote(SHIP.format(python="/usr/bin/python3" if "{" in python else python, **names), archive)
        script = SWITCH.format(**names)
        script += "".join(LINK.format(link=shlex.quote(link), leads_to=shlex.quote(wanted[link])) for link in links)
        self.remote(script)
        if not seen["venv"]:
            result["venv"] = "venv unchanged" in self.remote(LOOK.format(links="", **names))
        return result
