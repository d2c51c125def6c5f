"""A backend that plays a script, and builders for its steps: what a turn test says the model did."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence

from backends.errors import BackendError
from backends.events import CallReady, ReasoningDelta, StepEnd, StreamEvent, TextDelta, TransferProgress
from backends.types import (
    ChatRequest,
    JsonObject,
    ModelInfo,
    Provider,
    Replay,
    ServerInfo,
    ToolCall,
    Usage,
    Window,
)

Step = Sequence[StreamEvent | BackendError]


def call(
    name: str, arguments: JsonObject | None = None, call_id: str = "call_1", reasoning: str = "Look first."
) -> Step:
    arguments = arguments or {}
    ready = CallReady(ToolCall(call_id, name, arguments, json.dumps(arguments)))
    return [ReasoningDelta(reasoning), ready, StepEnd("tool_call", Usage(100, 0, 20), "m", Replay("s", "raw"))]


def answer(text: str, reasoning: str = "", usage: Usage | None = None) -> Step:
    thought = [ReasoningDelta(reasoning)] if reasoning else []
    return [*thought, TextDelta(text), StepEnd("stop", usage or Usage(), "m")]


class ScriptedBackend:
    """Plays one step per request and keeps the requests."""

    def __init__(self, *steps: Step, window: int = 65_536) -> None:
        self.provider = Provider("scripted", "openai", "Scripted", "http://127.0.0.1:1")
        self.requests: list[ChatRequest] = []
        self.closed_early = 0
        self._steps = list(steps)
        self._window = window

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        finished = False
        try:
            for event in self._steps[len(self.requests) - 1]:
                if isinstance(event, BackendError):
                    raise event
                finished = isinstance(event, StepEnd)
                yield event
        finally:
            if not finished:
                self.closed_early += 1

    async def server(self) -> ServerInfo:
        return ServerInfo("openai")

    async def models(self) -> tuple[ModelInfo, ...]:
        return (ModelInfo("m"),)

    async def resolve(self, model: str) -> str:
        return model

    async def window(self, model: str, wanted: int) -> Window:
        return Window(self._window)

    async def load(self, model: str, window: int) -> AsyncGenerator[TransferProgress, None]:
        yield TransferProgress("loaded")

    async def unload(self, model: str) -> None:
        return

    async def pull(self, model: str) -> AsyncGenerator[TransferProgress, None]:
        yield TransferProgress("success")

    async def aclose(self) -> None:
        return
