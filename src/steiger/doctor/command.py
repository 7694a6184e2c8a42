"""The command `docker` of this user: whether it asks the engine that `lab` asks."""

import contextlib
import os
import shutil
import subprocess

from steiger.engine import Engine, Json
from steiger.i18n import _
from steiger.paths import docker_plugin
from steiger.text import harmless
from steiger.trial import Probe

# A busy machine takes its time; one whose engine is known not to answer is not waited for that long.
SECONDS = 10.0
_WITHOUT_ENGINE = 3.0
_LIMIT = 200


def probe(engine: Engine, info: Json) -> Probe:
    """Return whether `docker` asks the same engine as `lab`; `info` is what that one says of itself, {} when nothing."""
    name = _("Command docker")
    program = shutil.which("docker")
    if not program:
        return Probe(name, False, _("there is no command docker"), _("run ./setup again"))
    if "podman" in _said("--version"):
        says = _("{program} is podman's: what it makes is not in Docker, where lab looks").format(program=program)
        return Probe(name, False, says, _("run: sudo apt remove podman-docker; then ./setup again"))
    seen, why = _asked("info", "--format", "{{.ID}}", seconds=SECONDS if info else _WITHOUT_ENGINE)
    ours = f"unix://{engine.socket_path}"
    # Podman gives another id each time.
    if seen and (seen == info.get("ID") or os.environ.get("DOCKER_HOST") == ours):
        return Probe(name, True, _("asks the same engine as lab: {socket}").format(socket=engine.socket_path))
    where, cure = _sent_elsewhere(ours)
    if not where and not seen and not info:
        return Probe(name, None, _("waits for: {name}").format(name=_("Docker Engine")))
    if not where:
        says = _("does not work: {why}").format(why=why)
        if seen:
            says = _("{program} asks another engine than lab, which asks {socket}").format(
                program=program, socket=engine.socket_path
            )
        return Probe(name, False, says, _("see where it is from: type -a docker"))
    says = _("{where}; lab asks {socket}").format(where=where, socket=ours)
    if not seen:
        says += "; " + _("no engine answers docker there")
    elif not info:
        says += _(", where none answers")
    return Probe(name, False, says, cure)


def unset(variable: str) -> str:
    """Return how to get rid of a variable that sends docker elsewhere."""
    cure = _("run: unset {variable}; and see that no file sets it again: grep -s {variable} ~/.* /etc/profile.d/*")
    return cure.format(variable=variable)


def plugin(name: str) -> Probe:
    """Return whether a plugin of the docker command works."""
    said, why = _asked(name, "version")
    if said:
        return Probe(f"docker {name}", True, said)
    if docker_plugin(f"docker-{name}"):
        return Probe(f"docker {name}", False, _("does not work: {why}").format(why=why), _("run ./setup again"))
    return Probe(f"docker {name}", False, _("is not there"), _("run ./setup again"))


def _sent_elsewhere(ours: str) -> tuple[str, str]:
    """Return what sends the docker command to another engine than ours, and how to get back; "" when nothing does."""
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        value = os.environ.get(variable)
        if value == ours:
            return "", ""
        if value:
            says = _("docker asks another engine: {variable} is {value}").format(
                variable=variable, value=harmless(value)
            )
            return says, unset(variable)
    context = _said("context", "inspect", "--format", "{{.Name}} {{.Endpoints.docker.Host}}")
    name, _space, host = context.partition(" ")
    if name in ("", "default"):
        return "", ""
    says = _("docker asks another engine: its context '{name}' is {host}").format(name=name, host=host)
    return says, _("run: docker context use default")


def _said(*words: str) -> str:
    return _asked(*words)[0]


def _asked(*words: str, seconds: float = 0) -> tuple[str, str]:
    """Return the line that `docker` says ("" when it fails), and the last line of its errors."""
    seconds = seconds or SECONDS
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            ["docker", *words], capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )
        errors = harmless((done.stderr.strip().splitlines() or [""])[-1], _LIMIT)
        return (harmless(done.stdout) if done.returncode == 0 and done.stdout.strip() else ""), errors
    return "", _("it does not answer in {seconds:.0f} seconds").format(seconds=seconds)
