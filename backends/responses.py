"""The OpenAI Responses wire both ways: a request's body, and its events to stream events (openai.md §3). No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import StringIO
from typing import assert_never

from backends.conclusion import WrittenCall, conclude, end_reason, speaks_harmony
from backends.content import ContentReader
from backends.decode import ServerEvent, count_at, object_at, objects_at, parse_json, parse_object, text_at
from backends.errors import StreamCut, UnexpectedAnswer
from backends.events import CallProgress, EndReason, ReasoningDelta, StepEnd, StreamEvent, TextDelta
from backends.harmony import Delta, neutralise
from backends.pairing import paired
from backends.stream_errors import error_in_stream
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

_REPLAYED_FIELDS = ("type", "id", "summary", "content", "encrypted_content")

# ── the request ──────────────────────────────────────────────────────────────


def responses_input(request: ChatRequest, origin: str) -> list[JsonValue]:
    """`input` items in order. Reasoning items come back only from the same `origin`, directly before their call."""
    protects = speaks_harmony(request.model)
    return [item for message in paired(request.messages) for item in _items(message, origin, protects)]


def responses_tools(tools: Sequence[ToolSpec], *, protects: bool = False) -> list[JsonValue]:
    """Flat function tools; `strict` has to be present here. `protects` as in `chat_tools`."""
    return [
        {
            "type": "function",
            "name": tool.name,
            "description": neutralise(tool.description) if protects else tool.description,
            "parameters": tool.parameters,
            "strict": False,
        }
        for tool in tools
    ]


def _items(message: Message, origin: str, protects: bool) -> list[JsonValue]:
    def safe(text: str) -> str:
        return neutralise(text) if protects else text

    match message:
        case UserMessage(text):
            return [{"role": "user", "content": safe(text)}]
        case ToolResult(call_id, _, text):
            return [{"type": "function_call_output", "call_id": call_id, "output": safe(text)}]
        case AssistantMessage(text, _, call, replay):
            called: list[JsonValue] = []
            if call is not None:
                arguments = safe(call.arguments_text)
                called = [{"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments}]
            if replay is not None and replay.origin == origin and (items := _replayed(replay, called)):
                return items
            return [*([_said(safe(text))] if text else []), *called]
        case _:
            assert_never(message)


def _said(text: str) -> JsonObject:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def _replayed(replay: Replay, called: list[JsonValue]) -> list[JsonValue]:
    """The server's own items, with the call as it was executed; empty when a half of a pair would be missing."""
    try:
        items = parse_json(replay.data)
    except UnexpectedAnswer:
        return []
    if not isinstance(items, list):
        return []
    has_call = bool(items) and items[-1] == _CALL_GOES_HERE
    if has_call != bool(called):
        return []
    return [*items[:-1], *called] if has_call else items


_CALL_GOES_HERE: JsonObject = {"type": "function_call"}


# ── the answer ───────────────────────────────────────────────────────────────


def responses_usage(usage: JsonObject) -> Usage:
    return Usage(
        prompt_tokens=count_at(usage, "input_tokens"),
        cached_tokens=count_at(object_at(usage, "input_tokens_details"), "cached_tokens"),
        output_tokens=count_at(usage, "output_tokens"),
        reasoning_tokens=count_at(object_at(usage, "output_tokens_details"), "reasoning_tokens"),
    )


class ResponsesDecoder:
    """Events of one response to stream events. `origin` names backend and model, whose reasoning items come back."""

    def __init__(self, provider: Provider, request: ChatRequest, origin: str) -> None:
        self.is_done = False
        self.model = ""
        self.usage = Usage()
        self._provider = provider
        self._request = request
        self._origin = origin
        self._reason: EndReason | None = None
        self._content = ContentReader(speaks_harmony(request.model))
        self._text = StringIO()
        self._thoughts = StringIO()
        self._items: dict[int, JsonObject] = {}
        self._streamed: set[tuple[str, int, int]] = set()  # texts of which a delta came: family, item, part
        self._shown: dict[str, tuple[int, int]] = {}  # the part that each family of texts stands in
        self._call_index: int | None = None
        self._call_name = ""

    def feed(self, event: ServerEvent) -> list[StreamEvent]:
        if self.is_done or event.data.strip() == "[DONE]":
            return []
        data = parse_object(event.data)
        return self._event(text_at(data, "type") or event.name, data)

    def feed_body(self, body: JsonObject) -> list[StreamEvent]:
        status = text_at(body, "status")
        if body.get("error") or status not in ("completed", "incomplete", "failed"):
            raise error_in_stream(body, self._provider)
        return self._event(f"response.{status}", {"response": body})

    def _event(self, kind: str, data: JsonObject) -> list[StreamEvent]:
        match kind.removeprefix("response."):
            case "output_text.delta" | "refusal.delta":
                return self._piece("text", data, "delta", "content_index")
            case "output_text.done":
                return self._whole("text", data, "text", "content_index")
            case "refusal.done":
                return self._whole("text", data, "refusal", "content_index")
            case "reasoning_text.delta":
                return self._piece("reasoning", data, "delta", "content_index")
            case "reasoning_text.done":
                return self._whole("reasoning", data, "text", "content_index")
            case "reasoning_summary_text.delta":
                return self._piece("summary", data, "delta", "summary_index")
            case "reasoning_summary_text.done":
                return self._whole("summary", data, "text", "summary_index")
            case "function_call_arguments.delta":
                return self._call_piece(data)
            case "output_item.added":
                return self._item_begins(data)
            case "output_item.done":
                return self._item_ends(_index(data, "output_index"), object_at(data, "item"))
            case "completed" | "incomplete" | "failed" | "cancelled" as status:
                return self._end(status, object_at(data, "response"))
            case "error":
                raise error_in_stream(data, self._provider)
            case _:
                if data.get("error"):
                    raise error_in_stream(data, self._provider)
                return []

    # ── texts ────────────────────────────────────────────────────────────────

    def _piece(self, family: str, data: JsonObject, field: str, part: str) -> list[StreamEvent]:
        place = (_index(data, "output_index"), _index(data, part))
        if family == "summary" and ("reasoning", place[0], 0) in self._streamed:
            return []  # the reasoning itself is there already
        self._streamed.add((family, *place))
        text = text_at(data, field)
        if not text:
            return []
        before = self._shown.get(family)
        self._shown[family] = place
        return self._show(family, text if before in (None, place) else f"\n\n{text}")

    def _whole(self, family: str, data: JsonObject, field: str, part: str) -> list[StreamEvent]:
        """Some servers send a text only when it is finished."""
        if (family, _index(data, "output_index"), _index(data, part)) in self._streamed:
            return []
        return self._piece(family, data, field, part)

    def _show(self, family: str, text: str) -> list[StreamEvent]:
        if family != "text":
            self._thoughts.write(text)
            return [ReasoningDelta(text)]
        return self._said(self._content.feed(text))

    def _said(self, deltas: list[Delta]) -> list[StreamEvent]:
        self._text.writelines(delta.text for delta in deltas if isinstance(delta, TextDelta))
        return list(deltas)

    # ── items ────────────────────────────────────────────────────────────────

    def _item_begins(self, data: JsonObject) -> list[StreamEvent]:
        item = object_at(data, "item")
        if item.get("type") != "function_call" or self._call_index is not None:
            return []
        self._call_index, self._call_name = _index(data, "output_index"), text_at(item, "name")
        return [CallProgress(self._call_name, "")]

    def _call_piece(self, data: JsonObject) -> list[StreamEvent]:
        piece = text_at(data, "delta")
        if _index(data, "output_index") != self._call_index or not piece:
            return []
        return [CallProgress(self._call_name, piece)]

    def _item_ends(self, index: int, item: JsonObject) -> list[StreamEvent]:
        self._items[index] = item
        family = "text" if item.get("type") == "message" else "reasoning"
        content = self._parts(family, index, objects_at(item, "content"), "content_index")
        return content + self._parts("summary", index, objects_at(item, "summary"), "summary_index")

    def _parts(self, family: str, index: int, parts: list[JsonObject], name: str) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for number, part in enumerate(parts):
            field = "refusal" if part.get("type") == "refusal" else "text"
            events += self._whole(family, {"output_index": index, name: number, field: part.get(field)}, field, name)
        return events

    # ── the end ──────────────────────────────────────────────────────────────

    def _end(self, status: str, response: JsonObject) -> list[StreamEvent]:
        if status in ("failed", "cancelled"):
            raise error_in_stream({"error": response.get("error") or f"the response was {status}"}, self._provider)
        self.is_done = True
        self.model = text_at(response, "model")
        self.usage = responses_usage(object_at(response, "usage"))
        self._reason = "stop"
        if status == "incomplete":
            why = text_at(object_at(response, "incomplete_details"), "reason")
            self._reason = "filtered" if why == "content_filter" else "length"
        events: list[StreamEvent] = []
        for index, item in enumerate(objects_at(response, "output")):
            if index not in self._items:
                events += self._item_ends(index, item)
        return events

    def close(self) -> list[StreamEvent]:
        if self._reason is None:
            raise StreamCut(
                f"The answer of {self._provider.name} ended without its end marker.", next_step="Ask again."
            )
        rest, sample = self._content.finish("stop" if self._reason == "stop" else "length")
        events = self._said(rest)
        items = [self._items[index] for index in sorted(self._items)]
        call = next((item for item in items if item.get("type") == "function_call"), None)
        written = _written(call) if call else None
        text, thought = self._text.getvalue(), self._thoughts.getvalue()
        outcome = conclude(self._request, written, sample, text, thought, is_cut=_is_cut(call, self._reason))
        data = _replay(items)
        replay = Replay(self._origin, data) if data else None
        return [*events, *outcome, StepEnd(end_reason(self._reason, outcome), self.usage, self.model, replay)]


def _written(call: JsonObject) -> WrittenCall:
    return WrittenCall(text_at(call, "call_id"), text_at(call, "name"), text_at(call, "arguments"))


def _is_cut(call: JsonObject | None, reason: EndReason) -> bool:
    return reason != "stop" and (call is None or call.get("status") != "completed")


def _replay(items: list[JsonObject]) -> str:
    """The items up to the first call, as `input` wants them; empty when no reasoning has what must follow it."""
    kept: list[JsonValue] = []
    for item in items:
        match item.get("type"):
            case "reasoning":
                kept.append({name: item[name] for name in _REPLAYED_FIELDS if item.get(name) is not None})
            case "message":
                kept.append(_said(_message_text(item)))
            case "function_call":
                kept.append(_CALL_GOES_HERE)
                break
            case _:
                pass
    while kept and isinstance(last := kept[-1], dict) and last.get("type") == "reasoning":
        kept.pop()
    has_reasoning = any(isinstance(item, dict) and item.get("type") == "reasoning" for item in kept)
    return json.dumps(kept, ensure_ascii=False) if has_reasoning else ""


def _message_text(item: JsonObject) -> str:
    return "".join(text_at(part, "text") or text_at(part, "refusal") for part in objects_at(item, "content"))


def _index(data: JsonObject, name: str) -> int:
    return count_at(data, name) or 0
