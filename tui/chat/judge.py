"""The person as the judge of what the model asks: answers by key, or the review screen, become one decision.

Between the chat screen, which has the keys, and the turn, which waits. Draws nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.decisions import Decision, ReviewDecision
from agent.edits.proposal import Review
from agent.events import ProposalReady
from tui.approval import Answer, Approval, decision

if TYPE_CHECKING:
    from agent.files.workspace import Workspace
    from tui.screens.review import ReviewScreen
    from tui.widgets.diff.draft import Draft


class Judge:
    """One for a chat screen. `decided` is told every decision, when `approval` is closed already.

    `workspace` is where proposals would be written, if there is one; its files are watched during a review.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        decided: Callable[[Decision], None],
        workspace: Callable[[], Workspace | None] = lambda: None,
    ) -> None:
        self.approval = Approval(clock)
        self._workspace = workspace
        self._clock = clock
        self._decided = decided
        self._drafts: dict[str, Draft] = {}
        self._age = 0.0

    @contextmanager
    def hearing(self, age: float) -> Generator[None]:
        """What is answered in here was pressed `age` seconds ago: a busy screen hears of a key late."""
        self._age = age
        try:
            yield
        finally:
            self._age = 0.0

    @property
    def can_review(self) -> bool:
        """Whether a proposal waits, and was there long enough for a key to mean it."""
        return isinstance(self.approval.question, ProposalReady) and self.approval.is_open

    def answer(self, answer: Answer) -> None:
        """Answer the open question; an approval counts only for what could be read (THREATS.md T6, T7)."""
        question = self.approval.question
        if question is not None and self.approval.takes(answer, self._age):
            self._decide(decision(question, answer))

    async def review(self, show: Callable[[ReviewScreen], Awaitable[Review | None]]) -> None:
        """Let `show` show the proposal; decisions made there are kept when it is left without an answer."""
        from agent.edits.staleness import Staleness
        from tui.screens.review import ReviewScreen

        question = self.approval.question
        if not isinstance(question, ProposalReady):
            return
        proposal, workspace = question.proposal, self._workspace()
        stale = Staleness(proposal, workspace).look if workspace is not None else frozenset[str]
        screen = ReviewScreen(proposal, draft=self._drafts.get(proposal.id), stale=stale, clock=self._clock)
        self._drafts = {proposal.id: screen.draft}
        review = await show(screen)
        if review is not None and self.approval.question is question:
            self._decide(ReviewDecision(proposal.id, review))

    def _decide(self, made: Decision) -> None:
        self.approval.close()
        self._decided(made)
