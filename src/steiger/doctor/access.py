"""The engine that `lab` asks: whether it is there, and whether this user may ask it."""

import contextlib
import getpass
import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

from steiger import firewall
from steiger.doctor.command import unset
from steiger.engine import Engine, Json
from steiger.errors import EngineError
from steiger.i18n import _
from steiger.paths import COMMANDS
from steiger.text import harmless
from steiger.trial import Probe

_DAEMON_JSON = Path("/etc/docker/daemon.json")
# A DOCKER_HOST that names the engine's usual socket sends nobody elsewhere; many pages tell people to set it.
_USUAL = ("/var/run/docker.sock", "/run/docker.sock")


def probe(engine: Engine) -> tuple[Probe, Json]:
    """Return whether the engine answers this user, and what it says of itself ({} when it does not)."""
    name = _("Docker Engine")
    try:
        info = engine.info()
    except EngineError as error:
        return Probe(name, False, *_why(engine.socket_path, str(error))), {}
    if "BuildahVersion" in info:
        says = _("podman answers at {socket}, not Docker").format(socket=engine.socket_path)
        return Probe(name, False, says, unset("DOCKER_HOST")), info
    return Probe(name, True, f"{info.get('ServerVersion', '?')}, {info.get('Driver', '?')}"), info


def _why(path: str, said: str) -> tuple[str, str]:
    """Return why no engine answers at a socket, and what helps."""
    if path not in _USUAL and os.environ.get("DOCKER_HOST") == f"unix://{path}":
        says = _("DOCKER_HOST sends you to {socket}, and no engine answers you there").format(socket=path)
        return says, unset("DOCKER_HOST")
    if Path(path).exists() and not os.access(path, os.R_OK | os.W_OK):
        return _not_allowed(path)
    if not _listened_to(path):
        return _not_running()
    return said, firewall.restart()


def _not_allowed(path: str) -> tuple[str, str]:
    user = _user()
    try:
        group = grp.getgrgid(Path(path).stat().st_gid)
    except (OSError, KeyError):
        group = None
    if group is None or group.gr_gid == 0:
        return _("the engine's socket {socket} is root's alone").format(socket=path), firewall.restart()
    if user in group.gr_mem or group.gr_gid == _own_group(user):
        return (
            _("you are in the group {group}, and this terminal was opened before that").format(group=group.gr_name),
            _("run: newgrp {group}; or log out and in again").format(group=group.gr_name),
        )
    return (
        _("you ({user}) are not in the group {group}").format(user=user, group=group.gr_name),
        _("run: sudo usermod -aG {group} {user}; then log out and in again").format(group=group.gr_name, user=user),
    )


def _listened_to(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as ours:
        ours.settimeout(1.0)
        try:
            ours.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
    return True


def _not_running() -> tuple[str, str]:
    if not shutil.which("dockerd", path=COMMANDS):
        return _("Docker Engine is not installed"), _("run ./setup again")
    broken = broken_settings(_DAEMON_JSON)
    if broken:
        return broken, _("put that right, then {start}").format(start=firewall.service("start"))
    result = _said("systemctl", "show", "docker", "--property", "Result", "--value")
    if result not in ("", "–", "success"):
        says = _("the Docker Engine was started and ended by itself ({why})").format(why=result)
        return says, _("see why: {command}").format(command=firewall.journal())
    return _("the Docker Engine does not run"), _("start it: {command}").format(command=firewall.service("start"))


def mapped_users(info: Json) -> list[Probe]:
    """Return that the engine maps users, which labs do not go together with; nothing where it does not."""
    if not any(option.partition(",")[0] == "name=userns" for option in info.get("SecurityOptions") or []):
        return []
    says = _("the engine maps users (userns-remap): containers may not write in your folders, and labs ask them to")
    cure = _("take userns-remap out of /etc/docker/daemon.json, and then: {command}")
    return [Probe(_("Users of containers"), False, says, cure.format(command=firewall.service("restart")))]


def broken_settings(path: Path) -> str:
    """Return what is wrong with the engine's settings as JSON; "" for a good file, or one that may not be read."""
    with contextlib.suppress(OSError):
        # Windows' editors put a byte order mark there, which the engine takes.
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        try:
            if text.strip():
                json.loads(text)
        except ValueError as error:
            line = getattr(error, "lineno", "?")
            return _("the Docker Engine does not run, and its settings are broken: {file}, line {line}").format(
                file=path, line=line
            )
    return ""


def _said(*command: str) -> str:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return harmless(subprocess.run(command, capture_output=True, text=True, timeout=3, check=False).stdout)
    return ""


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return getpass.getuser()


def _own_group(user: str) -> int:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(user).pw_gid
    return -1
