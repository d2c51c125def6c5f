"""Reads another program's `mcp.json` (LM Studio, Cursor, Claude) as tool servers of this configuration. Pure.

Writes nothing and starts nothing: what is found is shown to the person first.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import cast

from agent.config import McpServer
from backends.types import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class ImportedServers:
    """The servers of a file in its order, and one line for each thing in it that is not taken over."""

    servers: tuple[McpServer, ...]
    remarks: tuple[str, ...] = ()


def read_mcp_json(text: str) -> ImportedServers:
    """Raises ValueError when the text is no `mcp.json`. No server in it is trusted."""
    record = cast(JsonValue, json.loads(text))
    match record:
        case {"mcpServers": dict(entries)} | {"servers": dict(entries)}:
            pass
        case _:
            raise ValueError('an mcp.json has its servers under "mcpServers"')
    servers: list[McpServer] = []
    remarks: list[str] = []
    for name, entry in entries.items():
        server_id = _server_id(name, {server.id for server in servers})
        server = _server(server_id, entry) if isinstance(entry, dict) else None
        if server is None:
            remarks.append(f"{name} is left out: it has neither a command nor a url")
            continue
        servers.append(server)
        assert isinstance(entry, dict)
        if entry.get("headers"):
            remarks.append(f"{name}: its headers are left out; keep its key in a variable: bearer_token_env_var")
    return ImportedServers(tuple(servers), tuple(remarks))


def _server(server_id: str, entry: JsonObject) -> McpServer | None:
    command, url = entry.get("command"), entry.get("url")
    is_enabled = entry.get("disabled") is not True
    if isinstance(command, str) and command:
        environment = {name: str(value) for name, value in _table(entry, "env").items() if _is_plain(value)}
        args = entry.get("args")
        words = tuple(str(word) for word in args if _is_plain(word)) if isinstance(args, list) else ()
        return McpServer(server_id, command=command, args=words, env=environment, is_enabled=is_enabled)
    if isinstance(url, str) and re.match(r"https?://", url):
        return McpServer(server_id, url=url, is_enabled=is_enabled)
    return None


def _server_id(name: str, taken: set[str]) -> str:
    """A key that TOML takes without quotes, unlike those before it."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "server"
    return next(other for n in range(1, len(taken) + 2) if (other := plain if n == 1 else f"{plain}-{n}") not in taken)


def _table(entry: JsonObject, key: str) -> JsonObject:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _is_plain(value: JsonValue) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
