"""What the model is doing, in one of a few honest states; pure: events and a clock reading in, words out.

Silence is part of it: a server that says nothing is never shown as one that thinks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from agent.events import (
    CallProgress,
    CommandPending,
    ProposalReady,
    ReasoningDelta,
    Resampled,
    StepStarted,
    TextDelta,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnEnded,
    TurnEvent,
    TurnStarted,
    Waiting,
)
from agent.own_reports import OWN_COMMAND
from backends.frozen import frozen
from tui.units import seconds, tokens

SHOW_ELAPSED = 2.0
SILENCE = 15.0

State = Literal[
    "idle", "contacting", "loading", "queued", "reading", "thinking", "writing", "calling", "running", "asking"
]
Tone = Literal["calm", "busy", "asking", "worried"]

_WORDS: dict[State, str] = {
    "idle": "",
    "contacting": "waiting for the server",
    "loading": "loading the model",
    "queued": "queued behind another request",
    "reading": "reading the prompt",
    "thinking": "thinking",
    "writing": "writing",
    "calling": "writing a tool call",
    "running": "running",
    "asking": "waiting for you",
}
_SERVER_STATES: frozenset[State] = frozenset({"contacting", "queued", "reading", "thinking", "writing", "calling"})
"""States in which silence means something: loading takes minutes, and tools and people take their time."""


@frozen
class Progress:
    """Where a turn stands. Times are seconds on the caller's monotonic clock; `done`/`total` are prompt tokens.

    `last_sign` is when the server last showed that it lives, `last_news` when it last got on.
    """

    state: State = "idle"
    since: float = 0.0
    last_sign: float = 0.0
    last_news: float = 0.0
    tool: str = ""
    done: int | None = None
    total: int | None = None


@frozen
class Words:
    text: str
    tone: Tone


def after(progress: Progress, event: TurnEvent, now: float) -> Progress:
    """The progress once `event` happened at `now`."""
    if isinstance(event, Waiting) and event.phase == "alive":
        return replace(progress, last_sign=now)
    state, tool = _state(event, progress)
    done, total = (event.done, event.total) if isinstance(event, Waiting) else (None, None)
    since = progress.since if (state, tool) == (progress.state, progress.tool) else now
    moved = replace(progress, state=state, since=since, last_sign=now, tool=tool, done=done, total=total)
    is_news = not isinstance(event, Waiting) or (state, done) != (progress.state, progress.done)
    return replace(moved, last_news=now) if is_news else moved


def _state(event: TurnEvent, before: Progress) -> tuple[State, str]:
    match event:
        case TurnStarted() | StepStarted() | ToolFinished() | Resampled():
            return "contacting", ""
        case Waiting(phase="connecting"):
            return "contacting", ""
        case Waiting(phase="loading" | "queued" | "reading" as phase):
            return phase, ""
        case ReasoningDelta():
            return "thinking", ""
        case TextDelta():
            return "writing", ""
        case CallProgress():
            return "calling", ""
        case ToolStarted(call=call):
            return "running", "your command" if call.name == OWN_COMMAND else call.name
        case ToolOutput():
            return "running", before.tool
        case ProposalReady() | CommandPending():
            return "asking", ""
        case TurnEnded():
            return "idle", ""
        case _:
            return before.state, before.tool


def answered(progress: Progress, now: float) -> Progress:
    """The person decided; the turn goes on."""
    return replace(progress, state="running", tool="", since=now, last_sign=now, last_news=now)


def describe(progress: Progress, now: float) -> Words:
    """One short line for `progress` at `now`; empty when nothing runs."""
    if progress.state == "idle":
        return Words("", "calm")
    silence, elapsed = now - progress.last_sign, now - progress.since
    if progress.state in _SERVER_STATES and silence >= SILENCE:
        return Words(f"no sign of life for {seconds(silence)}, was {_WORDS[progress.state]}", "worried")
    stuck = now - progress.last_news
    if progress.state in _SERVER_STATES and stuck >= SILENCE:
        return Words(f"the server lives, nothing new for {seconds(stuck)}, was {_WORDS[progress.state]}", "worried")
    words = f"{_WORDS[progress.state]} {progress.tool}".strip()
    if progress.state == "reading" and progress.total:
        words += f" {tokens(progress.done or 0)}/{tokens(progress.total)}"
    if progress.state == "asking":
        return Words(words, "asking")
    return Words(f"{words} · {seconds(elapsed)}" if elapsed >= SHOW_ELAPSED else words, "busy")
