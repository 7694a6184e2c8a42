"""Speak with a registry over its HTTP API, with the standard library alone."""

from __future__ import annotations

import hashlib
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from pathlib import Path

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
INDEXES = ("application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json")
ACCEPTED = ", ".join((MANIFEST, "application/vnd.oci.image.manifest.v1+json", *INDEXES))
BLOCK = 1 << 20
TRIES = 4
HALF_WRITTEN_S = 0.2


class RegistryError(Exception):
    """A registry that does not answer, or answers no; the message is one line."""


def reference(name: str) -> tuple[str, str]:
    """Return repository and tag of an image as the world names it: `nginx` is `library/nginx` and `latest`."""
    repository, _, tag = name.partition(":")
    return repository if "/" in repository else f"library/{repository}", tag or "latest"


class Registry:
    """One registry.

    `base` is its URL, `timeout` the seconds that one answer may take, `patience` the seconds that all downloads may take.
    Every method raises RegistryError when the registry does not do as asked.
    """

    def __init__(self, base: str, timeout: float = 30.0, patience: float = 3600.0) -> None:
        """Remember where the registry is; nothing is sent yet."""
        self.base = base.rstrip("/")
        self.timeout = timeout
        self.deadline = time.monotonic() + patience
        self.tokens: dict[str, str] = {}
        # A proxy for the outside world must not get what is meant for this machine.
        local = urllib.parse.urlsplit(self.base).hostname in ("127.0.0.1", "::1", "localhost")
        self.opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if local else []))

    def send(
        self, method: str, path: str, data: Any = None, headers: dict[str, str] | None = None, repository: str = ""
    ) -> HTTPResponse:
        """Send one request, with a token when the registry asks for one, and return the open answer."""
        url = path if "://" in path else self.base + path
        if not url.startswith(("http://", "https://")):
            raise RegistryError(f"{url} is no address of a registry: it must begin with https:// or http://")
        for attempt in range(1, TRIES + 1):
            request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)  # noqa: S310 -- looked at above
            if repository in self.tokens:
                request.add_unredirected_header("Authorization", f"Bearer {self.tokens[repository]}")
            try:
                answer: HTTPResponse = self.opener.open(request, timeout=self.timeout)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 401 and attempt == 1 and self.log_in(error, repository):
                        continue
                    # Of a blob that is written at this moment, for another image of the repository, it reads half.
                    if error.code == 500 and method == "HEAD" and attempt < TRIES:
                        time.sleep(HALF_WRITTEN_S)
                        continue
                    raise RegistryError(f"{method} {url}: {error.code} {complaint(error)}") from None
            except (OSError, ValueError) as error:
                raise RegistryError(f"{method} {url}: {getattr(error, 'reason', error)}") from None
            return answer
        raise RegistryError(f"{method} {url}: 401")

    def log_in(self, refusal: urllib.error.HTTPError, repository: str) -> bool:
        """Fetch an anonymous token as the refusal says; return whether there is one now."""
        asked = dict(re.findall(r'(\w+)="([^"]*)"', refusal.headers.get("WWW-Authenticate", "")))
        if not repository or "realm" not in asked:
            return False
        query = urllib.parse.urlencode(
            {
                "service": asked.get("service", ""),
                "scope": asked.get("scope", f"repository:{repository}:pull"),
            }
        )
        with self.send("GET", f"{asked['realm']}?{query}") as answer:
            token = json.load(answer)
        self.tokens[repository] = token.get("token") or token.get("access_token", "")
        return bool(self.tokens[repository])

    def answers(self) -> bool:
        """Tell whether a registry answers here, even when it wants a token first."""
        try:
            self.send("GET", "/v2/").close()
        except RegistryError as error:
            return "/v2/: 401" in str(error)
        return True

    def manifest(self, repository: str, tag: str) -> tuple[dict[str, Any], bytes, str]:
        """Return the manifest of a tag or digest: read, as bytes, and its media type."""
        with self.send(
            "GET", f"/v2/{repository}/manifests/{tag}", headers={"Accept": ACCEPTED}, repository=repository
        ) as answer:
            body = answer.read()
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
        try:
            read: dict[str, Any] = json.loads(body)
        except ValueError:
            raise RegistryError(f"{self.base} gives no manifest for {repository}:{tag}") from None
        return read, body, kind

    def labels(self, repository: str, tag: str) -> dict[str, str] | None:
        """Return the labels of an image that the registry holds whole, None when it holds none such."""
        try:
            manifest = self.manifest(repository, tag)[0]
            if "config" not in manifest or not all(self.has(repository, blob["digest"]) for blob in manifest["layers"]):
                return None
            with self.send("GET", f"/v2/{repository}/blobs/{manifest['config']['digest']}") as answer:
                config = json.load(answer)
        except RegistryError as error:
            if ": 404 " in str(error):
                return None
            raise
        return config.get("config", {}).get("Labels") or {}

    def has(self, repository: str, digest: str) -> bool:
        """Tell whether the repository holds a blob."""
        try:
            self.send("HEAD", f"/v2/{repository}/blobs/{digest}").close()
        except RegistryError as error:
            if ": 404 " in str(error):
                return False
            raise
        return True

    def fetch(self, repository: str, digest: str, target: Path) -> None:
        """Write a blob to a file and make sure that it is what its digest says."""
        found = hashlib.sha256()
        with (
            self.send("GET", f"/v2/{repository}/blobs/{digest}", repository=repository) as answer,
            target.open("wb") as file,
        ):
            try:
                while block := answer.read(BLOCK):
                    if time.monotonic() > self.deadline:
                        raise RegistryError(f"{self.base} is too slow: {repository} was not there in time")
                    found.update(block)
                    file.write(block)
            except (TimeoutError, ConnectionError) as error:
                raise RegistryError(f"{self.base} stopped in the middle of {repository}: {error}") from None
        if f"sha256:{found.hexdigest()}" != digest:
            raise RegistryError(f"{self.base} gave something else than {digest} of {repository}")

    def upload(self, repository: str, digest: str, source: Path | bytes) -> None:
        """Give the repository a blob that it does not hold yet."""
        if self.has(repository, digest):
            return
        with self.send("POST", f"/v2/{repository}/blobs/uploads/", data=b"") as answer:
            place = urllib.parse.urljoin(self.base + "/", answer.headers["Location"])
        url = f"{place}{'&' if '?' in place else '?'}digest={urllib.parse.quote(digest)}"
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        if isinstance(source, bytes):
            self.send("PUT", url, data=source, headers=headers).close()
            return
        with source.open("rb") as file:
            self.send("PUT", url, data=file, headers=headers).close()

    def put(self, repository: str, tag: str, body: bytes, kind: str = MANIFEST) -> None:
        """Give a manifest its tag."""
        self.send("PUT", f"/v2/{repository}/manifests/{tag}", data=body, headers={"Content-Type": kind}).close()


def complaint(error: urllib.error.HTTPError) -> str:
    """Return a registry's own words about what went wrong, on one line."""
    try:
        details = json.loads(error.read(BLOCK))["errors"][0]
        return " ".join(f"{details.get('message', '')} {details.get('detail') or ''}".split())
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return str(error.reason)


def choose(index: dict[str, Any], architecture: str) -> str:
    """Return the digest of an index' image for Linux on this architecture."""
    for entry in index.get("manifests", []):
        platform = entry.get("platform", {})
        if (platform.get("os"), platform.get("architecture")) == ("linux", architecture):
            return str(entry["digest"])
    raise RegistryError(f"there is no image for {architecture}")


def copy(source: Registry, target: Registry, name: str, architecture: str, work: Path) -> None:
    """Copy one image between registries, with its own digest; `work` is a folder for what is on its way."""
    repository, tag = reference(name)
    manifest, body, kind = source.manifest(repository, tag)
    if kind in INDEXES:
        manifest, body, kind = source.manifest(repository, choose(manifest, architecture))
    for blob in (manifest["config"], *manifest["layers"]):
        if not target.has(repository, blob["digest"]):
            file = work / blob["digest"].replace(":", "-")
            source.fetch(repository, blob["digest"], file)
            target.upload(repository, blob["digest"], file)
            file.unlink()
    target.put(repository, tag, body, kind)
