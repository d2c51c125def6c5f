"""Which local server `--oss` means: asked once, with what was found running, and remembered."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from agent.config.file import set_value
from agent.config.load import CONFIG_FILE, ConfigError, find_home
from backends.discovery import FoundServer, find_servers
from backends.failures import plain_line
from backends.providers import KNOWN_SERVERS


def choose_provider(environ: Mapping[str, str] = os.environ) -> str:
    """Ask on the terminal and remember it as `oss_provider`. Raises ConfigError when nothing is chosen or kept."""
    found = asyncio.run(find_servers(environ))
    chosen = ask(found, sys.stdin, sys.stderr)
    file = find_home(environ).config / CONFIG_FILE
    set_value(file, ("oss_provider",), chosen)
    print(f'oss_provider = "{chosen}" written to {file}', file=sys.stderr)
    return chosen


def ask(
    found: tuple[FoundServer, ...], answers: TextIO, out: TextIO, question: str = "Which one does --oss use?"
) -> str:
    """The id of the chosen provider, by number or name; ⏎ alone takes the first that runs. Raises ConfigError."""
    ids = local_ids()
    running = {server.kind: server for server in found if server.info is not None}
    first = next((one for one in ids if KNOWN_SERVERS[one].kind in running), "")
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
    server = next((server for server in found if server.kind == row.kind), None)
    if server is None:
        return f"{row.name:<10} not running"
    if server.info is None:
        return f"{row.name:<10} {plain_line(server.problem)}"
    return f"{row.name:<10} running at {server.base_url}"
