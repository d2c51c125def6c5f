"""One step: a request to the server, watched until its end, and what it amounted to.

Knows nothing of the turn around it: what to do with a call, a refusal or an empty answer is decided there.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from agent.events import StepTiming, TurnEvent
from agent.gathering import gathered
from backends.events import (
    CallProgress,
    CallReady,
    CallRejected,
    ReasoningDelta,
    StepEnd,
    StreamEvent,
    TextCorrected,
    TextDelta,
    Waiting,
)
from backends.types import AssistantMessage, ChatRequest

Clock = Callable[[], float]


class Speaker(Protocol):
    """Whoever answers a request: what a step needs of a backend."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """As `backends.Backend.stream`."""
        ...


@dataclass(slots=True)
class Sample:
    """What the model produced in a step, gathered from its events. `end` is None until the server said it was done."""

    reasoning: str = ""
    text: str = ""
    ready: CallReady | None = None
    rejected: CallRejected | None = None
    end: StepEnd | None = None

    def message(self) -> AssistantMessage:
        """The sample as it goes into the conversation: what will be executed, not what was emitted."""
        call = self.ready.call if self.ready else None
        return AssistantMessage(self.text, self.reasoning, call, self.end.replay if self.end else None)

    def as_last(self) -> Sample:
        """This sample, after which asking again turned out to be the identical request."""
        return replace(self, end=replace(self.end, takes_seed=False) if self.end else None)


class StepClock:
    """Measures a step: time to the first token and time of the output, in seconds of a monotonic clock."""

    def __init__(self, now: Clock = time.monotonic) -> None:
        self._now = now
        self._start = now()
        self._first: float | None = None
        self._last = self._start

    def token(self) -> None:
        self._last = self._now()
        if self._first is None:
            self._first = self._last

    def timing(self) -> StepTiming:
        if self._first is None:
            return StepTiming(self._now() - self._start, None, 0.0)
        return StepTiming(self._now() - self._start, self._first - self._start, self._last - self._first)


async def watch_step(
    speaker: Speaker, request: ChatRequest, sample: Sample, clock: StepClock, stop: Callable[[], bool]
) -> AsyncGenerator[TurnEvent, None]:
    """Stream one answer into `sample`, passing on what a person can watch; `stop` ends it early and frees the server.

    Raises BackendError; what the sample holds then is partial, and its `end` stays None.
    """
    pieces_of_reasoning: list[str] = []
    pieces_of_text: list[str] = []
    try:
        async with aclosing(gathered(speaker.stream(request))) as events:
            async for event in events:
                match event:
                    case ReasoningDelta(text):
                        pieces_of_reasoning.append(text)
                    case TextDelta(text):
                        pieces_of_text.append(text)
                    case TextCorrected(text):
                        pieces_of_text = [text]
                    case CallReady():
                        sample.ready = event
                    case CallRejected():
                        sample.rejected = event
                    case StepEnd():
                        sample.end = event
                    case Waiting() | CallProgress():
                        pass
                    case _:
                        assert_never(event)
                if _is_token(event):
                    clock.token()
                if not isinstance(event, CallReady | StepEnd):
                    yield event
                if isinstance(event, ReasoningDelta) and not pieces_of_text and stop():
                    return  # only a thought is cut short; an answer that has begun is wanted whole
    finally:
        sample.reasoning = "".join(pieces_of_reasoning)
        sample.text = "".join(pieces_of_text)


def _is_token(event: StreamEvent) -> bool:
    return isinstance(event, ReasoningDelta | TextDelta | CallProgress | CallReady)
