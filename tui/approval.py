"""An approval that waits: what is asked, whether a key pressed now may count as an answer, and the answer itself.

Pure but for the clock it is given. Knows nothing of keys or widgets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, assert_never

from agent.decisions import CommandDecision, Decision, ReviewDecision
from agent.edits.proposal import review_all
from agent.events import CommandPending, ProposalReady

SETTLE_SECONDS = 0.3
"""Keys typed before a question could be read answer nothing (THREATS.md T7)."""

Question: TypeAlias = ProposalReady | CommandPending
Answer = Literal["yes", "session", "no"]


class Approval:
    """The open question, if any: a turn asks one at a time and waits.

    It counts as shown from the first paint on, so that a busy screen cannot let an early key through.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._question: Question | None = None
        self._shown_at: float | None = None
        self._was_read = False

    @property
    def question(self) -> Question | None:
        return self._question

    def ask(self, question: Question) -> None:
        self._question, self._shown_at, self._was_read = question, None, False

    def shown(self, *, to_its_end: bool) -> None:
        """The question was painted, perhaps with its last line; call it after every paint that may show more."""
        if self._shown_at is None:
            self._shown_at = self._clock()
        self._was_read = self._was_read or to_its_end

    def close(self) -> None:
        self._question = None

    @property
    def was_read(self) -> bool:
        """Whether the last line of the question was on the screen."""
        return self._was_read

    @property
    def is_open(self) -> bool:
        """Whether a key pressed now can be an answer at all."""
        return (
            self._question is not None
            and self._shown_at is not None
            and self._clock() - self._shown_at >= SETTLE_SECONDS
        )

    @property
    def can_approve(self) -> bool:
        """As `is_open`; what was never shown to its end can only be refused (THREATS.md T6)."""
        return self.is_open and self._was_read


class Rest:
    """What was typed or clicked before a screen could be read was not meant for it (THREATS.md T7).

    After such an event the keyboard has to come to rest before anything counts.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends_at: float | None = None

    def shown(self) -> None:
        """The screen was painted for the first time."""
        self._ends_at = self._clock() + SETTLE_SECONDS

    def is_over(self, age: float) -> bool:
        """Whether an event that happened `age` seconds ago counts."""
        happened_at = self._clock() - age
        if self._ends_at is None or happened_at >= self._ends_at:
            return self._ends_at is not None
        self._ends_at = max(self._ends_at, happened_at + SETTLE_SECONDS)
        return False


def decision(question: Question, answer: Answer) -> Decision:
    """The decision for the turn: everything of a proposal or nothing, a command once, in this session, or not."""
    match question:
        case ProposalReady(proposal=proposal):
            verdict = "reject" if answer == "no" else "accept"
            return ReviewDecision(proposal.id, review_all(proposal, verdict))
        case CommandPending(request_id=request_id):
            return CommandDecision(request_id, "once" if answer == "yes" else answer)
        case _:
            assert_never(question)
