"""What labs build on, tried: a published port, and a network on which containers know each other by name.

Each try makes a container or two, is bounded in time and takes away what it made. What a try that was
killed left is known by its label, and goes when the next one begins.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from steiger import bounded, firewall, registry
from steiger.engine import REASON_LIMIT, Engine, Json
from steiger.errors import EngineError
from steiger.i18n import _
from steiger.text import harmless

# Its value is the process that tries, so that two tries at once leave each other alone.
LABEL = "nl.steiger.trial"
# The image that a try pulled, and that was not there before.
PULLED = "nl.steiger.trial.pulled"
IMAGE = "library/busybox"
SECONDS = 10.0
# A slow disk, or one that others write on, takes its time to unpack even a small image.
PULL_SECONDS = 60.0
_WORD = "steiger"
_PORT = "8080/tcp"
_SERVE = f"mkdir -p /www && echo {_WORD} > /www/index.html && exec timeout 60 httpd -f -p 8080 -h /www"
_UNKNOWN, _UNREACHED = 4, 5
_ASK = f"""
end=$(($(date +%s) + 10))
while test "$(date +%s)" -le "$end"; do
  wget -T 1 -q -O - http://"$0":8080/ 2> /why | grep -q {_WORD} && exit 0
  sleep 0.2
done
grep -q "bad address" /why && exit {_UNKNOWN}
exit {_UNREACHED}
"""


@dataclass(frozen=True)
class Probe:
    """One thing of a machine: whether it is all right, what was seen, and what helps.

    `good` is None for what could not be tried; `says` is then what it waits for.
    """

    name: str
    good: bool | None
    says: str
    cure: str = ""


def verdict(probes: Sequence[Probe]) -> bool | None:
    """Return False when something is wrong, None when nothing is but something could not be tried, else True."""
    if any(probe.good is False for probe in probes):
        return False
    return None if any(probe.good is None for probe in probes) else True


def untried(probes: Sequence[Probe]) -> str:
    """Return the sentence for the verdict None: what could not be tried, and what that waits for."""
    waiting: dict[str, list[str]] = {}
    for probe in probes:
        if probe.good is None:
            waiting.setdefault(probe.says, []).append(probe.name)
    parts = "; ".join(f"{', '.join(names)}: {says}" for says, names in waiting.items())
    return _("Nothing was found to be wrong with this machine, but not all could be tried. {parts}.").format(
        parts=parts
    )


class _NoImageError(EngineError):
    """There is no image to try with, and none comes."""


def names() -> list[str]:
    """Return the names of the two probes of `tried`."""
    return [_("Published port"), _("Network of containers")]


def tried(engine: Engine) -> list[Probe]:
    """Try whether a published port answers on 127.0.0.1, and whether a container reaches another by its name."""
    try:
        clean(engine)
        with _image(engine) as image, _removing() as made:
            return _tried_with(engine, image, made)
    except _NoImageError as error:
        says = _("waits for an image to try with: the engine has no busybox and cannot get it: {why}")
        says = says.format(why=harmless(error, REASON_LIMIT))
        return [Probe(name, None, says) for name in names()]
    except EngineError as error:
        port, network = names()
        says = _("waits for: {name}").format(name=port)
        return [Probe(port, False, *firewall.of_refusal(str(error))), Probe(network, None, says)]


def clean(engine: Engine) -> None:
    """Take away what tries left that were killed."""
    for box in engine.containers():
        if _left(box):
            engine.remove_container(box["Id"])
    for network in engine.networks():
        if _left(network):
            engine.remove_network(network["Id"])
    for volume in engine.volumes():
        if _left(volume):
            _forget(engine, volume["Name"], volume["Labels"].get(PULLED, ""))


@contextlib.contextmanager
def _image(engine: Engine) -> Iterator[str]:
    """Give an image to try with: one that is there, else one of the mirror for as long as it is needed."""
    mirrored = f"{engine.mirror()}/{IMAGE}"
    names = (IMAGE, IMAGE.rpartition("/")[2], mirrored)
    for image in engine.images():
        known = [*(image.get("RepoTags") or []), *(image.get("RepoDigests") or [])]
        if any(reference.startswith((f"{name}:", f"{name}@")) for reference in known for name in names):
            yield image["Id"]
            return
    # The engine's own answer to such a pull is another one in each version.
    if registry.answers(engine.mirror()) and not registry.holds(engine.mirror(), IMAGE):
        raise _NoImageError(_("the mirror at {address} does not have it").format(address=engine.mirror()))
    # A volume says what is pulled before it is: an image cannot be labelled.
    mark = _called("image")
    engine.make_volume(mark, {LABEL: _me(), PULLED: f"{mirrored}:latest"})
    try:
        try:
            engine.pull(f"{mirrored}:latest", PULL_SECONDS)
        except EngineError as error:
            raise _NoImageError(str(error)) from error
        # A pull that is not through when its time is over ends as one that is.
        if not engine.image(f"{mirrored}:latest"):
            raise _NoImageError(_("it did not come within {seconds:.0f} s").format(seconds=PULL_SECONDS))
        yield f"{mirrored}:latest"
    finally:
        _forget(engine, mark, f"{mirrored}:latest")


def _tried_with(engine: Engine, image: str, made: list[Callable[[], None]]) -> list[Probe]:
    port, network = names()
    net, server = _called("net"), _called("server")
    made.append(lambda: engine.remove_network(net))
    try:
        engine.make_network(net, {LABEL: _me()})
    except EngineError as error:
        refused = Probe(network, False, *firewall.of_refusal(str(error)))
        return [_published_port(engine, image, server, "bridge", made), refused]
    # The client asks until the server is there, so that both can be started at once.
    with ThreadPoolExecutor(1) as pool:
        client = pool.submit(_ask_by_name, engine, image, server, net, made)
        published = _published_port(engine, image, server, net, made)
        if published.good is False and not _runs(engine, server):
            return [published, Probe(network, None, _("waits for: {name}").format(name=port))]
        reached = client.result()
    if reached.good is False and published.good:
        # On a slow machine the client may have given up before the server was there; it is now.
        reached = _ask_by_name(engine, image, server, net, made)
    return [published, reached]


def _published_port(engine: Engine, image: str, name: str, net: str, made: list[Callable[[], None]]) -> Probe:
    """Start a server on a network, its port published, and ask it."""
    what = names()[0]
    binding = {"PortBindings": {_PORT: [{"HostIp": "127.0.0.1", "HostPort": ""}]}, "NetworkMode": net}
    try:
        box = _container(engine, image, ["sh", "-c", _SERVE], binding, made, name)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            seen = engine.container(box) or {}
            if not seen.get("State", {}).get("Running"):
                return Probe(what, False, *_ended(engine, box, seen))
            published = (seen["NetworkSettings"]["Ports"].get(_PORT) or [{}])[0].get("HostPort", "")
            if published and _answers(f"127.0.0.1:{published}"):
                return Probe(what, True, _("a container answers on 127.0.0.1"))
            time.sleep(0.05)
        return Probe(what, False, *_unanswered(seen, published))
    except EngineError as error:
        return Probe(what, False, *firewall.of_refusal(str(error)))


def _ask_by_name(engine: Engine, image: str, server: str, net: str, made: list[Callable[[], None]]) -> Probe:
    """Start a client that asks the server by its name."""
    what = names()[1]
    try:
        argv = ["sh", "-c", _ASK, server]
        client = _container(engine, image, argv, {"NetworkMode": net}, made, _called("client"))
        status = engine.wait_for(client, 2 * SECONDS)
        if status == 0:
            return Probe(what, True, _("a container reaches another by its name"))
        if status == _UNKNOWN:
            says = _("the engine does not tell containers each other's addresses (its DNS does not answer)")
            return Probe(what, False, says, firewall.restart())
        if status == _UNREACHED:
            backend = (engine.info().get("FirewallBackend") or {}).get("Driver", "")
            return Probe(what, False, *firewall.between_containers(backend))
        return Probe(what, False, *_ended(engine, client, engine.container(client) or {}))
    except EngineError as error:
        return Probe(what, False, *firewall.of_refusal(str(error)))


def _runs(engine: Engine, name: str) -> bool:
    return bool(((engine.container(name) or {}).get("State") or {}).get("Running"))


def _container(
    engine: Engine, image: str, argv: list[str], host: Json, made: list[Callable[[], None]], name: str
) -> str:
    """Make a container and start it; `made` gets what takes it away again."""
    body: Json = {"Image": image, "Cmd": argv, "Entrypoint": [], "Labels": {LABEL: _me()}, "HostConfig": host}
    if "PortBindings" in host:
        body["ExposedPorts"] = {_PORT: {}}
    made.append(lambda: engine.remove_container(name))
    box = engine.make_container(name, body)
    engine.start_container(box)
    return box


@contextlib.contextmanager
def _removing() -> Iterator[list[Callable[[], None]]]:
    """Give a list; what is put in it is called at the end, the last first, whatever happens."""
    made: list[Callable[[], None]] = []
    try:
        yield made
    finally:
        for undo in reversed(made):
            with contextlib.suppress(EngineError):
                undo()


def _forget(engine: Engine, mark: str, image: str) -> None:
    # An image that is used by now stays.
    with contextlib.suppress(EngineError):
        if image and engine.image(image):
            engine.remove_image(image)
    engine.remove_volume(mark)


def _ended(engine: Engine, box: str, seen: Json) -> tuple[str, str]:
    status = seen.get("State", {}).get("ExitCode", "?")
    last = harmless((engine.logs(box).strip().splitlines() or [""])[-1])
    says = _("the container ended at once, with status {status}: {why}").format(status=status, why=last)
    return says, _("the image {image} may be damaged; run ./setup again").format(image="busybox")


def _unanswered(seen: Json, published: str) -> tuple[str, str]:
    networks = seen["NetworkSettings"].get("Networks") or {}
    own = next((each["IPAddress"] for each in networks.values() if each.get("IPAddress")), "")
    if own and _answers(f"{own}:{_PORT.partition('/')[0]}"):
        return firewall.without_proxy(int(published or 0))
    return firewall.to_containers()


def _answers(address: str) -> bool:
    status, body = bounded.get(address, "/", 1024, 1.0)
    return status == 200 and body.strip() == _WORD.encode()


def _called(what: str) -> str:
    return f"steiger-trial-{secrets.token_hex(4)}-{what}"


def _me() -> str:
    return f"{os.getpid()} {_born(os.getpid())}"


def _born(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; "" when there is none: numbers are given again."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    return ""


def _left(thing: Json) -> bool:
    pid, _space, born = (thing.get("Labels") or {}).get(LABEL, "").partition(" ")
    return bool(pid.isdigit() and _born(int(pid)) != born)
