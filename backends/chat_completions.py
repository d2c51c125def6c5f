"""The OpenAI chat-completions wire both ways: a request's body, and chunks to stream events. No I/O.

Liberal in what it takes (openai.md §5). What only one server does belongs into that server's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import assert_never

from backends.calls import FirstCall
from backends.conclusion import WrittenCall, conclude, end_reason, speaks_harmony
from backends.content import ContentReader, Restorer
from backends.decode import COUNT_LIMIT, ServerEvent, count_at, object_at, parse_object
from backends.errors import StreamCut
from backends.events import (
    CallProgress,
    CallRejected,
    EndReason,
    ReasoningDelta,
    StepEnd,
    StreamEvent,
    TextCorrected,
    TextDelta,
)
from backends.harmony import Delta, neutralise
from backends.pairing import merged, paired
from backends.stream_errors import error_in_stream, error_words, is_unparsed_call
from backends.types import (
    AssistantMessage,
    ChatRequest,
    JsonObject,
    JsonValue,
    Message,
    Provider,
    Replay,
    ToolResult,
    ToolSpec,
    Usage,
    UserMessage,
)

REASONING_NAMES = ("reasoning", "reasoning_content")

_END_REASONS: dict[str, EndReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "function_call": "tool_call",
    "content_filter": "filtered",
}
_BROKEN = ("error", "abort")
"""Finish reasons of gateways that say that the answer is not whole."""


# ── the request ──────────────────────────────────────────────────────────────


def chat_messages(request: ChatRequest, origin: str, instructions_role: str = "system") -> list[JsonValue]:
    """`messages` of a request. Reasoning goes back under the name that it came with from this `origin`."""
    protects = speaks_harmony(request.model)
    opening: list[JsonValue] = []
    if request.instructions:
        instructions = neutralise(request.instructions) if protects else request.instructions
        opening.append({"role": instructions_role, "content": instructions})
    return opening + [_message(message, origin, protects) for message in paired(merged(request.messages))]


def chat_tools(tools: Sequence[ToolSpec], *, protects: bool = False) -> list[JsonValue]:
    """`tools` of a request; `protects` neutralises control tokens in descriptions, which may come from outside."""
    return [{"type": "function", "function": _function(tool, protects)} for tool in tools]


def _function(tool: ToolSpec, protects: bool) -> JsonObject:
    description = neutralise(tool.description) if protects else tool.description
    return {"name": tool.name, "description": description, "parameters": tool.parameters}


def _message(message: Message, origin: str, protects: bool) -> JsonObject:
    def safe(text: str) -> str:
        return neutralise(text) if protects else text

    match message:
        case UserMessage(text):
            return {"role": "user", "content": safe(text)}
        case ToolResult(call_id, _, text):
            return {"role": "tool", "tool_call_id": call_id, "content": safe(text)}
        case AssistantMessage(text, reasoning, call, replay):
            wire: JsonObject = {"role": "assistant", "content": safe(text)}
            if reasoning:
                wire[_reasoning_name(replay, origin)] = safe(reasoning)
            if call is not None:
                function: JsonObject = {"name": call.name, "arguments": safe(call.arguments_text)}
                wire["tool_calls"] = [{"id": call.id, "type": "function", "function": function}]
            return wire
        case _:
            assert_never(message)


def _reasoning_name(replay: Replay | None, origin: str) -> str:
    is_ours = replay is not None and replay.origin == origin and replay.data in REASONING_NAMES
    return replay.data if replay is not None and is_ours else REASONING_NAMES[0]


# ── the answer ───────────────────────────────────────────────────────────────


class ChatDecoder:
    """Chunks of one answer to events. `origin` names backend and model, for the replay of the reasoning's name.

    `needs_done` says that this server always ends with `[DONE]`, so that an answer without it is cut off even when a
    finish reason came.
    """

    def __init__(self, provider: Provider, request: ChatRequest, origin: str, *, needs_done: bool = False) -> None:
        self.is_done = False
        self.model = ""
        self.usage = Usage()
        self._call = FirstCall()
        self._provider = provider
        self._request = request
        self._origin = origin
        self._needs_done = needs_done
        self._finish = ""
        restores = speaks_harmony(request.model)
        self._content = ContentReader(restores)
        self._thought = Restorer() if restores else None
        self._reasoning_name = ""
        self._text = StringIO()
        self._thoughts = StringIO()
        self._lost_call: CallRejected | None = None

    @property
    def has_text(self) -> bool:
        return self._text.tell() > 0

    @property
    def has_reasoning(self) -> bool:
        return self._thoughts.tell() > 0

    def feed(self, event: ServerEvent) -> list[StreamEvent]:
        """Raises the error that the server put into the stream, and UnexpectedAnswer for what is no JSON object."""
        if self.is_done:
            return []
        if event.data[:1] != "{" and event.data.strip() == "[DONE]":
            self.is_done = True
            return []
        return self._chunk(parse_object(event.data), is_error=event.name == "error")

    def feed_body(self, body: JsonObject) -> list[StreamEvent]:
        events = self._chunk(body, is_error=False)
        self.is_done = bool(self._finish)
        return events

    def _chunk(self, chunk: JsonObject, is_error: bool) -> list[StreamEvent]:
        if is_error or chunk.get("error"):
            self._take_error(chunk)
            return []
        if not self.model and isinstance(model := chunk.get("model"), str):
            self.model = model
        if "usage" in chunk and (usage := object_at(chunk, "usage")):
            self.usage = chat_usage(usage, object_at(chunk, "timings"))
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return []
        finish = choice.get("finish_reason")
        if choice.get("error") or finish in _BROKEN:
            raise error_in_stream(
                choice if choice.get("error") else {"error": f"finish_reason {finish}"}, self._provider
            )
        delta = choice.get("delta") or choice.get("message")
        events = self._delta(delta) if isinstance(delta, dict) else []
        if isinstance(finish, str) and finish:
            self._finish = finish
        return events

    def _take_error(self, chunk: JsonObject) -> None:
        words = error_words(chunk, self._provider)
        if not is_unparsed_call(words):
            raise error_in_stream(chunk, self._provider)
        self._lost_call = CallRejected("not_a_call", "the server could not parse the call", words)
        self._finish = "tool_calls"
        self.is_done = True

    def _delta(self, delta: JsonObject) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for name, value in delta.items():
            if not value:
                continue
            match name:
                case "content" | "refusal" if isinstance(value, str):
                    events += self._seen(self._content.feed(value))
                case "reasoning" if isinstance(value, str):
                    events += self._reasoning(name, value)
                case "reasoning_content" if isinstance(value, str) and not delta.get("reasoning"):
                    # some servers send the same text under both names
                    events += self._reasoning(name, value)
                case "tool_calls" if isinstance(value, list):
                    events += [progress for entry in value if (progress := self._call.feed(entry)) is not None]
                case "function_call" if isinstance(progress := self._call.feed(value), CallProgress):
                    events.append(progress)
                case _:
                    pass
        return events

    def _reasoning(self, name: str, text: str) -> Sequence[ReasoningDelta]:
        self._reasoning_name = self._reasoning_name or name
        shown = self._thought.feed(text) if self._thought else text
        self._thoughts.write(shown)
        return (ReasoningDelta(shown),) if shown else ()

    def close(self) -> list[StreamEvent]:
        if not self._finish or (self._needs_done and not self.is_done):
            raise StreamCut(
                f"The answer of {self._provider.name} ended without its end marker.",
                next_step="Look whether the model is still loaded, then ask again.",
            )
        is_cut = self._finish in ("length", "content_filter")
        rest, sample = self._content.finish("length" if is_cut else "stop")
        events = [*self._flush_thought(), *self._seen(rest)]
        if self._lost_call is not None:
            outcome: list[StreamEvent] = [self._lost_call]
        else:
            written = WrittenCall(self._call.id, self._call.name, self._call.arguments)
            call = written if self._call.is_present else None
            outcome = conclude(
                self._request, call, sample, self._text.getvalue(), self._thoughts.getvalue(), is_cut=is_cut
            )
            self._text.writelines(event.text for event in outcome if isinstance(event, TextCorrected))
        replay = Replay(self._origin, self._reasoning_name) if self._reasoning_name else None
        end = StepEnd(end_reason(_END_REASONS.get(self._finish, "stop"), outcome), self.usage, self.model, replay)
        return [*events, *outcome, end]

    def _flush_thought(self) -> list[StreamEvent]:
        rest = self._thought.close() if self._thought else ""
        return [ReasoningDelta(rest)] if rest else []

    def _seen(self, deltas: Sequence[Delta]) -> Sequence[Delta]:
        for delta in deltas:
            if isinstance(delta, TextDelta):
                self._text.write(delta.text)
            elif isinstance(delta, ReasoningDelta):
                self._thoughts.write(delta.text)
        return deltas


def chat_usage(usage: JsonObject, timings: JsonObject | None = None) -> Usage:
    """`usage` of a chunk; `timings` is what llama.cpp's server adds, in milliseconds."""
    times = timings or {}
    cached = count_at(object_at(usage, "prompt_tokens_details"), "cached_tokens")
    return Usage(
        prompt_tokens=count_at(usage, "prompt_tokens"),
        cached_tokens=count_at(times, "cache_n") if cached is None else cached,
        output_tokens=count_at(usage, "completion_tokens"),
        reasoning_tokens=count_at(object_at(usage, "completion_tokens_details"), "reasoning_tokens"),
        prompt_seconds=_seconds(times, "prompt_ms"),
        output_seconds=_seconds(times, "predicted_ms"),
    )


def _seconds(times: JsonObject, name: str) -> float | None:
    found = times.get(name)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found < COUNT_LIMIT:
        return None
    return found / 1000
