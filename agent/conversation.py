"""The messages of a session, and the part of them that the next prompt holds.

Append-only: inside a turn nothing that was sent changes, so the server's cache serves all of it. When a turn ends its
reasoning leaves the prompt, as the model was trained (gpt-oss.md §1), and stays in the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.record.entries import Entry, Lengthened, Rewound, Said, Shortened
from agent.record.past import CANCELLED_RESULT, Past, Shortening
from backends.types import AssistantMessage, Message, ToolResult, UserMessage

__all__ = ["CANCELLED_RESULT", "Conversation"]


class Conversation:
    """The record, which only grows, and the prompt: the record without finished reasoning, until it is shortened.

    It goes on from `past`. `keep` is told of everything the moment it happens, so that it is on disk before it is sent.
    """

    def __init__(
        self,
        past: Past = Past(),  # noqa: B008  (frozen)
        keep: Callable[[Entry], None] = lambda _: None,
    ) -> None:
        self._keep = keep
        self._record: list[Message] = list(past.messages)
        self._shortenings: list[Shortening] = list(past.shortenings)
        self._settled: list[Message] = []
        self._open: list[Message] = []
        self._rebuild(past.settled)

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
        self._shortenings.append(Shortening(len(self._record), prompt))
        self._settled, self._open = ([], list(prompt)) if self._open else (list(prompt), [])
        self._keep(Shortened(prompt))

    def lengthen(self) -> bool:
        """Undo the last `shorten` between turns, keeping what was said since; False when there is none."""
        if not self._shortenings or self._open:
            return False
        del self._shortenings[-1]
        self._rebuild(len(self._record))
        self._keep(Lengthened())
        return True

    def rewind(self, messages: int) -> None:
        """Go on, between turns, as if only the first `messages` messages had been said."""
        assert not self._open
        del self._record[messages:]
        self._shortenings = [short for short in self._shortenings if short.at <= messages]
        self._rebuild(messages)
        self._keep(Rewound(messages))

    def _rebuild(self, settled: int) -> None:
        """The prompt from record and shortenings, when the turns of the first `settled` messages have ended."""
        last = self._shortenings[-1] if self._shortenings else Shortening(0, ())
        if last.at > settled:
            self._settled, self._open = [], [*last.prompt, *self._record[last.at :]]
        else:
            self._settled = _settle([*last.prompt, *self._record[last.at : settled]])
            self._open = self._record[settled:]

    def _add(self, message: Message) -> None:
        self._record.append(message)
        self._open.append(message)
        self._keep(Said(message))


def _settle(messages: list[Message]) -> list[Message]:
    """Messages as they look in later turns: no reasoning, and no replay either, since that holds it too."""
    bare = (m for m in messages if not (isinstance(m, AssistantMessage) and not m.text and m.call is None))
    return [replace(m, reasoning="", replay=None) if isinstance(m, AssistantMessage) else m for m in bare]
