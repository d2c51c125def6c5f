"""What a backend reports while a model answers, loads or downloads.

A step is zero or more of `Waiting`, deltas and progress, then at most one `CallReady` or `CallRejected`, then exactly
one `StepEnd`. A stream that raises instead of reaching its `StepEnd` is incomplete, whatever came before.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from backends.frozen import frozen
from backends.types import Replay, ToolCall, Usage

Phase = Literal["connecting", "loading", "queued", "reading", "alive"]
EndReason = Literal["stop", "tool_call", "length", "filtered"]
RejectReason = Literal["unknown_tool", "ambiguous_tool", "not_json", "truncated", "schema", "not_a_call", "dropped"]


@frozen
class Waiting:
    """A sign of life before the first token. `done`/`total` count prompt tokens in phase `reading`, where known.

    Phase `alive` says no more than that, and comes in the middle of an answer too: the server wrote nothing.
    """

    phase: Phase
    done: int | None = None
    total: int | None = None


@frozen
class ReasoningDelta:
    text: str


@frozen
class TextDelta:
    text: str


@frozen
class TextCorrected:
    """The visible text of this step is `text` after all: what streamed held a call or markup."""

    text: str


@frozen
class CallProgress:
    """The model is writing a call. `name` is empty until it is known; `text` is the new piece of the arguments."""

    name: str
    text: str


@frozen
class CallReady:
    """A complete call. `repairs` names what was mended, in order; empty when the model wrote it as it should."""

    call: ToolCall
    repairs: tuple[str, ...] = ()


@frozen
class CallRejected:
    """The model tried to call a tool and there is no single safe reading. `raw` is what it wrote.

    `name` is the tool it seems to have meant, in the model's own spelling; empty when even that is lost.
    """

    reason: RejectReason
    explanation: str
    raw: str
    name: str = ""


@frozen
class StepEnd:
    """The server said that the answer is complete. `model` is the name it answered with.

    `takes_seed` False: no seed is sent to it, so that asking again would be the identical request.
    """

    reason: EndReason
    usage: Usage = Usage()
    model: str = ""
    replay: Replay | None = None
    takes_seed: bool = True


StreamEvent: TypeAlias = (
    Waiting | ReasoningDelta | TextDelta | TextCorrected | CallProgress | CallReady | CallRejected | StepEnd
)


@frozen
class TransferProgress:
    """A model being loaded or downloaded. Units: bytes for a download; `fraction` 0…1 where only that is known."""

    status: str
    done_bytes: int | None = None
    total_bytes: int | None = None
    fraction: float | None = None
