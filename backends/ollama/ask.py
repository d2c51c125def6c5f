"""From a ChatRequest to the body of /api/chat (ollama.md §4, §5). No I/O.

Equal conversations give equal bytes up to where they part, so that the server finds its cached prefix again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import assert_never

from backends.frozen import frozen
from backends.harmony import neutralise
from backends.types import (
    AssistantMessage,
    ChatRequest,
    JsonObject,
    JsonValue,
    Message,
    ToolResult,
    ToolSpec,
    UserMessage,
)

KEEP_ALIVE = "30m"
"""How long the model stays in memory after an answer: longer than a person reads, shorter than a forgotten session."""


@frozen
class Features:
    """What server and model take: `thinking` at all, `levels` of it rather than on and off, and `logprobs`, which give
    a line for every token, also while a call is written (ollama.md §5)."""

    thinking: bool = True
    levels: bool = True
    logprobs: bool = True


def chat_body(model: str, request: ChatRequest, window: int, features: Features) -> JsonObject:
    body: JsonObject = {"model": model, "messages": _messages(request), "stream": True}
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if features.thinking:
        body["think"] = request.effort if features.levels else True
    if features.logprobs and request.tools:
        body["logprobs"] = True
    return body | placement(window, _sampling(request))


def placement(window: int, options: JsonObject | None = None) -> JsonObject:
    """The fields that decide how a model is loaded: the same in every request, or it is loaded again (ollama.md §3)."""
    return {
        "keep_alive": KEEP_ALIVE,
        "truncate": False,
        "shift": False,
        "options": {"num_ctx": window, **(options or {})},
    }


def _sampling(request: ChatRequest) -> JsonObject:
    sampling = request.sampling
    options: dict[str, int | float | None] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "num_predict": request.max_output_tokens,
    }
    return {name: value for name, value in options.items() if value is not None}


def _messages(request: ChatRequest) -> list[JsonValue]:
    system: list[JsonValue] = []
    if request.instructions:
        system = [{"role": "system", "content": neutralise(request.instructions)}]
    return [*system, *(_message(message) for message in _without_neighbours(request.messages))]


def _without_neighbours(messages: tuple[Message, ...]) -> list[Message]:
    """Assistant messages in a row as one: the server merges them itself and loses the later call (gpt-oss.md §4)."""
    kept: list[Message] = []
    for message in messages:
        last = kept[-1] if kept else None
        if isinstance(message, AssistantMessage) and isinstance(last, AssistantMessage) and last.call is None:
            kept[-1] = replace(
                message, text=_joined(last.text, message.text), reasoning=_joined(last.reasoning, message.reasoning)
            )
        else:
            kept.append(message)
    return kept


def _joined(first: str, second: str) -> str:
    return "\n\n".join(part for part in (first, second) if part)


def _message(message: Message) -> JsonObject:
    match message:
        case UserMessage(text):
            return {"role": "user", "content": neutralise(text)}
        case AssistantMessage():
            return _assistant(message)
        case ToolResult(call_id, name, text):
            # the template reads tool_name alone (ollama.md §5)
            return {"role": "tool", "tool_name": name, "tool_call_id": call_id, "content": neutralise(text)}
        case _:
            assert_never(message)


def _assistant(message: AssistantMessage) -> JsonObject:
    said: JsonObject = {"role": "assistant", "content": neutralise(message.text)}
    if message.reasoning:
        said["thinking"] = neutralise(message.reasoning)
    if call := message.call:
        function: JsonObject = {"name": call.name, "arguments": neutral_object(call.arguments)}
        said["tool_calls"] = [{"id": call.id, "function": function}]
    return said


def _tool(tool: ToolSpec) -> JsonObject:
    function: JsonObject = {
        "name": tool.name,
        "description": neutralise(tool.description),
        "parameters": neutral_object(tool.parameters),
    }
    return {"type": "function", "function": function}


def neutral_object(value: JsonObject) -> JsonObject:
    neutral: JsonObject = json.loads(neutralise(json.dumps(value, ensure_ascii=False)))
    return neutral
