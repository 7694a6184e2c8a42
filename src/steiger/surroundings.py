"""What the programs that we start get to know of the caller's shell."""

import os

# Python's, the shell's and the loader's: they change what a program is. Of Docker's, those that send it to another
# engine, as TLS does. The rest is the user's own: DOCKER_CONFIG has logins and plugins, TMPDIR a place that they chose.
# What ./setup takes out is more: tools/surroundings.sh.
_DROPPED = ("ANSIBLE_", "PYTHON", "LD_", "PERL", "DOCKER_CONTEXT", "DOCKER_TLS")
_DROPPED_NAMES = frozenset({"BASH_ENV", "ENV", "CDPATH", "GLOBIGNORE", "POSIXLY_CORRECT", "TAR_OPTIONS"})


def surroundings() -> dict[str, str]:
    """Return the environment without what would steer the programs that we start.

    The engine is the one that `Engine` asks: DOCKER_HOST stays when it names a socket of this machine.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and name not in _DROPPED_NAMES
    }
    if not kept.get("DOCKER_HOST", "").startswith("unix://"):
        kept.pop("DOCKER_HOST", None)
    return kept
