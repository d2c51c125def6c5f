"""One connection to one MCP server through the official SDK: its process or its address, its tools, its end.

The only module that lets the SDK start a process or open a connection. Imported only when a server is configured.
Knows no tool and no permission.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO, cast

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    REQUEST_TIMEOUT,
    AudioContent,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)

from agent.config.load import McpServer
from agent.processes.environment import child_environment, find_program
from agent.processes.process import end_marked
from agent.processes.tree import MARKER
from backends.frozen import frozen
from backends.types import JsonObject

GRACE_SECONDS = 0.5
"""How long a server may take to leave by itself once its input is closed."""

_LAST_BYTES = 2_000
_LAST_LINES = 2
_PAGES = 20

for _name in ("mcp", "client"):  # the SDK's loggers; what they say would land on the screen
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class LinkFailed(Exception):
    """The server cannot be used any more; `str()` says why, for people."""


class CallTimedOut(Exception):
    """The server did not answer in time; it may answer the next call."""


class CallRefused(Exception):
    """The server answered with an error instead of a result; `str()` is what it said."""


@frozen
class ListedTool:
    """A tool as the server describes it."""

    name: str
    description: str
    schema: JsonObject


@frozen
class CallResult:
    """What a call gave: its text, pictures and the like named in brackets."""

    text: str
    is_error: bool


class Link:
    """A connection that is open from `open` to `aclose`. A task of its own holds it, as the SDK wants it."""

    def __init__(self, server: McpServer, folder: Path, outside: Path) -> None:
        self.server = server
        self._folder = folder
        self._outside = outside
        self._stop = asyncio.Event()
        self._opened: asyncio.Future[tuple[ListedTool, ...]] = asyncio.get_running_loop().create_future()
        self._marker = uuid.uuid4().hex
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._words = _LastWords()

    async def open(self) -> tuple[ListedTool, ...]:
        """Connect and list the tools. Raises LinkFailed."""
        self._task = asyncio.create_task(self._hold(), name=f"mcp {self.server.id}")
        try:
            async with asyncio.timeout(self.server.startup_seconds):
                return await asyncio.shield(self._opened)
        except TimeoutError:
            await self.aclose()
            waited = f"it did not answer within {self.server.startup_seconds} s"
            raise LinkFailed(self._with_words(waited)) from None

    async def call(self, name: str, arguments: JsonObject) -> CallResult:
        """Raises LinkFailed, CallTimedOut, CallRefused."""
        if self._client is None or self._task is None or self._task.done():
            raise LinkFailed(self._with_words("it has ended"))
        try:
            result = await self._client.call_tool(name, dict(arguments), self.server.tool_seconds)
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                raise LinkFailed(self._with_words("it has ended")) from error
            if error.code == REQUEST_TIMEOUT:
                raise CallTimedOut(f"it did not answer within {self.server.tool_seconds} s") from error
            raise CallRefused(error.message) from error
        except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
            raise LinkFailed(self._with_words(str(error) or type(error).__name__)) from error
        return CallResult(_text_of(result), result.is_error)

    async def aclose(self) -> None:
        """Close the connection and end the server's processes. Takes about two seconds at most."""
        self._stop.set()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=GRACE_SECONDS)
        if not self.server.url:
            await asyncio.shield(asyncio.to_thread(end_marked, self._marker))
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=GRACE_SECONDS)

    async def _hold(self) -> None:
        try:
            async with self._transport() as transport, Client(transport, cache=None) as client:
                tools = await _list(client)
                self._client = client
                if not self._opened.done():
                    self._opened.set_result(tools)
                await self._stop.wait()
        except Exception as error:
            if not self._opened.done():
                failed = LinkFailed(self._with_words(_plain(error)))
                self._opened.set_exception(failed)
                self._opened.exception()  # looked at: an owner that gave up waiting needs no warning
        finally:
            self._client = None
            if not self._opened.done():
                self._opened.cancel()

    def _transport(self) -> contextlib.AbstractAsyncContextManager[Any]:
        return self._http() if self.server.url else self._process()

    @asynccontextmanager
    async def _process(self) -> AsyncGenerator[Any, None]:
        command = self.server.command
        if "/" not in command:
            command = find_program(command, self._outside) or ""
        if not command:
            raise LinkFailed(f"there is no program {self.server.command}")
        environment = {**child_environment(os.environ), **self.server.env, MARKER: self._marker}
        parameters = StdioServerParameters(command=command, args=[*self.server.args], env=environment, cwd=self._folder)
        async with self._words.pipe() as errors:
            yield stdio_client(parameters, errors)

    @asynccontextmanager
    async def _http(self) -> AsyncGenerator[Any, None]:
        async def only_there(request: httpx2.Request) -> None:
            if request.url != httpx2.URL(self.server.url):
                raise LinkFailed(f"it leads to {request.url}, and only {self.server.url} is allowed")

        # A server may keep a silent stream open for hours; how long an answer may take is decided per call.
        timeout = httpx2.Timeout(self.server.startup_seconds, read=None)
        async with httpx2.AsyncClient(
            trust_env=False, timeout=timeout, headers=self._headers(), event_hooks={"request": [only_there]}
        ) as client:
            yield streamable_http_client(self.server.url, http_client=client)

    def _headers(self) -> dict[str, str]:
        variable = self.server.token_variable
        token = os.environ.get(variable, "").strip() if variable else ""
        if variable and not token:
            raise LinkFailed(f"it wants a key, and the environment variable {variable} is not set")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _with_words(self, what: str) -> str:
        said = " ".join(" ".join(self._words.text.splitlines()[-_LAST_LINES:]).split())
        return f"{what}; it said: {said[-300:]}" if said else what


class _LastWords(asyncio.Protocol):
    """Keeps the end of what a server writes to standard error; all else of it is dropped."""

    def __init__(self) -> None:
        self._kept = b""

    @property
    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")

    def data_received(self, data: bytes) -> None:
        self._kept = (self._kept + data)[-_LAST_BYTES:]

    @asynccontextmanager
    async def pipe(self) -> AsyncGenerator[TextIO, None]:
        read_end, write_end = os.pipe()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: self, os.fdopen(read_end, "rb", 0))
        try:
            with os.fdopen(write_end, "w") as errors:
                yield errors
        finally:
            transport.close()


async def _list(client: Client) -> tuple[ListedTool, ...]:
    found: list[ListedTool] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += [
            ListedTool(tool.name, tool.description or "", cast(JsonObject, tool.input_schema)) for tool in page.tools
        ]
        cursor = page.next_cursor
        if not cursor:
            break
    return tuple(found)


def _text_of(result: CallToolResult) -> str:
    parts: list[str] = []
    for block in result.content:
        match block:
            case TextContent(text=text):
                parts.append(text)
            case ImageContent(mime_type=kind, data=data) | AudioContent(mime_type=kind, data=data):
                parts.append(f"[{kind}, {len(data) * 3 // 4:,} bytes: not passed on]")
            case EmbeddedResource(resource=TextResourceContents(text=text, uri=uri)):
                parts.append(f"[{uri}]\n{text}")
            case EmbeddedResource(resource=resource):
                parts.append(f"[{resource.uri}: not text, not passed on]")
            case _:
                parts.append(f"[{block.uri}: a link, not followed]")
    if not parts and result.structured_content is not None:
        import json

        return json.dumps(result.structured_content, ensure_ascii=False)
    return "\n".join(parts)


def _plain(error: BaseException) -> str:
    """The words of the first real error inside the groups that the SDK wraps around it."""
    while isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        error = group.exceptions[0]
    if isinstance(error, MCPError) and error.code == CONNECTION_CLOSED:
        return "it ended before it answered"
    return str(error) or type(error).__name__
