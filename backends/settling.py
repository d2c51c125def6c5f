"""Where a server that nobody gave an address to is today: at the first of its usual ones, or at another.

MLX alone has two, by a well-known guide and by its own default. An address of the person's own is never exchanged.
"""

from __future__ import annotations

from dataclasses import replace

from backends.errors import BackendError
from backends.providers import KNOWN_SERVERS
from backends.types import Provider


async def settled(provider: Provider) -> Provider:
    """The provider at that of its usual addresses where its server answers; as it is where none does.

    Asks nobody where there is nothing to choose.
    """
    row = KNOWN_SERVERS.get(provider.id)
    usual = row.base_urls if row is not None and provider.base_url == row.base_urls[0] else ()
    if len(usual) < 2:
        return provider
    for address in usual:
        there = replace(provider, base_url=address)
        if await _is_there(there):
            return there
    return provider


async def _is_there(provider: Provider) -> bool:
    from backends.discovery import identify  # for few providers, and not before the first paint

    try:
        return (await identify(provider.base_url)).kind == provider.kind
    except BackendError:
        return False
