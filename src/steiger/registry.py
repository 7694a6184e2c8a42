"""A plain-HTTP registry on this machine, asked with the distribution API.

https://distribution.github.io/distribution/spec/api/
"""

import contextlib
import hashlib
import http.client
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from steiger import bounded
from steiger.errors import SteigerError
from steiger.i18n import _

TIMEOUT = 5.0
LIMIT = 4 * 1024 * 1024
_OK = 200
DEFAULT = "127.0.0.1:5000"
CONFIG = Path("/etc/docker/registry/config.yml")  # roles/mirror writes it
_SERVED = re.compile(r"^ *addr: *(\S+)$", re.MULTILINE)
_LOCAL = re.compile(r"(127\.0\.0\.1|localhost):[0-9]{1,5}")
_MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def mirrors(info: dict[str, Any]) -> list[str]:
    """Return the URLs of the mirrors that an engine asks, in order; `info` is what it says of itself."""
    return (info.get("RegistryConfig") or {}).get("Mirrors") or []


def own(mirrors: list[str], config: Path = CONFIG) -> str:
    """Return host:port of this machine's own registry among the engine's mirrors, 127.0.0.1:5000 when it is not there.

    Somebody may have another mirror on this machine: which one is ours, the registry's configuration says.
    """
    local = [address for url in mirrors if _LOCAL.fullmatch(address := url.partition("://")[2].rstrip("/"))]
    with contextlib.suppress(OSError, UnicodeError):
        served = _SERVED.search(config.read_text(encoding="utf-8"))
        if served and served[1] in local:
            return served[1]
    return (local or [DEFAULT])[0]


def in_front(mirrors: list[str], address: str) -> list[str]:
    """Return the mirrors that the engine asks before the one at host:port; none when it does not use that one."""
    addresses = [url.partition("://")[2].rstrip("/") for url in mirrors]
    return mirrors[: addresses.index(address)] if address in addresses else []


def is_deaf(url: str, seconds: float = 2.0) -> bool:
    """Tell whether a mirror lets those who ask wait; one that refuses, or answers anything at all, does not."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        with contextlib.closing(kind(parts.netloc, timeout=seconds)) as connection:
            try:
                connection.request("GET", "/v2/")
                connection.getresponse()
            except TimeoutError:
                return True
            except (OSError, http.client.HTTPException):
                return False
    return False


def split(reference: str) -> tuple[str, str, str] | None:
    """Return host:port, repository and tag or digest; None when the reference names no local registry."""
    address, _, rest = reference.partition("/")
    name, _, digest = rest.partition("@")
    repository, _, tag = name.partition(":")
    if not repository or not _LOCAL.fullmatch(address):
        return None
    return address, repository, digest or tag or "latest"


def manifest(reference: str) -> dict[str, Any] | None:
    """Return {"digest": "sha256:…", "manifest": {…}} of a reference, or None when it is not there.

    Raises:
        SteigerError: no registry answers at that address.
    """
    parts = split(reference)
    if parts is None:
        return None
    address, repository, tag = parts
    status, body = _ask("GET", address, f"/v2/{repository}/manifests/{tag}")
    if not status and not _ask("GET", address, "/v2/")[0]:
        raise SteigerError(_("the registry at {address} does not answer; see: lab doctor").format(address=address))
    if status != _OK:
        return None
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(body)
        if isinstance(found, dict):
            return {"digest": f"sha256:{hashlib.sha256(body).hexdigest()}", "manifest": found}
    return None


def holds(address: str, image: str) -> bool:
    """Tell whether a registry mirror has an image of the world's, such as `nginx` or `steiger/ferry:1.0`."""
    name, _, tag = image.partition(":")
    repository = name if "/" in name else f"library/{name}"
    return _ask("HEAD", address, f"/v2/{repository}/manifests/{tag or 'latest'}")[0] == _OK


def lacking(address: str, images: Iterable[str]) -> list[str]:
    """Return those images of the world's that a registry mirror does not have."""
    return [image for image in images if not holds(address, image)]


def tags(address: str) -> dict[str, list[str]]:
    """Return the tags of every repository; {} when no registry answers at host:port."""
    _, body = _ask("GET", address, "/v2/_catalog?n=1000")
    found = {}
    for repository in _field(body, "repositories"):
        _, body = _ask("GET", address, f"/v2/{repository}/tags/list")
        if names := _field(body, "tags"):
            found[repository] = sorted(names)
    return found


def answers(address: str) -> bool:
    """Tell whether a registry answers at host:port."""
    return _ask("GET", address, "/v2/")[0] == _OK


def delete(address: str, repository: str, tag: str) -> None:
    """Delete the manifest that a tag points at, and with it all tags of the repository that share it."""
    found = manifest(f"{address}/{repository}:{tag}")
    if found:
        _ask("DELETE", address, f"/v2/{repository}/manifests/{found['digest']}")


def _field(body: bytes, name: str) -> list[str]:
    with contextlib.suppress(ValueError, AttributeError, TypeError, RecursionError):
        return [word for word in json.loads(body).get(name) or [] if isinstance(word, str)]
    return []


def _ask(method: str, address: str, path: str) -> tuple[int, bytes]:
    # Where the name service does not know localhost, the registry is there all the same.
    address = f"127.0.0.1:{address.removeprefix('localhost:')}" if address.startswith("localhost:") else address
    return bounded.get(address, path, LIMIT, TIMEOUT, method, ", ".join(_MEDIA_TYPES))
