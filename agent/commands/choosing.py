"""Which local server `--oss` means: asked once, with what was found running, and remembered."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from agent.config.choice import OssProviderUnset
from agent.config.file import set_values
from agent.config.load import CONFIG_FILE, Overrides, find_home, load_config
from agent.config.reading import ConfigError, Sections, read_sections
from backends.discovery import FoundServer, find_servers
from backends.failures import plain_line
from backends.providers import KNOWN_SERVERS

_ADDRESS = frozenset({"base_url", "base_urls"})


def oss_provider(overrides: Overrides, environ: Mapping[str, str] = os.environ) -> str:
    """The provider that a person at the terminal chose for --oss; "" where one is set, or nobody can be asked.

    Raises ConfigError when nothing is chosen or kept.
    """
    try:
        load_config(find_home(environ).config, overrides, environ)
    except OssProviderUnset:
        return _choose(environ) if sys.stdin.isatty() and sys.stderr.isatty() else ""
    except ConfigError:
        pass  # the command itself tells it
    return ""


def _choose(environ: Mapping[str, str]) -> str:
    """Ask, and remember the answer."""
    file = find_home(environ).config / CONFIG_FILE
    own = read_sections(file)
    is_local_only = "local_only" in own.top and bool(own.top["local_only"].value)
    found = asyncio.run(find_servers(environ, local_only=is_local_only))
    chosen = ask(found, sys.stdin, sys.stderr)
    values = to_remember(chosen, found, own)
    set_values(file, values)
    for path, value in values.items():
        print(f'{".".join(path)} = "{value}" written to {file}', file=sys.stderr)
    return chosen


def to_remember(chosen: str, found: tuple[FoundServer, ...], own: Sections) -> dict[tuple[str, ...], str]:
    """What to write: the choice, and its address where it runs at its second usual one and the file `own` has none."""
    values: dict[tuple[str, ...], str] = {("oss_provider",): chosen}
    server = _running(chosen, found)
    is_second = server is not None and server.base_url in KNOWN_SERVERS[chosen].base_urls[1:]
    if server is not None and is_second and not own.named("model_providers").get(chosen, {}).keys() & _ADDRESS:
        values["model_providers", chosen, "base_url"] = server.base_url
    return values


def _running(provider_id: str, found: tuple[FoundServer, ...]) -> FoundServer | None:
    kind = KNOWN_SERVERS[provider_id].kind
    return next((server for server in found if server.kind == kind and server.info is not None), None)


def ask(
    found: tuple[FoundServer, ...], answers: TextIO, out: TextIO, question: str = "Which one does --oss use?"
) -> str:
    """The id of the chosen provider, by number or name; ⏎ alone takes the first that runs. Raises ConfigError."""
    ids = local_ids()
    first = next((one for one in ids if _running(one, found) is not None), "")
    for number, provider_id in enumerate(ids, 1):
        print(f"  {number}  {about(provider_id, found)}", file=out)
    while True:
        print(f"{question} [1–{len(ids)}{', ⏎ ' + first if first else ''}] ", end="", file=out, flush=True)
        line = answers.readline()
        if not line:
            raise ConfigError("No server was chosen.")
        word = line.strip().lower() or first
        if word in ids:
            return word
        if word.isdigit() and 1 <= int(word) <= len(ids):
            return ids[int(word) - 1]


def local_ids() -> list[str]:
    """The providers that run on the person's machine, in the order of the table."""
    return [provider_id for provider_id, row in KNOWN_SERVERS.items() if row.is_oss]


def about(provider_id: str, found: tuple[FoundServer, ...]) -> str:
    """One line: the server and whether it runs."""
    row = KNOWN_SERVERS[provider_id]
    server = _running(provider_id, found) or next((server for server in found if server.kind == row.kind), None)
    if server is None:
        return f"{row.name:<10} not running"
    if server.info is None:
        return f"{row.name:<10} {plain_line(server.problem)}"
    return f"{row.name:<10} running at {server.base_url}"
