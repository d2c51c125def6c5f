"""A conversation in which every call has its result and every result its call (openai.md §2). No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
