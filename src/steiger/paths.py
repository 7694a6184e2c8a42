"""Where things are: the labs that we ship, and what is the student's own."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where packages put Docker's plugins; one in the student's home, or in front in PATH, is not asked.
PLUGIN_FOLDERS = tuple(
    Path(root, "docker/cli-plugins") for root in ("/usr/libexec", "/usr/lib", "/usr/local/libexec", "/usr/local/lib")
)
COMMANDS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def catalogue_dir() -> Path:
    """Return the folder of labs: STEIGER_LABS, or the one beside this source."""
    return Path(os.environ.get("STEIGER_LABS") or ROOT / "labs")


def classes_dir() -> Path:
    """Return the folder with a folder for each class: STEIGER_CLASSES, or the inventories beside this source."""
    return Path(os.environ.get("STEIGER_CLASSES") or ROOT / "inventories")


def work_dir(lab_id: str) -> Path:
    """Return the folder in which a student does a lab."""
    return Path.home() / "labs" / lab_id


def kept_dir() -> Path:
    """Return the folder that keeps what a student changed when a lab is reset."""
    return Path.home() / "labs" / ".kept"


def state_dir() -> Path:
    """Return the folder with the student's progress (XDG_STATE_HOME is honoured)."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "steiger"


def settings_dir() -> Path:
    """Return the machine's settings, written by whoever provisions it."""
    return Path(os.environ.get("STEIGER_ETC", "/etc/steiger"))


def waiting_dir() -> Path:
    """Return the folder in which ./setup writes down what it could not bring."""
    return Path(os.environ.get("STEIGER_WAITING", "/var/lib/steiger/waiting"))


def docker_plugin(name: str) -> Path | None:
    """Return the program of one of Docker's plugins, such as "docker-compose", which also works alone; None when there is none."""
    programs = (folder / name for folder in PLUGIN_FOLDERS)
    return next((program for program in programs if program.is_file()), None)


def inside(folder: Path, name: str | Path) -> Path | None:
    """Return the real path of what is there under a name in a folder; None when nothing is, or when it leads out."""
    try:
        real = (folder / name).resolve(strict=True)
        return real if real.is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError, ValueError):
        return None  # a loop of links is a RuntimeError before Python 3.13
