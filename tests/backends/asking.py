"""Builders for tests of backends: a provider, a request, and the events of an answer, from a server or from bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from contextlib import aclosing
from typing import Any, cast

from backends.answer import Answer
from backends.errors import BackendError
from backends.events import CallReady, CallRejected, ReasoningDelta, StepEnd, StreamEvent, TextCorrected, TextDelta
from backends.reading import StreamDecoder, read_events
from backends.types import BackendKind, ChatRequest, Message, Provider, Secret, ToolSpec, UserMessage, WireApi

READ_FILE = ToolSpec(
    "read_file",
    "Read a text file.",
    {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
NOW = ToolSpec("now", "The time.", {"type": "object", "properties": {}})


def provider(
    kind: BackendKind = "openai",
    base_url: str = "http://127.0.0.1:9",
    wire_api: WireApi = "chat",
    env_key: str = "",
    key: str = "",
    name: str = "the server",
) -> Provider:
    return Provider("mine", kind, name, base_url, env_key=env_key, key=Secret(key) if key else None, wire_api=wire_api)


def request(*messages: Message, model: str = "gpt-oss:20b", tools: Sequence[ToolSpec] = (READ_FILE, NOW), **more: Any):
    return ChatRequest(model, "Be brief.", messages or (UserMessage("hi"),), tuple(tools), **more)


class PlayedAnswer:
    """An Answer without a socket: the given pieces, and a count of the touches."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.content_type = "text/event-stream"
        self.touches = 0
        self._pieces = pieces

    def touch(self) -> None:
        self.touches += 1

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        for piece in self._pieces:
            yield piece


async def played(pieces: Iterable[bytes], decoder: StreamDecoder) -> list[StreamEvent | BackendError]:
    """The events of an answer, the error that ended it last."""
    answer = cast(Answer, PlayedAnswer(pieces))
    return await gathered(read_events(answer, decoder, "the server"))


async def gathered(events: AsyncIterable[StreamEvent]) -> list[StreamEvent | BackendError]:
    seen: list[StreamEvent | BackendError] = []
    try:
        async with aclosing(cast("AsyncGenerator[StreamEvent, None]", events)) as stream:
            async for event in stream:
                seen.append(event)  # noqa: PERF401  (a list would be lost with the error)
    except BackendError as error:
        seen.append(error)
    return seen


def sse(*chunks: object, done: bool = True) -> bytes:
    """Chunks as a stream of data lines; a string stands as it is."""
    lines = [chunk if isinstance(chunk, str) else f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return "".join([*lines, "data: [DONE]\n\n" if done else ""]).encode()


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def called(arguments: object, name: str | None = "read_file", **place: object) -> dict[str, object]:
    """An entry of `tool_calls`; `place` are its index and id."""
    function = {"arguments": arguments} | ({} if name is None else {"name": name})
    return {"type": "function", **place, "function": function}


def text_of(events: Iterable[object]) -> str:
    text = ""
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, TextCorrected):
            text = event.text
    return text


def thought_of(events: Iterable[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def call_of(events: Iterable[object]) -> CallReady | CallRejected | None:
    return next((event for event in events if isinstance(event, CallReady | CallRejected)), None)


def end_of(events: Sequence[object]) -> StepEnd:
    assert isinstance(events[-1], StepEnd), events
    return events[-1]


def error_of(events: Sequence[object]) -> BackendError:
    assert isinstance(events[-1], BackendError), events
    return events[-1]
