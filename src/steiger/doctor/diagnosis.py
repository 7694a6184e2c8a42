"""All probes, in the order in which things depend on each other; what can be tried side by side is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from steiger import trial
from steiger.catalogue import Lab
from steiger.doctor import access, command, host, kernel, mirror
from steiger.engine import Engine
from steiger.i18n import _
from steiger.trial import Probe

# The engine of a machine that is all right answers in milliseconds.
ENGINE_SECONDS = 6.0
# Making a container takes one of a busy machine longer.
_TRY_SECONDS = 20.0
_PLUGINS = ("compose", "buildx")


def diagnose(engine: Engine, labs: list[Lab]) -> list[Probe]:
    """Return what a helper would look at first."""
    mirrored_time = host.NetworkTime()
    there, info = access.probe(engine)
    places = [Path.home(), Path(info.get("DockerRootDir") or "/var/lib/docker")]
    begin = [host.machine(), host.disk(places)]
    below = [kernel.forwarding(), kernel.stores()]
    if not there.good:
        waiting = [_("Registry mirror"), *trial.names()]
        return [
            *begin,
            host.clock(mirrored_time.ahead),
            *below,
            there,
            command.probe(engine, info),
            *(Probe(name, None, _("waits for: {name}").format(name=there.name)) for name in waiting),
        ]
    engine.timeout = _TRY_SECONDS
    with ThreadPoolExecutor() as pool:
        tries = pool.submit(trial.tried, engine)
        asked = pool.submit(command.probe, engine, info)
        plugins = [pool.submit(command.plugin, name) for name in _PLUGINS]
        mirrored = mirror.probe(engine, labs)
        return [
            *begin,
            host.clock(mirrored_time.ahead),
            kernel.limits(engine, info),
            *below,
            there,
            *access.mapped_users(info),
            asked.result(),
            *(plugin.result() for plugin in plugins),
            mirrored,
            *tries.result(),
        ]
