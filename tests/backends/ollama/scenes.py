"""Builders for the tests of the Ollama backend: tools, requests, a server made of recordings."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from time import monotonic

from backends.answer import Limits
from backends.events import CallReady, StreamEvent, Waiting
from backends.ollama import OllamaBackend
from backends.types import ChatRequest, Message, Provider, ToolSpec, UserMessage
from tests.wire.replay import Exchange, ReplayServer, Reply, Route, load, names

READ_FILE = ToolSpec(
    "read_file",
    "Read a text file.",
    {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
SHELL = ToolSpec(
    "shell",
    "Run a command.",
    {
        "type": "object",
        "properties": {
            "command": {"type": "array", "items": {"type": "string"}},
            "timeout_ms": {"type": "integer"},
        },
        "required": ["command"],
    },
)
WRITE_FILE = ToolSpec(
    "write_file",
    "Write a file.",
    {
        "type": "object",
        "properties": {"path": {"type": "string"}, "text": {"type": "string"}},
        "required": ["path", "text"],
    },
)
TOOLS = (READ_FILE, SHELL, WRITE_FILE)
QUICK = Limits(connect=1.0, pauses=(0.0, 0.0), first_byte=5.0, idle=5.0, small_answer=2.0)


def recorded(name: str) -> Exchange:
    return load("ollama", name)


def chat_recordings() -> list[str]:
    """Recorded answers of /api/chat, of any kind: streams, single objects and errors."""
    return [name for name in names("ollama") if recorded(name).route == "POST /api/chat"]


def routes(chat: Route, **others: Route) -> dict[str, Route]:
    """A server that has gpt-oss:20b, with nothing loaded."""
    return {
        "GET /api/tags": recorded("tags").reply(),
        "GET /api/ps": recorded("ps_empty").reply(),
        "POST /api/show": recorded("show_gpt_oss").reply(),
        "POST /api/chat": chat,
        **{f"{key.partition('_')[0]} /api/{key.partition('_')[2]}": route for key, route in others.items()},
    }


def request(*messages: Message, tools: tuple[ToolSpec, ...] = TOOLS, model: str = "gpt-oss:20b") -> ChatRequest:
    return ChatRequest(model, "Be brief.", messages or (UserMessage("hello"),), tools)


@asynccontextmanager
async def ollama(
    served: Mapping[str, Route],
    limits: Limits = QUICK,
    poll_seconds: float = 1.0,
    clock: Callable[[], float] = monotonic,
) -> AsyncGenerator[tuple[OllamaBackend, ReplayServer], None]:
    async with ReplayServer(served) as server:
        provider = Provider("ollama", "ollama", "Ollama", server.url)
        backend = OllamaBackend(provider, limits, poll_seconds=poll_seconds, clock=clock)
        try:
            yield backend, server
        finally:
            await backend.aclose()


async def events_of(backend: OllamaBackend, asked: ChatRequest) -> list[StreamEvent]:
    """All events of a step, signs of life left out."""
    async with aclosing(backend.stream(asked)) as events:
        return [event async for event in events if not isinstance(event, Waiting)]


async def events_from(reply: Reply, asked: ChatRequest | None = None) -> list[StreamEvent]:
    async with ollama(routes(reply)) as (backend, _):
        return await events_of(backend, asked or request())


def with_known_ids(events: list[StreamEvent]) -> list[StreamEvent]:
    """The same events, with the ids that the repair layer makes up replaced."""
    return [
        replace(event, call=replace(event.call, id="id")) if isinstance(event, CallReady) else event for event in events
    ]
