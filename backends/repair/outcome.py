"""What comes of looking at a call: one reading, or a refusal that says why. Data only."""

from __future__ import annotations

from typing import TypeAlias

from backends.events import RejectReason
from backends.frozen import frozen
from backends.types import ToolCall


@frozen
class Repaired:
    """A complete call that fits its tool. `repairs` names what was mended, in order; empty for a valid call."""

    call: ToolCall
    repairs: tuple[str, ...] = ()


@frozen
class Refusal:
    """No single safe reading. `explanation` is a sentence for the person and for the model, `raw` what was written."""

    reason: RejectReason
    explanation: str
    raw: str


Outcome: TypeAlias = Repaired | Refusal


@frozen
class TextReading:
    """Text that was looked through for a call. `outcome` None: ordinary text; `show` is what the person should see."""

    outcome: Outcome | None
    show: str


class CannotRead(Exception):
    """Raised inside this package when arguments or a name have no single reading; becomes a Refusal at its face."""

    def __init__(self, reason: RejectReason, explanation: str) -> None:
        super().__init__(explanation)
        self.reason: RejectReason = reason
        self.explanation = explanation
