"""The stream of a model that calls tools in text, as if it had called them: what a turn sees does not differ.

Runs nothing. A block that was cut off becomes a refused call, and so does one without a single reading.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import assert_never

from agent.step import Speaker
from agent.written.blocks import Block, BlockReader, Growing, Part, Prose
from agent.written.functions import read_function
from agent.written.telling import PATCH_ARGUMENT, PATCH_TOOL, as_text
from backends.events import CallProgress, CallReady, CallRejected, StepEnd, StreamEvent, TextCorrected, TextDelta
from backends.repair import Outcome, Refusal, Repaired, repair_call, repair_text
from backends.types import ChatRequest, ToolSpec

MOST_AFTER = 400
"""Characters that may follow a call; a model that goes on is making up the result, and its server is freed."""


class WrittenTools:
    """A Speaker that asks another in words, and finds the calls in what it says."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        answer = _Answer(request.tools)
        async with aclosing(self._speaker.stream(as_text(request))) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        for found in answer.heard(text):
                            yield found
                    case TextCorrected(text):
                        answer = _Answer(request.tools)
                        yield TextCorrected("")
                        for found in answer.heard(text):
                            yield found
                    case StepEnd(reason):
                        for found in answer.ended(is_cut=reason == "length"):
                            yield found
                        yield replace(event, reason="tool_call" if answer.has_call else reason, replay=None)
                    case _:
                        yield event
                if answer.after > MOST_AFTER:
                    yield StepEnd("tool_call", model=request.model)
                    return


@dataclass(slots=True)
class _Answer:
    """One answer: at most one call comes of it. `after` counts the characters behind the call.

    Edits are gathered to the end, since all of an answer's are one change.
    """

    tools: Sequence[ToolSpec]
    has_call: bool = False
    after: int = 0
    _reader: BlockReader = field(default_factory=BlockReader)
    _edits: list[str] = field(default_factory=list[str])

    def heard(self, text: str) -> list[StreamEvent]:
        if self.has_call:
            self.after += len(text)
            return []
        return self._events(self._reader.feed(text))

    def ended(self, *, is_cut: bool) -> list[StreamEvent]:
        if self.has_call:
            return []
        found = self._events(self._reader.finish())
        if self.has_call:
            return found
        if self._reader.is_inside or (is_cut and self._edits):
            self.has_call = True
            explanation = "the block of the call was cut off before its end; nothing was run"
            return [*found, CallRejected("truncated", explanation, "\n".join(self._edits))]
        if self._edits:
            found.append(self._called(repair_call(PATCH_TOOL, {PATCH_ARGUMENT: "\n".join(self._edits)}, self.tools)))
        return found

    def _events(self, parts: Sequence[Part]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for part in parts:
            match part:
                case Prose(text):
                    events.append(TextDelta(text))
                case Growing(text):
                    events.append(CallProgress("", text))
                case Block("edit", text):
                    self._edits.append(text)
                case Block():
                    return [*events, self._called(_read(part, self.tools))]
                case _:
                    assert_never(part)
        return events

    def _called(self, outcome: Outcome) -> CallReady | CallRejected:
        self.has_call = True
        match outcome:
            case Repaired(call, repairs):
                return CallReady(call, repairs)
            case Refusal(reason, explanation, raw):
                return CallRejected(reason, explanation, raw)
            case _:
                assert_never(outcome)


def _read(block: Block, tools: Sequence[ToolSpec]) -> Outcome:
    """One reading of a complete block, or a refusal."""
    match block.kind:
        case "call":
            if (function := read_function(block.text)) is not None:
                return repair_call(*function, tools)
            return repair_text(block.text, tools).outcome or repair_call("", block.text.strip(), tools)
        case "function":
            function = read_function(block.text)
            return repair_call(*function, tools) if function else repair_call("", block.text, tools)
        case "patch" | "edit":
            return repair_call(PATCH_TOOL, {PATCH_ARGUMENT: block.text}, tools)
