"""The registry mirror: whether it answers and has the images of the labs."""

from steiger import firewall, processes, registry, waiting
from steiger.catalogue import Lab
from steiger.engine import Engine
from steiger.i18n import _
from steiger.trial import Probe

# Of those that the engine asks before ours, so many are tried, for two seconds each.
MIRRORS = 3


def probe(engine: Engine, labs: list[Lab]) -> Probe:
    """Return whether the mirror answers and has all that the labs need."""
    name = _("Registry mirror")
    address = engine.mirror()
    if not registry.answers(address):
        return Probe(name, False, *_silent(address))
    wanted = sorted({image for lab in labs for image in lab.needs.images})
    missing = registry.lacking(address, wanted)
    if missing:
        says = _("{address} lacks {images}").format(address=address, images=", ".join(missing))
        # What is written down is why; what is missing was seen now.
        names = {waiting.short(image) for image in missing}
        reasons = {part.root: part.why for part in waiting.read() if part.name in names}
        says = "; ".join([says, *(f"{root}: {why}" for root, why in reasons.items())])
        return Probe(name, False, says, _("run ./setup again"))
    for url in registry.in_front(registry.mirrors(engine.info()), address)[:MIRRORS]:
        if registry.is_deaf(url):
            says = _("the engine first asks {url}, which does not answer: every pull waits for that").format(url=url)
            cure = _("take it out of /etc/docker/daemon.json, and then: {command}")
            return Probe(name, False, says, cure.format(command=firewall.service("restart")))
    says = _("{address} has all {count} images of the labs").format(address=address, count=len(wanted))
    return Probe(name, True, says)


def _silent(address: str) -> tuple[str, str]:
    """Return why a mirror does not answer, and what helps."""
    if not processes.listening(int(address.rpartition(":")[2])):
        says = _("the registry does not run: nothing listens on {address}").format(address=address)
        command = firewall.service("start", "docker-registry")
        return says, _("start it: {command}; when that does not help, run ./setup again").format(command=command)
    rule = firewall.first_stop(firewall.rules_now(), ("INPUT", "OUTPUT"), policies=True)
    if rule:
        return firewall.dropped(rule, address)
    says = _("{address} does not answer, though a program listens there").format(address=address)
    return says, _("restart it: {command}; when that does not help, run ./setup again").format(
        command=firewall.service("restart", "docker-registry")
    )
