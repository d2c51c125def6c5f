"""The messages of a session, and the part of them that the next prompt holds.

Append-only: inside a turn nothing that was sent changes, so the server's cache serves all of it. When a turn ends its
reasoning leaves the prompt, as the model was trained (gpt-oss.md §1), and stays in the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from backends.types import AssistantMessage, Message, ToolResult, UserMessage

CANCELLED_RESULT = "Cancelled by the user before it finished."


class Conversation:
    """The record, which only grows, and the prompt: the record without finished reasoning, until it is shortened.

    `keep` is told of every message the moment it is added, so that it is on disk before it is sent.
    """

    def __init__(self, record: tuple[Message, ...] = (), keep: Callable[[Message], None] = lambda _: None) -> None:
        self._keep = keep
        self._record: list[Message] = list(record)
        self._settled: list[Message] = _settle(self._record)
        self._open: list[Message] = []
        self._shortened: list[_Shortened] = []

    @property
    def record(self) -> tuple[Message, ...]:
        """Everything ever said, reasoning included."""
        return tuple(self._record)

    @property
    def prompt(self) -> tuple[Message, ...]:
        """What the next request sends."""
        return (*self._settled, *self._open)

    @property
    def requests(self) -> tuple[str, ...]:
        """The person's messages of the whole session."""
        return tuple(message.text for message in self._record if isinstance(message, UserMessage))

    def begin_turn(self, text: str) -> None:
        """Start a turn with the person's message; a turn left open by a crash or a cancel is settled first."""
        self.end_turn()
        self._add(UserMessage(text))

    def append(self, message: AssistantMessage | ToolResult) -> None:
        self._add(message)

    def end_turn(self) -> None:
        """Settle the open turn: answer a call that was left open, then let the reasoning go."""
        if not self._open:
            return
        last = self._open[-1]
        if isinstance(last, AssistantMessage) and last.call is not None:
            self._add(ToolResult(last.call.id, last.call.name, CANCELLED_RESULT))
        self._settled += _settle(self._open)
        self._open = []

    def shorten(self, prompt: tuple[Message, ...]) -> None:
        """Send `prompt` from now on instead of what was sent; the record stays. `lengthen` undoes it."""
        self._shortened.append(_Shortened(self.prompt, len(prompt)))
        self._settled, self._open = ([], list(prompt)) if self._open else (list(prompt), [])

    def lengthen(self) -> bool:
        """Undo the last `shorten` between turns, keeping what was said since; False when there is none."""
        if not self._shortened or self._open:
            return False
        last = self._shortened.pop()
        self._settled = [*_settle(list(last.prompt)), *self._settled[last.length :]]
        return True

    def _add(self, message: Message) -> None:
        self._record.append(message)
        self._open.append(message)
        self._keep(message)


@dataclass(frozen=True, slots=True)
class _Shortened:
    """A prompt before it was shortened, and how many messages it was shortened to."""

    prompt: tuple[Message, ...]
    length: int


def _settle(messages: list[Message]) -> list[Message]:
    """Messages as they look in later turns: no reasoning, and no replay either, since that holds it too."""
    bare = (m for m in messages if not (isinstance(m, AssistantMessage) and not m.text and m.call is None))
    return [replace(m, reasoning="", replay=None) if isinstance(m, AssistantMessage) else m for m in bare]
