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


class Rest:
    """What was typed or clicked before a question could be read was not meant for it (THREATS.md T7).

    After such an event the keyboard has to come to rest before anything counts.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends_at: float | None = None

    def shown(self) -> None:
        """The question was painted; only the first time counts."""
        if self._ends_at is None:
            self._ends_at = self._clock() + SETTLE_SECONDS

    @property
    def was_shown(self) -> bool:
        return self._ends_at is not None

    @property
    def is_over(self) -> bool:
        """Whether an event that happens now would count: only then are its keys told."""
        return self._ends_at is not None and self._clock() >= self._ends_at

    def counts(self, age: float) -> bool:
        """Whether an event that happened `age` seconds ago counts, however late it is heard of."""
        happened_at = self._clock() - age
        if self._ends_at is None or happened_at >= self._ends_at:
            return self._ends_at is not None
        self._ends_at = max(self._ends_at, happened_at + SETTLE_SECONDS)
        return False


class Approval:
    """The open question, if any: a turn asks one at a time and waits.

    It counts as shown from the first paint on, so that a busy screen cannot let an early key through.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._question: Question | None = None
        self._rest = Rest(clock)
        self._was_read = False

    @property
    def question(self) -> Question | None:
        return self._question

    def ask(self, question: Question) -> None:
        self._question, self._rest, self._was_read = question, Rest(self._clock), False

    def shown(self, *, to_its_end: bool) -> None:
        """The question was painted, perhaps with its last line; call it after every paint that may show more."""
        self._rest.shown()
        self._was_read = self._was_read or to_its_end

    def close(self) -> None:
        self._question = None

    @property
    def was_read(self) -> bool:
        """Whether the last line of the question was on the screen."""
        return self._was_read

    @property
    def is_open(self) -> bool:
        """Whether a key pressed now can be an answer at all; its keys are told from then on."""
        return self._question is not None and self._rest.is_over

    def takes(self, answer: Answer, age: float) -> bool:
        """Whether `answer`, given `age` seconds ago, counts; what was never shown to its end can only be refused
        (THREATS.md T6)."""
        return self._question is not None and self._rest.counts(age) and (answer == "no" or self._was_read)


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
