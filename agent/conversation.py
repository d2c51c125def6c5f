"""The messages of a session, and the part of them that the next prompt holds.

Append-only: inside a turn nothing that was sent changes, so the server's cache serves all of it. When a turn ends its
reasoning leaves the prompt, as the model was trained (gpt-oss.md §1), and stays in the record.
"""

from __future__ import annotations

from dataclasses import replace

from backends.types import AssistantMessage, Message, ToolResult, UserMessage

CANCELLED_RESULT = "Cancelled by the user before it finished."


class Conversation:
    """Finished turns as they go into prompts, and the open turn as it stands."""

    def __init__(self, record: tuple[Message, ...] = ()) -> None:
        self._record: list[Message] = list(record)
        self._settled: list[Message] = [without_reasoning(message) for message in record]
        self._open: list[Message] = []

    @property
    def record(self) -> tuple[Message, ...]:
        """Everything ever said, reasoning included."""
        return (*self._record, *self._open)

    @property
    def prompt(self) -> tuple[Message, ...]:
        """What the next request sends."""
        return (*self._settled, *self._open)

    @property
    def open_turn(self) -> tuple[Message, ...]:
        return tuple(self._open)

    def begin_turn(self, text: str) -> None:
        """Start a turn with the person's message; a turn left open by a crash or a cancel is settled first."""
        self.end_turn()
        self._open.append(UserMessage(text))

    def append(self, message: AssistantMessage | ToolResult) -> None:
        self._open.append(message)

    def end_turn(self) -> None:
        """Settle the open turn: answer a call that was left open, then let the reasoning go."""
        if not self._open:
            return
        last = self._open[-1]
        if isinstance(last, AssistantMessage) and last.call is not None:
            self._open.append(ToolResult(last.call.id, last.call.name, CANCELLED_RESULT))
        self._record += self._open
        self._settled += (without_reasoning(message) for message in self._open if not _is_bare_reasoning(message))
        self._open = []


def without_reasoning(message: Message) -> Message:
    """The message as it looks in later turns. A replay holds reasoning too, so it goes as well."""
    if isinstance(message, AssistantMessage) and (message.reasoning or message.replay):
        return replace(message, reasoning="", replay=None)
    return message


def _is_bare_reasoning(message: Message) -> bool:
    return isinstance(message, AssistantMessage) and not message.text and message.call is None
