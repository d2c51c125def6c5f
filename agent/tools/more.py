"""The tools beside the five: the person's functions, then those of tool servers, in an order that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.load import McpServer
from agent.tools import Tool, default_tools

if TYPE_CHECKING:
    from agent.tools.mcp import McpServers

FUNCTIONS_FOLDER = "tools"


class MoreTools:
    """The ToolSource of a session. `config` is the folder of the person's configuration, `workspace` the opened one."""

    def __init__(
        self, config: Path, workspace: Path, servers: Iterable[McpServer] = (), *, local_only: bool = False
    ) -> None:
        self._functions = config / FUNCTIONS_FOLDER
        self._servers = _connections(tuple(servers), config, workspace, local_only=local_only)
        self._news: list[str] = []
        self._finding: asyncio.Task[tuple[Tool, ...]] | None = None

    def begin(self) -> None:
        """Start looking, so that the tools are ready by the first request."""
        if self._finding is None:
            self._finding = asyncio.create_task(self._find(), name="more tools")

    async def tools(self) -> tuple[Tool, ...]:
        self.begin()
        assert self._finding is not None
        return await asyncio.shield(self._finding)

    def take_news(self) -> tuple[str, ...]:
        news, self._news = (*self._news, *(self._servers.take_news() if self._servers else ())), []
        return news

    async def aclose(self) -> None:
        if self._finding is not None and not self._finding.done():
            self._finding.cancel()
            await asyncio.wait({self._finding})
        if self._servers is not None:
            await self._servers.aclose()

    async def _find(self) -> tuple[Tool, ...]:
        names = frozenset(tool.spec.name for tool in default_tools())
        functions = await asyncio.to_thread(self._find_functions, names)
        names |= {tool.spec.name for tool in functions}
        return (*functions, *(await self._servers.tools(names) if self._servers else ()))

    def _find_functions(self, names: frozenset[str]) -> tuple[Tool, ...]:
        if not self._functions.is_dir():
            return ()
        from agent.tools.functions import find_functions

        found = find_functions(self._functions, names)
        self._news += map(str, found.problems)
        return found.tools


def _connections(
    servers: tuple[McpServer, ...], config: Path, workspace: Path, *, local_only: bool
) -> McpServers | None:
    if not servers:
        return None
    from agent.tools.mcp import McpServers

    return McpServers(servers, config, workspace, local_only=local_only)
