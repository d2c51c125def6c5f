"""What a turn tells its watchers: the full-screen app, `oss-tui exec`, tests.

A turn is `TurnStarted`, then steps (`StepStarted` … `StepFinished`) with the tool calls between them, then exactly one
`TurnEnded`. The stream events of `backends` that a person can watch pass through unchanged and are named here, so that
a watcher needs this module alone.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from agent.compaction import Report
from agent.edits.proposal import Proposal
from backends.errors import BackendError
from backends.events import CallProgress, CallRejected, ReasoningDelta, TextCorrected, TextDelta, Waiting
from backends.frozen import frozen
from backends.types import ToolCall, Usage, Window

TurnOutcome = Literal["answered", "cancelled", "failed", "empty", "stopped"]
ToolState = Literal["done", "failed", "rejected", "cancelled"]


@frozen
class TokenCount:
    """A number of tokens; an estimate is shown with `≈`, what the server counted without."""

    tokens: int
    is_estimate: bool = True


@frozen
class ContextUse:
    """How full the window is for the next prompt, by kind. The kinds add up to `used.tokens`."""

    used: TokenCount
    window: Window
    instructions: int
    files: int
    conversation: int
    reasoning: int

    @property
    def fits(self) -> bool:
        return self.used.tokens < self.window.tokens


@frozen
class TurnStarted:
    prompt: str


@frozen
class StepStarted:
    """A request is about to be sent. `number` counts from 1 in the turn."""

    number: int
    context: ContextUse


@frozen
class StepTiming:
    """Seconds on the client's monotonic clock; `first_token` None when nothing came."""

    total: float
    first_token: float | None
    output: float


@frozen
class StepFinished:
    """The server finished an answer. `unchanged_tokens` is how much of the prompt the previous request already had."""

    number: int
    usage: Usage
    timing: StepTiming
    context: ContextUse
    unchanged_tokens: int


@frozen
class Resampled:
    """The model's turn was malformed and is asked for again; `attempt` counts from 1."""

    reason: str
    attempt: int


@frozen
class Compacted:
    """The prompt was shortened to make room; the report says what was trimmed, summarised and kept."""

    report: Report


@frozen
class ToolStarted:
    """A call begins. `title` is its one line in the transcript, e.g. `auth/session.py 1–80`."""

    call: ToolCall
    title: str
    repairs: tuple[str, ...] = ()


@frozen
class ToolOutput:
    """Live output of a running call."""

    call_id: str
    text: str


@frozen
class ToolFinished:
    """A call ended. `text` goes to the model as it is; `summary` is for the person, e.g. `14 matches in 5 files`."""

    call_id: str
    state: ToolState
    text: str
    summary: str = ""


@frozen
class ProposalReady:
    """The turn waits for a `ReviewDecision`. Nothing is written yet."""

    call_id: str
    proposal: Proposal


@frozen
class EditsApplied:
    """Files were written, exactly as reviewed; `paths` as they are named on disk now."""

    call_id: str
    paths: tuple[str, ...]
    undo_id: str


@frozen
class CommandPending:
    """The turn waits for a `CommandDecision`. `command` is shown whole; `is_sandboxed` tells how it would run.

    `can_always`: whether "always" may be offered; it would allow exactly these words. `reason` is why it is asked.
    """

    request_id: str
    call_id: str
    command: str
    folder: str
    is_sandboxed: bool
    warning: str = ""
    can_always: bool = False
    reason: str = ""


@frozen
class Notice:
    """One quiet line that is part of the record, e.g. a repaired call or a window that changed."""

    text: str
    level: Literal["info", "warning", "error"] = "info"


@frozen
class TurnEnded:
    """The turn is over. `error` only when it failed; partial text shown before stays and is marked cut off.

    `is_unsent`: the message went nowhere and is no part of the conversation; it is the person's again.
    """

    outcome: TurnOutcome
    text: str = ""
    error: BackendError | None = None
    is_unsent: bool = False


TurnEvent: TypeAlias = (
    TurnStarted
    | StepStarted
    | Waiting
    | ReasoningDelta
    | TextDelta
    | TextCorrected
    | CallProgress
    | CallRejected
    | StepFinished
    | Resampled
    | Compacted
    | ToolStarted
    | ToolOutput
    | ToolFinished
    | ProposalReady
    | EditsApplied
    | CommandPending
    | Notice
    | TurnEnded
)

__all__ = [
    "CallProgress",
    "CallRejected",
    "CommandPending",
    "Compacted",
    "ContextUse",
    "EditsApplied",
    "Notice",
    "ProposalReady",
    "ReasoningDelta",
    "Resampled",
    "StepFinished",
    "StepStarted",
    "StepTiming",
    "TextCorrected",
    "TextDelta",
    "TokenCount",
    "ToolFinished",
    "ToolOutput",
    "ToolStarted",
    "ToolState",
    "TurnEnded",
    "TurnEvent",
    "TurnOutcome",
    "TurnStarted",
    "Waiting",
]
