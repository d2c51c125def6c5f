"""What a person tells a running turn, and the inbox through which it arrives.

Cancelling is not a decision: the consumer closes or cancels the turn, and everything the turn owns ends with it.
"""

from __future__ import annotations

import asyncio
from typing import Literal, TypeAlias

from agent.edits.proposal import Review
from backends.frozen import frozen

CommandVerdict = Literal["once", "session", "always", "no"]


@frozen
class ReviewDecision:
    """The answer to `ProposalReady`."""

    proposal_id: str
    review: Review


@frozen
class CommandDecision:
    """The answer to `CommandPending`: `session` and `always` remember exactly these words."""

    request_id: str
    verdict: CommandVerdict
    comment: str = ""


@frozen
class NoPermission:
    """The answer to either question where nobody is asked: the run may not. `words` are the call's result."""

    question: str
    words: str


class NotPermitted(Exception):
    """Raised to the tool that asked; `str()` is what the model is told."""


@frozen
class Steer:
    """A message for the model while the turn runs; delivered with the next tool result."""

    text: str


@frozen
class AnswerNow:
    """Stop thinking and answer, at lower effort, keeping what was thought so far."""


Decision: TypeAlias = ReviewDecision | CommandDecision | NoPermission | Steer | AnswerNow


class Inbox:
    """Decisions for one turn: answers wait for their question, everything else is picked up between steps."""

    def __init__(self) -> None:
        self._answers: dict[str, asyncio.Future[ReviewDecision | CommandDecision | NoPermission]] = {}
        self._steering: list[str] = []
        self._wants_answer = False

    def send(self, decision: Decision) -> None:
        """Deliver a decision. An answer to a question nobody asked, or asked and answered, is dropped."""
        match decision:
            case ReviewDecision(proposal_id=key) | CommandDecision(request_id=key) | NoPermission(question=key):
                answer = self._answers.get(key)
                if answer is not None and not answer.done():
                    answer.set_result(decision)
            case Steer(text):
                self._steering.append(text)
            case AnswerNow():
                self._wants_answer = True

    def ask(self, key: str) -> None:
        """Open the question `key`; call it before the event that shows the question."""
        self._answers[key] = asyncio.get_running_loop().create_future()

    async def review(self, proposal_id: str) -> Review:
        """Raises NotPermitted."""
        answer = await self._answer(proposal_id)
        assert isinstance(answer, ReviewDecision)
        return answer.review

    async def command(self, request_id: str) -> CommandDecision:
        """Raises NotPermitted."""
        answer = await self._answer(request_id)
        assert isinstance(answer, CommandDecision)
        return answer

    @property
    def steering(self) -> tuple[str, ...]:
        """Messages that the turn did not take yet, oldest first."""
        return tuple(self._steering)

    def take_steering(self) -> tuple[str, ...]:
        """Messages the person sent since the last call, oldest first."""
        steering, self._steering = tuple(self._steering), []
        return steering

    def take_answer_now(self) -> bool:
        """Whether the person asked for the answer since the last call."""
        wanted, self._wants_answer = self._wants_answer, False
        return wanted

    async def _answer(self, key: str) -> ReviewDecision | CommandDecision:
        try:
            answer = await self._answers[key]
        finally:
            del self._answers[key]
        if isinstance(answer, NoPermission):
            raise NotPermitted(answer.words)
        return answer
