"""Build images from recipes straight into a registry, with no engine: what the user's engine holds is not touched."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.apt_said import errors, lines
from ansible.module_utils.dockerfile import RecipeError, Stage, Step, alias, bases, read
from ansible.module_utils.image_layers import Layer, difference, pack, snapshot
from ansible.module_utils.registry_api import CONFIG, LAYER, MANIFEST, Registry, reference

# Raise it when the builder makes something else of the same recipe.
BUILDER = 1
# What stands in a recipe that cannot be read, instead of its files: why. No file has this name.
UNREADABLE = ""
RECIPE = "nl.steiger.recipe"
SOURCE = "nl.steiger.source"
UMASK = 0o022
ERROR = re.compile(r"\b(fatal|error)\b", re.IGNORECASE)
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAME = "build"
ALONE = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--propagation=private"]
# The machine's own name and shared memory are no more a recipe's business than its files are.
IN_ROOT = f"""\
hostname {NAME} 2>/dev/null || true
root=$1; shift
mkdir -p "$root/proc" "$root/dev"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
[ ! -d "$root/dev/shm" ] || mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
exec chroot "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$@"
"""

Recipe = dict[str, str]


@dataclass(frozen=True)
class Site:
    """What the builder knows of this machine.

    `apt` holds the lines of apt.conf that lead to the network from here, `mirrors` the sources of the base image.
    """

    architecture: str
    suite: str
    mirrors: list[str]
    apt: str
    proxies: dict[str, str] = field(default_factory=dict)


@dataclass
class Image:
    """An image in the making: its tree on disk, its settings, its history and its layers."""

    root: Path
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)


def full(name: str) -> str:
    """Return `repository:tag` of an image as the world names it."""
    return ":".join(reference(name))


def stages_of(recipes: dict[str, Recipe], name: str) -> list[Stage]:
    """Return the stages of a recipe; raise RecipeError when it cannot be read."""
    recipe = recipes[name]
    if "Dockerfile" not in recipe:
        raise RecipeError(recipe.get(UNREADABLE, "it has no Dockerfile"))
    stages: list[Stage] = read(recipe["Dockerfile"])
    return stages


def plan(recipes: dict[str, Recipe], wanted: list[str]) -> list[str]:
    """Return the recipes that are needed to build the wanted images, each after those that it builds on.

    Raises RecipeError when one is missing or they go round in a circle.
    """
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise RecipeError(f"the recipes go round in a circle: {' -> '.join((*path, name))}")
        if name in order:
            return
        if name not in recipes:
            raise RecipeError(f"there is no recipe for {name}" + (f", which {path[-1]} builds on" if path else ""))
        for base in sorted(bases(stages_of(recipes, name))):
            visit(full(base), (*path, name))
        order.append(name)

    for name in wanted:
        visit(full(name), ())
    return order


def recipe_hash(recipes: dict[str, Recipe], name: str, suite: str) -> str:
    """Return what tells one making of an image from another: its recipe and those that it builds on."""
    stages = stages_of(recipes, name)
    if other := alias(stages):
        return recipe_hash(recipes, full(other), suite)
    below = [recipe_hash(recipes, full(base), suite) for base in sorted(bases(stages))]
    told = json.dumps([BUILDER, suite, sorted(recipes[name].items()), below])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def make_root(root: Path, options: str, site: Site) -> None:
    """Make a Debian root file system from packages; `options` holds mmdebstrap's, one a line."""
    words = [line.strip() for line in options.splitlines() if line.strip() and not line.startswith("#")]
    # The package lists stay for the images on top; no layer takes them in.
    command = ["mmdebstrap", "--mode=root", "--format=directory", "--skip=cleanup/apt", *words, site.suite, str(root)]
    # Maintainer scripts run in it as well: the language and time zone of whoever runs this are not theirs.
    env = {"PATH": PATHS, "HOME": "/root", "LC_ALL": "C.UTF-8", **site.proxies, "TMPDIR": str(root.parent)}
    run(command + site.mirrors, env)


def complaint(said: str) -> str:
    """Return what a command that failed says of the cause: what it calls an error, else its last words."""
    all_lines = lines(said)
    apt = errors(all_lines, ("E:", "Err:", "W: Failed"))
    # What comes after an error is often advice, and what comes after the first a result of it.
    return " / ".join(apt[-3:] or [line for line in all_lines if ERROR.search(line)][:2] or all_lines[-3:])


def run(command: list[str], env: dict[str, str], name: str = "") -> None:
    """Run a command, `name` in messages; raise RecipeError with what it says of the cause when it fails."""
    done = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        umask=UMASK,
    )
    if done.returncode:
        raise RecipeError(f"{name or command[0]} failed: {complaint(done.stdout.decode(errors='replace'))}")


def names(machine: str, known: str) -> str:
    """Return a hosts file: localhost and our own names without any name service, then what the machine knows of others.

    `machine` is the machine's own name and `known` its /etc/hosts: a mirror or proxy may be named there alone.
    """
    own = ["localhost", NAME, machine]
    lines = [f"127.0.0.1 {' '.join(own)}", "::1 localhost ip6-localhost ip6-loopback"]
    for line in known.splitlines():
        address, *others = line.partition("#")[0].split() or [""]
        others = [name for name in others if name not in (*own, "ip6-localhost", "ip6-loopback")]
        if others:
            lines.append(f"{address} {' '.join(others)}")
    return "\n".join([*lines, ""])


def give_names(root: Path) -> None:
    """Write in a tree what resolves names: the way to the network is the machine's, localhost is nobody's but its own.

    No layer takes these files in (see PASSING_FILES).
    """
    files = {"hostname": f"{NAME}\n", "hosts": names(socket.gethostname(), text_of(Path("/etc/hosts")))}
    # A link that leads nowhere is like no file: the library then asks 127.0.0.1.
    files["resolv.conf"] = text_of(Path("/etc/resolv.conf"))
    (root / "etc").mkdir(exist_ok=True)
    for name, text in files.items():
        file = root / "etc" / name
        # A link in the tree may lead out of it.
        if file.is_symlink() or text_of(file) != text or not file.exists():
            file.unlink(missing_ok=True)
            file.write_text(text, encoding="utf-8", errors="surrogateescape")
            file.chmod(0o644)


def text_of(file: Path) -> str:
    """Return the text of a file, "" when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def run_in(image: Image, step: Step, site: Site) -> None:
    """Run one command in an image's tree, in name spaces of its own so that nothing of it stays behind."""
    network = image.root / "run/steiger"
    network.mkdir(parents=True)
    authorities = Path("/etc/ssl/certs/ca-certificates.crt")
    settings = site.apt
    if authorities.is_file():
        shutil.copy(authorities, network / "ca.crt")
        settings += 'Acquire::https::CAInfo "/run/steiger/ca.crt";\n'
    (network / "apt.conf").write_text(settings, encoding="utf-8")
    inside = dict(word.split("=", 1) for word in image.config.get("Env", []))
    env = {"PATH": PATHS, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", **site.proxies, **inside}
    folder = image.config.get("WorkingDir") or "/"
    try:
        give_names(image.root)
        run(
            [*ALONE, "/bin/sh", "-ec", IN_ROOT, "sh", str(image.root), folder, *step.words],
            {**env, "APT_CONFIG": "/run/steiger/apt.conf"},
            "RUN",
        )
    finally:
        shutil.rmtree(network)


def copy_in(image: Image, step: Step, recipe: Recipe, stages: dict[str, Image]) -> None:
    """Copy a file or folder of the recipe, or of another stage, into an image's tree; it belongs to root."""
    if len(step.words) != 2:
        raise RecipeError("COPY takes one source and one target")
    source, target = step.words
    place = image.root / Path(image.config.get("WorkingDir") or "/", target).relative_to("/")
    if "from" in step.options:
        origin = stages[step.options["from"]].root / source.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        run(["cp", "-a", "-T", str(origin), str(place)], dict(os.environ))
        return
    if source in recipe:
        files = {place / source.rpartition("/")[2] if target.endswith("/") or place.is_dir() else place: recipe[source]}
    else:
        folder = source.strip("/") + "/"
        files = {place / name.removeprefix(folder): text for name, text in recipe.items() if name.startswith(folder)}
    if not files:
        raise RecipeError(f"COPY: there is no {source} in the recipe")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(int(step.options.get("chmod", "644"), 8))


def set_up(image: Image, step: Step) -> None:
    """Take a setting over into an image."""
    config = image.config
    if step.name == "ENV":
        known = dict(word.split("=", 1) for word in config.get("Env", []))
        config["Env"] = [f"{key}={value}" for key, value in {**known, **step.options}.items()]
    elif step.name == "LABEL":
        config["Labels"] = {**config.get("Labels", {}), **step.options}
    elif step.name == "EXPOSE":
        ports: dict[str, Any] = {word if "/" in word else f"{word}/tcp": {} for word in step.words}
        config["ExposedPorts"] = {**config.get("ExposedPorts", {}), **ports}
    elif step.name == "VOLUME":
        config["Volumes"] = {**config.get("Volumes", {}), **{word: {} for word in step.words}}
    elif step.name == "ENTRYPOINT":
        config["Entrypoint"] = step.words
        config.pop("Cmd", None)
    else:
        key = {"CMD": "Cmd", "STOPSIGNAL": "StopSignal", "USER": "User"}[step.name]
        config[key] = step.words if step.name == "CMD" else step.words[0]


class Builder:
    """Builds images one by one; `work` is a folder of its own, which it may fill."""

    def __init__(self, registry: Registry, recipes: dict[str, Recipe], site: Site, work: Path, created: str) -> None:
        """Remember what to build from; `created` is the time that the images carry (RFC 3339)."""
        self.registry = registry
        self.recipes = recipes
        self.site = site
        self.work = work
        self.created = created
        self.images: dict[str, Image] = {}
        self.manifests: dict[str, bytes] = {}

    def build(self, name: str) -> None:
        """Build one image; those that it builds on must have been built before."""
        # A strict umask of whoever runs this would make files that an image's own users cannot read.
        os.umask(UMASK)
        stages = stages_of(self.recipes, name)
        if other := alias(stages):
            self.images[name] = self.images[full(other)]
            return
        built: dict[str, Image] = {}
        for number, stage in enumerate(stages):
            folder = self.work / name.replace("/", "_").replace(":", "_") / str(number)
            folder.mkdir(parents=True)
            image = self.start(stage, folder, built)
            last = number == len(stages) - 1
            for count, step in enumerate(stage.steps):
                self.take(image, step, self.recipes[name], built, folder / f"step{count}", keep=last)
            if stage.name:
                built[stage.name] = image
        image.config["Labels"] = {
            **image.config.get("Labels", {}),
            SOURCE: "packages",
            RECIPE: recipe_hash(self.recipes, name, self.site.suite),
        }
        self.images[name] = image

    def start(self, stage: Stage, folder: Path, built: dict[str, Image]) -> Image:
        """Return the image that a stage starts with: nothing, or a copy of another one."""
        root = folder / "root"
        if stage.base == "scratch":
            root.mkdir()
            return Image(root, {"Env": [f"PATH={PATHS}"]})
        base = built[stage.base] if stage.base in built else self.images[full(stage.base)]
        run(["cp", "-a", "--reflink=auto", str(base.root), str(root)], dict(os.environ))
        return Image(root, json.loads(json.dumps(base.config)), list(base.history), list(base.layers))

    def take(
        self, image: Image, step: Step, recipe: Recipe, built: dict[str, Image], work: Path, *, keep: bool
    ) -> None:
        """Do one step; `keep` tells whether what it changes becomes a layer, or only helps a later stage."""
        line = {"created": self.created, "created_by": f"{step.name} {step.text}"}
        if step.name == "WORKDIR":
            image.config["WorkingDir"] = str(Path(image.config.get("WorkingDir") or "/", step.text))
        elif step.name not in ("ADD", "COPY", "RUN"):
            set_up(image, step)
            image.history.append({**line, "empty_layer": True})
            return
        before = snapshot(image.root)
        if step.name == "ADD":
            if step.words != ["rootfs.tar", "/"] or "mmdebstrap" not in recipe:
                raise RecipeError("ADD takes rootfs.tar alone, which the options in the file mmdebstrap make")
            make_root(image.root, recipe["mmdebstrap"], self.site)
        elif step.name == "RUN":
            run_in(image, step, self.site)
        elif step.name == "COPY":
            copy_in(image, step, recipe, {**self.images, **built})
        else:
            (image.root / image.config["WorkingDir"].lstrip("/")).mkdir(parents=True, exist_ok=True)
        written, hidden = difference(before, snapshot(image.root)) if keep else ([], [])
        if written or hidden:
            image.layers.append(pack(image.root, written, hidden, work))
            image.history.append(line)
        else:
            image.history.append({**line, "empty_layer": True})

    def push(self, name: str) -> None:
        """Give a built image to the registry."""
        repository, tag = reference(name)
        image = self.images[name]
        config = json.dumps(
            {
                "architecture": self.site.architecture,
                "os": "linux",
                "created": self.created,
                "config": image.config,
                "history": image.history,
                "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in image.layers]},
            }
        ).encode()
        digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": digest},
            "layers": [{"mediaType": LAYER, "size": layer.size, "digest": layer.digest} for layer in image.layers],
        }
        for layer in image.layers:
            self.registry.upload(repository, layer.digest, layer.path)
        self.registry.upload(repository, digest, config)
        self.registry.put(repository, tag, json.dumps(manifest).encode())
