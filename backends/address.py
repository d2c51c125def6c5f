"""Where a provider is, and what is said there: its origin, headers and proxy, checked before anything is sent.

Opens no connection and reads no environment. Nothing secret gets into an error.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from backends.errors import RequestRefused
from backends.frozen import frozen
from backends.types import Provider

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_VALUE = re.compile(r"[\t\x20-\x7e]*")


@frozen
class Origin:
    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Raises ValueError for what is no http or https address that can be connected to."""
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme not in ("http", "https") or not parts.hostname or _UNPRINTABLE.search(url):
            raise ValueError(url)
        return cls(scheme, parts.hostname, parts.port or (443 if scheme == "https" else 80))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def origin_of(provider: Provider) -> Origin:
    """Raises RequestRefused."""
    try:
        return Origin.of(provider.base_url)
    except ValueError as error:
        raise RequestRefused(
            f"The base_url of {provider.name} is not an http or https address.",
            next_step="Write it like http://127.0.0.1:11434.",
            parameter="base_url",
        ) from error


def headers_of(provider: Provider) -> dict[str, str]:
    """The provider's headers and its key. Raises RequestRefused for one that HTTP cannot carry: it takes printable
    ASCII, and a key with a line end or a typographic dash in it was copied wrong."""
    headers = dict(provider.headers)
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise RequestRefused(
                f"A header of {provider.name} cannot be sent: {name!a}.",
                next_step="Names and values of headers are printable ASCII: correct http_headers.",
                parameter="http_headers",
            )
    if provider.key is not None:
        key = provider.key.reveal()
        if not _VALUE.fullmatch(key):
            source = f"in {provider.env_key} " if provider.env_key else ""
            raise RequestRefused(
                f"The key {source}cannot be sent to {provider.name}: it holds a character that is not printable ASCII.",
                next_step="Copy the key again, without line ends.",
                parameter=provider.env_key,
            )
        headers.setdefault("Authorization", f"Bearer {key}")
    return headers


def proxy_of(provider: Provider) -> str | None:
    """The proxy that the provider names. Raises RequestRefused."""
    if not provider.proxy:
        return None
    try:
        Origin.of(provider.proxy)
    except ValueError as error:
        raise RequestRefused(
            f"The proxy of {provider.name} is not an http or https address.",
            next_step="Write it like http://127.0.0.1:3128.",
            parameter="proxy",
        ) from error
    return provider.proxy
