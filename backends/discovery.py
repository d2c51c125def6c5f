"""Which model servers run on this machine, and what listens at an address: told by content, asked at once.

Asks only addresses of the provider table and those given. Knows no wire format: each kind's own file says who it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from backends import connect
from backends.errors import BackendError, RequestRefused, ServerFailed, Unauthorized, UnexpectedAnswer, Unreachable
from backends.frozen import frozen
from backends.lmstudio.app import is_app_running
from backends.openai.dialects import LLAMA_CPP
from backends.providers import KNOWN_SERVERS, base_url_from, is_loopback, tidy_base_url
from backends.types import BackendKind, Provider, ServerInfo

_OWN_KINDS: tuple[BackendKind, ...] = ("ollama", "lmstudio", "mlx")
PROBE_SECONDS = 6.0


@frozen
class FoundServer:
    """A server at an address. `problem` and `next_step` say what keeps it from being used; `info` is None then."""

    kind: BackendKind
    name: str
    base_url: str
    info: ServerInfo | None = None
    problem: str = ""
    next_step: str = ""


async def find_servers(environ: Mapping[str, str], *, local_only: bool = False) -> tuple[FoundServer, ...]:
    """Servers at the usual addresses, in the order of the table; addresses where nobody listens are left out."""
    async with asyncio.TaskGroup() as group:
        looks = group.create_task(find_at(usual_addresses(environ, local_only=local_only)))
        app = group.create_task(is_app_running())
    found = looks.result()
    if app.result() and not any(server.kind == "lmstudio" for server in found):
        return (*found, _switched_off())
    return found


async def find_at(places: Iterable[tuple[BackendKind, str]]) -> tuple[FoundServer, ...]:
    """Servers at these addresses, each with the kind that is expected there; all are asked at once."""
    found = await asyncio.gather(*(look(kind, address) for kind, address in places))
    return tuple(server for server in found if server is not None)


def usual_addresses(environ: Mapping[str, str], *, local_only: bool = False) -> Iterable[tuple[BackendKind, str]]:
    """Where servers are looked for, each address once: their own variables go before the table.

    Such a variable can name another machine, which is left out under `local_only`.
    """
    seen: set[tuple[str | None, int | None]] = set()
    for row in KNOWN_SERVERS.values():
        if not row.is_oss:
            continue
        named = environ.get(row.address_variable, "") if row.address_variable else ""
        for address in ([base_url_from(row.kind, named)] if named else []) + list(row.base_urls):
            parts = urlsplit(address)
            place = (parts.hostname, parts.port)
            if place not in seen and (is_loopback(address) or not local_only):
                seen.add(place)
                yield row.kind, address


async def look(expected: BackendKind, base_url: str) -> FoundServer | None:
    """What listens at `base_url`, where `expected` usually does; None when nobody does. Never raises a BackendError."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            info = await identify(base_url)
    except Unreachable:
        return None
    except BackendError as error:
        name = KNOWN_SERVERS[expected].name
        return FoundServer(expected, name, base_url, None, error.message, error.next_step)
    except TimeoutError:
        problem = f"Something at {base_url} accepts connections and does not answer."
        return FoundServer(
            expected, KNOWN_SERVERS[expected].name, base_url, None, problem, "It may be starting; try again."
        )
    name = KNOWN_SERVERS[info.kind].name if info.kind != "openai" else "An OpenAI-compatible server"
    return FoundServer(info.kind, name, tidy_base_url(info.kind, base_url), info)


async def identify(base_url: str) -> ServerInfo:
    """Who answers at `base_url`, whatever its status codes say.

    Raises Unreachable when nobody does, Unauthorized when it wants a key first, ServerFailed when it is there and
    broken, UnexpectedAnswer when it is no model server.
    """
    kinds: tuple[BackendKind, ...] = (*_OWN_KINDS, "openai")
    answers = await asyncio.gather(*(_ask(kind, base_url) for kind in kinds))
    # the three tell themselves apart; any of them, broken or not, looks like an OpenAI-compatible server too
    known = [answer for answer in answers[:-1] if isinstance(answer, ServerInfo)]
    broken = [answer for answer in answers if isinstance(answer, ServerFailed)]
    last = answers[-1]
    if isinstance(last, ServerInfo) and last.remark == LLAMA_CPP:
        return last  # its /health and its list are like those of mlx_lm.server
    if known:
        return known[0]
    if broken:
        raise broken[0]
    if isinstance(last, ServerInfo):
        return last
    for answer in answers:
        if isinstance(answer, Unreachable | Unauthorized):
            raise answer
    raise UnexpectedAnswer(
        f"What answers at {base_url} is not a model server.",
        last.server_words,
        "Check the address; another program may use this port.",
    )


async def _ask(kind: BackendKind, base_url: str) -> ServerInfo | BackendError:
    try:
        backend = connect(Provider(kind, kind, KNOWN_SERVERS[kind].name, tidy_base_url(kind, base_url)))
    except RequestRefused as error:
        return error
    try:
        return await backend.server()
    except BackendError as error:
        return error
    finally:
        await backend.aclose()


def _switched_off() -> FoundServer:
    row = KNOWN_SERVERS["lmstudio"]
    problem = f"{row.name} is running, but its server is off."
    return FoundServer("lmstudio", row.name, row.base_urls[0], None, problem, "Switch it on: lms server start")
