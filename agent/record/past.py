"""What a session file tells of the session: its conversation, what was shortened, which files changed when. Pure.

The messages are mended as they are recalled: a damaged file may have lost a call or its result, and no server takes
one without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.calls import CallCounts
from agent.record.entries import (
    Entry,
    FilesChanged,
    FilesTurned,
    Lengthened,
    Opened,
    ProfileUsed,
    Rewound,
    Said,
    Shortened,
    Titled,
    TurnClosed,
)
from backends.frozen import frozen
from backends.types import AssistantMessage, Message, ToolResult, UserMessage

CANCELLED_RESULT = "Cancelled by the user before it finished."


@frozen
class Shortening:
    """`prompt` stands for the first `at` messages."""

    at: int
    prompt: tuple[Message, ...]


@frozen
class AppliedStep:
    """An apply; `at` is how many messages had been said."""

    undo_id: str
    paths: tuple[str, ...]
    at: int


@frozen
class TurnedStep:
    """A step undone or redone by the person, after `at` messages. `files` as in FilesTurned."""

    undo_id: str
    kind: Literal["undo", "redo"]
    paths: tuple[str, ...]
    at: int
    files: tuple[str, ...] = ()


@frozen
class Past:
    """A session as far as it went. Of `messages` the first `settled` belong to turns that ended.

    `calls` holds a model and its counts for each turn, those of rewound turns too: they happened.
    """

    session: str = ""
    workspace: str = ""
    date: str = ""
    forked_from: str = ""
    title: str = ""
    profile: str = ""
    messages: tuple[Message, ...] = ()
    settled: int = 0
    shortenings: tuple[Shortening, ...] = ()
    applied: tuple[AppliedStep, ...] = ()
    turned: tuple[TurnedStep, ...] = ()
    calls: tuple[tuple[str, CallCounts], ...] = ()

    @property
    def was_interrupted(self) -> bool:
        """Whether the last turn has no end."""
        return self.settled < len(self.messages)

    @property
    def is_silent(self) -> bool:
        """Whether every turn ended before the model said a word, as with a server that is not there."""
        return not self.was_interrupted and not any(isinstance(said, AssistantMessage) for said in self.messages)

    @property
    def name(self) -> str:
        """The title, or the first line that the person wrote."""
        first = next((message.text for message in self.messages if isinstance(message, UserMessage)), "")
        return self.title or (first.strip().splitlines() or ["(empty)"])[0]


def recall(entries: Iterable[Entry]) -> Past:
    """The session that intact entries tell of, rewinds and shortenings followed."""
    teller = _Teller()
    for entry in entries:
        teller.hear(entry)
    return teller.past()


def mend(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Every result behind its call and every call but the last one with a result; what has no partner goes."""
    mended: list[Message] = []
    for message in messages:
        last = mended[-1] if mended else None
        waiting = last.call if isinstance(last, AssistantMessage) else None
        if isinstance(message, ToolResult):
            if waiting is None or waiting.id != message.call_id:
                continue
        elif waiting is not None:
            mended.append(ToolResult(waiting.id, waiting.name, CANCELLED_RESULT))
        mended.append(message)
    return tuple(mended)


@dataclass(slots=True)
class _Teller:
    facts: Past = field(default_factory=Past)
    said: list[Message] = field(default_factory=list[Message])
    settled: int = 0
    shortenings: list[Shortening] = field(default_factory=list[Shortening])
    applied: list[AppliedStep] = field(default_factory=list[AppliedStep])
    turned: list[TurnedStep] = field(default_factory=list[TurnedStep])
    calls: list[tuple[str, CallCounts]] = field(default_factory=list[tuple[str, CallCounts]])

    def hear(self, entry: Entry) -> None:
        at = len(self.said)
        match entry:
            case Opened(session, workspace, date, _, forked_from):
                self.facts = replace(
                    self.facts, session=session, workspace=workspace, date=date, forked_from=forked_from
                )
            case Said(message):
                self.said.append(message)
            case TurnClosed(_, model, calls):
                self.settled = at
                self.calls.append((model, calls))
            case ProfileUsed(profile):
                self.facts = replace(self.facts, profile=profile)
            case Titled(title):
                self.facts = replace(self.facts, title=title)
            case FilesChanged(undo_id, paths):
                self.applied.append(AppliedStep(undo_id, paths, at))
            case FilesTurned(undo_id, kind, paths, files):
                self.turned.append(TurnedStep(undo_id, kind, paths, at, files))
            case Shortened(prompt):
                self.shortenings.append(Shortening(at, prompt))
            case Lengthened():
                del self.shortenings[-1:]
            case Rewound(messages):
                self._rewind(messages)

    def past(self) -> Past:
        messages = mend(self.said)
        is_whole = messages == tuple(self.said)
        return replace(
            self.facts,
            messages=messages,
            settled=self.settled if is_whole else len(messages),
            # Their places are lost with the messages that were lost.
            shortenings=tuple(self.shortenings) if is_whole else (),
            applied=tuple(replace(step, at=min(step.at, len(messages))) for step in self.applied),
            turned=tuple(replace(step, at=min(step.at, len(messages))) for step in self.turned),
            calls=tuple(self.calls),
        )

    def _rewind(self, messages: int) -> None:
        del self.said[messages:]
        self.settled = min(self.settled, len(self.said))
        self.shortenings = [short for short in self.shortenings if short.at <= messages]
        self.applied, self.turned = rewound_steps(self.applied, self.turned, messages)


def rewound_steps(
    applied: Sequence[AppliedStep], turned: Sequence[TurnedStep], at: int
) -> tuple[list[AppliedStep], list[TurnedStep]]:
    """The steps that a conversation of `at` messages still speaks of; what the model was told later is untold again."""
    kept = [step for step in applied if step.at <= at]
    ids = {step.undo_id for step in kept}
    return kept, [replace(step, at=min(step.at, at)) for step in turned if step.undo_id in ids]
