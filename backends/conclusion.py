"""How a whole answer ends: in one call, in a call that has no single reading, or in text. No I/O.

The one place where the OpenAI wires meet `backends.repair`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from backends.events import CallReady, CallRejected, EndReason, StreamEvent, TextCorrected
from backends.frozen import frozen
from backends.harmony import Sample, restore
from backends.repair import Outcome, Refusal, Repaired, repair_call, repair_text
from backends.types import ChatRequest


def speaks_harmony(model: str) -> bool:
    """Whether this model's control tokens in data could forge messages, so that they go out neutralised (mlx.md §8)."""
    return "gpt-oss" in model.lower().replace("_", "-")


LEFT_IN_TEXT = "taken out of the text"


@frozen
class WrittenCall:
    """A call as it arrived; the id may be empty."""

    id: str
    name: str
    arguments: str


def conclude(
    request: ChatRequest, call: WrittenCall | None, sample: Sample | None, text: str, thought: str, *, is_cut: bool
) -> list[StreamEvent]:
    """The call of an answer, if it holds one: delivered as such, in a Harmony `sample`, in the text or in the thought.

    `is_cut` says that the output limit came before the answer's end.
    """
    finish = "length" if is_cut else "stop"
    if call is not None:
        arguments = restore(call.arguments) if speaks_harmony(request.model) else call.arguments
        return [_event(repair_call(call.name, arguments, request.tools, finish, call.id), call.name)]
    if sample is not None:
        if (raw := sample.call) is not None:
            finish = "length" if raw.is_cut else "stop"
            name = raw.recipient.removeprefix("functions.")
            return [_event(repair_call(name, raw.arguments, request.tools, finish), name, LEFT_IN_TEXT)]
        lost = CallRejected("not_a_call", "a message header without its message", sample.raw)
        return [lost] if sample.is_unfinished else []
    if not request.tools:
        return []
    text = text if text.strip() else ""
    if text:
        reading = repair_text(text, request.tools, "content", finish)
    else:
        # a missed token leaves call or answer in the reasoning (gpt-oss.md §4)
        reading = repair_text(thought, request.tools, "thinking", finish)
    shown: list[StreamEvent] = [TextCorrected(reading.show)] if reading.show != text else []
    return [*shown, _event(reading.outcome, "", LEFT_IN_TEXT)] if reading.outcome else shown


def end_reason(said: EndReason, outcome: Sequence[StreamEvent]) -> EndReason:
    """Servers say `stop` after calls and `tool_calls` without one; what came counts."""
    if any(isinstance(event, CallReady) for event in outcome):
        return "tool_call"
    has_refusal = any(isinstance(event, CallRejected) for event in outcome)
    if said in ("stop", "tool_call"):
        return "tool_call" if has_refusal else "stop"
    return said


def _event(outcome: Outcome, name: str, *also: str) -> CallReady | CallRejected:
    match outcome:
        case Repaired(call, repairs):
            return CallReady(call, (*also, *repairs))
        case Refusal(reason, explanation, raw):
            return CallRejected(reason, explanation, raw, name)
        case _:
            assert_never(outcome)
