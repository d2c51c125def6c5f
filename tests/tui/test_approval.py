"""An approval: no key counts before the question could be read, and nothing is approved that was not shown."""

from __future__ import annotations

from agent.decisions import CommandDecision, ReviewDecision
from agent.edits.proposal import FileChange, Hunk, Proposal
from agent.events import CommandPending, ProposalReady
from tui.approval import SETTLE_SECONDS, Answer, Approval, decision

COMMAND = CommandPending("r1", "c1", "make test", "/w", is_sandboxed=True)
CHANGE = FileChange(
    "a.py", "a.py", b"1\n2\n", b"3\n4\n", (Hunk(0, ("1\n",), 0, ("3\n",)), Hunk(1, ("2\n",), 1, ("4\n",)))
)
PROPOSAL = ProposalReady("c1", Proposal("p1", (CHANGE,)))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def asked(*, to_its_end: bool = True) -> tuple[Approval, Clock]:
    clock = Clock()
    approval = Approval(clock)
    approval.ask(COMMAND)
    approval.shown(to_its_end=to_its_end)
    return approval, clock


def test_nothing_asked_is_nothing_to_answer() -> None:
    assert not Approval(Clock()).is_open


def test_keys_within_three_tenths_of_a_second_answer_nothing() -> None:
    approval, clock = asked()
    clock.now += SETTLE_SECONDS - 0.01
    assert not approval.is_open
    clock.now += 0.02
    assert approval.is_open
    assert approval.takes("yes", 0)


def test_a_key_that_is_heard_of_late_counts_by_when_it_was_pressed() -> None:
    approval, clock = asked()
    clock.now += 60
    assert not approval.takes("yes", 59.8)
    assert approval.takes("yes", 59.3)


def test_after_a_key_that_came_too_early_the_keyboard_comes_to_rest_first() -> None:
    approval, clock = asked()
    clock.now += 0.2
    assert not approval.takes("yes", 0)
    clock.now += 0.2
    assert not approval.is_open
    clock.now += 0.2
    assert approval.takes("yes", 0)


def test_time_before_the_first_paint_does_not_count() -> None:
    clock = Clock()
    approval = Approval(clock)
    approval.ask(COMMAND)
    clock.now += 10
    assert not approval.is_open
    approval.shown(to_its_end=True)
    assert not approval.is_open


def test_what_was_not_shown_to_its_end_can_only_be_refused() -> None:
    approval, clock = asked(to_its_end=False)
    clock.now += 60
    assert approval.takes("no", 0)
    assert not approval.takes("yes", 0)
    assert not approval.takes("session", 0)
    approval.shown(to_its_end=True)
    assert approval.takes("yes", 0)


def test_a_new_question_starts_over() -> None:
    approval, clock = asked()
    clock.now += 60
    approval.ask(PROPOSAL)
    assert not approval.is_open
    assert not approval.was_read


def test_a_closed_question_takes_no_answer() -> None:
    approval, clock = asked()
    clock.now += 60
    approval.close()
    assert not approval.is_open
    assert not approval.takes("no", 0)


def test_yes_to_a_proposal_accepts_every_hunk_and_no_rejects_them() -> None:
    answers: tuple[tuple[Answer, str], ...] = (("yes", "accept"), ("no", "reject"))
    for answer, verdict in answers:
        made = decision(PROPOSAL, answer)
        assert isinstance(made, ReviewDecision)
        assert made.proposal_id == "p1"
        assert [hunk.verdict for hunk in made.review.files[0].hunks] == [verdict, verdict]


def test_a_command_is_run_once_in_this_session_or_not() -> None:
    assert decision(COMMAND, "yes") == CommandDecision("r1", "once")
    assert decision(COMMAND, "session") == CommandDecision("r1", "session")
    assert decision(COMMAND, "no") == CommandDecision("r1", "no")
