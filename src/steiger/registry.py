"""A plain-HTTP registry on this machine, asked with the distribution API.

https://distribution.github.io/distribution/spec/api/
"""

import contextlib
import hashlib
import http.client
import json
from typing import Any

TIMEOUT = 5.0
LIMIT = 4 * 1024 * 1024
_OK = 200
_MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def split(reference: str) -> tuple[str, str, str] | None:
    """Return host:port, repository and tag or digest; None when the reference names no local registry."""
    address, slash, rest = reference.partition("/")
    if not slash or not address.startswith(("127.0.0.1:", "localhost:")):
        return None
    if "@" in rest:
        repository, _, tag = rest.partition("@")
    else:
        repository, _, tag = rest.partition(":")
    return address, repository, tag or "latest"


def manifest(reference: str) -> dict[str, Any] | None:
    """Return {"digest": "sha256:…", "manifest": {…}} of a reference, or None when it is not there."""
    parts = split(reference)
    if parts is None:
        return None
    address, repository, tag = parts
    status, body = _ask("GET", address, f"/v2/{repository}/manifests/{tag}")
    if status != _OK:
        return None
    with contextlib.suppress(ValueError):
        return {"digest": f"sha256:{hashlib.sha256(body).hexdigest()}", "manifest": json.loads(body)}
    return None


def tags(address: str) -> dict[str, list[str]]:
    """Return the tags of every repository; {} when no registry answers at host:port."""
    _, body = _ask("GET", address, "/v2/_catalog?n=1000")
    found = {}
    for repository in _field(body, "repositories"):
        _, body = _ask("GET", address, f"/v2/{repository}/tags/list")
        if names := _field(body, "tags"):
            found[repository] = sorted(names)
    return found


def delete(address: str, repository: str, tag: str) -> None:
    """Delete the manifest that a tag points at, and with it all tags of the repository that share it."""
    found = manifest(f"{address}/{repository}:{tag}")
    if found:
        _ask("DELETE", address, f"/v2/{repository}/manifests/{found['digest']}")


def _field(body: bytes, name: str) -> list[str]:
    with contextlib.suppress(ValueError, AttributeError):
        return json.loads(body).get(name) or []
    return []


def _ask(method: str, address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT)
    try:
        connection.request(method, path, headers={"Accept": ", ".join(_MEDIA_TYPES)})
        response = connection.getresponse()
        return response.status, response.read(LIMIT)
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
