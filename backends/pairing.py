"""A conversation in the order that OpenAI's wires and the models' templates demand (openai.md §2). No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from backends.types import AssistantMessage, Message, ToolCall, ToolResult, UserMessage

NO_RESULT = "No result: the call was cancelled."


def paired(messages: Sequence[Message]) -> Iterator[Message]:
    """The messages in order; a call left open gets a result that says so, a stray result becomes plain text."""
    open_call: ToolCall | None = None
    for message in messages:
        if isinstance(message, ToolResult):
            if open_call is not None and message.call_id == open_call.id:
                open_call = None
                yield message
            else:
                yield UserMessage(f"Result of {message.name}:\n{message.text}")
            continue
        if open_call is not None:
            yield ToolResult(open_call.id, open_call.name, NO_RESULT)
        open_call = message.call if isinstance(message, AssistantMessage) else None
        yield message
    if open_call is not None:
        yield ToolResult(open_call.id, open_call.name, NO_RESULT)


def merged(messages: Sequence[Message]) -> list[Message]:
    """Assistant messages in a row as one: templates want the roles to alternate, and servers lose the later call."""
    kept: list[Message] = []
    for message in messages:
        last = kept[-1] if kept else None
        if isinstance(message, AssistantMessage) and isinstance(last, AssistantMessage) and last.call is None:
            text, reasoning = _joined(last.text, message.text), _joined(last.reasoning, message.reasoning)
            replay = message.replay or last.replay
            kept[-1] = replace(message, text=text, reasoning=reasoning, replay=replay)
        else:
            kept.append(message)
    return kept


def _joined(first: str, second: str) -> str:
    return "\n\n".join(part for part in (first, second) if part)
