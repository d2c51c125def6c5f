"""The draft of a review: what is decided, taken back, counted and handed over. Pure, without a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.edits.proposal import FileChange, HunkReview, Proposal
from tests.tui.review.build import change, shop_proposal
from tui.widgets.diff.draft import Draft, Place, Tally
from tui.widgets.diff.summary import summary_line


def verdicts(draft: Draft) -> list[str]:
    """`a` accepted, `r` rejected, `.` undecided, a word for each file."""
    return ["".join({"accept": "a", "reject": "r", None: "."}[h.verdict] for h in file.hunks) for file in draft.files]


@pytest.mark.parametrize(
    ("place", "following"),
    [
        pytest.param(Place(0, 0), Place(0, 2), id="the next one that is undecided"),
        pytest.param(Place(0, 2), Place(2, 0), id="over the border of a file"),
        pytest.param(Place(2, 0), Place(0, 0), id="from the start again behind the last"),
    ],
)
def test_after_a_decision_comes_the_next_undecided_hunk(place: Place, following: Place):
    draft = Draft(shop_proposal())
    draft.decide(Place(0, 1), "accept")
    draft.decide(Place(1, 0), "reject")
    assert draft.next_undecided(place) == following


def test_with_everything_decided_there_is_no_next_hunk():
    draft = Draft(shop_proposal())
    draft.accept_all()
    assert draft.next_undecided(Place(0, 0)) is None


def test_accepting_everything_leaves_out_files_that_changed_on_disk():
    draft = Draft(shop_proposal())
    draft.accept_all(except_paths={"auth/views.py"})
    assert verdicts(draft) == ["aaa", ".", "a"]


def test_a_file_is_in_the_state_of_its_hunks():
    draft = Draft(shop_proposal())
    states = [draft.files[0].state]
    for hunk, verdict in enumerate(("accept", "reject", "accept")):
        draft.decide(Place(0, hunk), verdict)
        states.append(draft.files[0].state)
    draft.decide(Place(0, 1), "accept")
    states.append(draft.files[0].state)
    draft.reject_file(0)
    states.append(draft.files[0].state)
    assert states == ["undecided", "partly", "partly", "partly", "accepted", "rejected"]


def test_what_was_rejected_by_hand_is_never_accepted_along_with_the_rest():
    draft = Draft(shop_proposal())
    draft.decide(Place(0, 1), "reject")
    assert draft.accept_file(0) == 1
    draft.reject_file(1)
    assert draft.accept_all() == 2
    assert verdicts(draft) == ["ara", "r", "a"]


def test_a_whole_file_can_be_rejected_after_parts_of_it_were_accepted():
    draft = Draft(shop_proposal())
    draft.decide(Place(0, 1), "accept")
    draft.reject_file(0)
    assert verdicts(draft) == ["rrr", ".", "."]


decisions = st.lists(
    st.one_of(
        st.tuples(st.just("decide"), st.integers(0, 4), st.sampled_from(["accept", "reject"])),
        st.tuples(st.just("accept_file"), st.integers(0, 2), st.none()),
        st.tuples(st.just("reject_file"), st.integers(0, 2), st.none()),
        st.tuples(st.just("accept_all"), st.none(), st.none()),
        st.tuples(st.just("edit"), st.integers(0, 4), st.sampled_from(["x\n", "y\n"])),
        st.tuples(st.just("comment"), st.integers(0, 4), st.sampled_from(["", "why?"])),
        st.tuples(st.just("comment_file"), st.integers(0, 2), st.sampled_from(["", "split it"])),
        st.tuples(st.just("comment_all"), st.none(), st.sampled_from(["", "too much"])),
    ),
    max_size=12,
)


@given(decisions)
def test_undo_takes_back_every_decision_one_by_one_to_the_start(steps: list[tuple[str, int, str]]):
    draft = Draft(shop_proposal())
    history = [(draft.files, draft.comment)]
    for kind, number, value in steps:
        match kind:
            case "decide":
                draft.decide(draft.places()[number], value)  # type: ignore[arg-type]
            case "accept_file":
                draft.accept_file(number)
            case "reject_file":
                draft.reject_file(number)
            case "accept_all":
                draft.accept_all()
            case "edit":
                draft.edit(draft.places()[number], (value,))
            case "comment":
                draft.comment_hunk(draft.places()[number], value)
            case "comment_file":
                draft.comment_file(number, value)
            case _:
                draft.comment_all(value)
        if (draft.files, draft.comment) != history[-1]:
            history.append((draft.files, draft.comment))
        assert draft.tally() == counted(draft)
    for earlier in reversed(history):
        assert (draft.files, draft.comment) == earlier
        assert draft.tally() == counted(draft)
        draft.undo()
    assert not draft.can_undo


def counted(draft: Draft) -> Tally:
    """What a draft with the same decisions says that has counted nothing yet."""
    fresh = Draft(draft.proposal)
    fresh.files, fresh.comment = draft.files, draft.comment
    return fresh.tally()


def test_undo_says_where_the_decision_was_made():
    draft = Draft(shop_proposal())
    draft.decide(Place(1, 0), "accept")
    draft.comment_file(2, "split it")
    assert [draft.undo(), draft.undo(), draft.undo()] == [Place(2, 0), Place(1, 0), None]


def test_an_edit_that_gives_the_proposed_lines_again_is_no_edit():
    proposal = shop_proposal()
    draft = Draft(proposal)
    draft.edit(Place(0, 0), ("other\n",))
    draft.edit(Place(0, 0), proposal.changes[0].hunks[0].after)
    assert draft.hunk(Place(0, 0)).edited is None


def test_a_rejected_hunk_hands_over_no_edit_but_keeps_it_for_a_change_of_mind():
    draft = Draft(Proposal("p", (change("a", "1\n", "2\n"),)))
    draft.edit(Place(0, 0), ("3\n",))
    draft.decide(Place(0, 0), "reject")
    assert draft.review().files[0].hunks == (HunkReview("reject"),)
    draft.decide(Place(0, 0), "accept")
    assert draft.review().files[0].hunks == (HunkReview("accept", ("3\n",)),)


def test_there_is_no_review_while_a_hunk_is_undecided():
    draft = Draft(shop_proposal())
    draft.accept_file(0)
    with pytest.raises(ValueError, match="undecided"):
        draft.review()


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(change("new.txt", None, ""), id="an empty new file"),
        pytest.param(FileChange("a", "b", b"same\n", b"same\n", ()), id="a pure move"),
        pytest.param(change("old.txt", "", None), id="an empty file that goes"),
    ],
)
def test_a_change_without_hunks_is_decided_like_one_hunk(one: FileChange):
    draft = Draft(Proposal("p", (one,)))
    draft.decide(Place(0, 0), "accept")
    assert draft.review().files[0].hunks == (HunkReview("accept"),)


# ── what ⏎ would do ──────────────────────────────────────────────────────────


def decided(word: str) -> Draft:
    draft = Draft(shop_proposal())
    for place, letter in zip(draft.places(), word, strict=True):
        if letter != ".":
            draft.decide(place, "accept" if letter == "a" else "reject")
    return draft


@pytest.mark.parametrize(
    ("word", "says"),
    [
        pytest.param(".....", "5 hunks undecided", id="nothing decided"),
        pytest.param("a....", "apply 1 of 5 hunks in 1 file: +1 −1 · 4 undecided", id="one accepted"),
        pytest.param("aar..", "apply 2 of 5 hunks in 1 file: +4 −3 · 1 rejected · 2 undecided", id="some of each"),
        pytest.param("aaraa", "apply 4 of 5 hunks in 3 files: +11 −5 · 1 rejected", id="everything decided"),
        pytest.param("rrrrr", "reject all 5 hunks: nothing is written", id="everything rejected"),
        pytest.param("rr...", "2 rejected · 3 undecided", id="only rejections so far"),
    ],
)
def test_the_summary_counts_what_would_happen(word: str, says: str):
    assert summary_line(decided(word).tally()) == says


def test_the_summary_counts_edited_lines_as_they_were_edited_and_comments():
    draft = decided("rrrra")
    draft.edit(Place(0, 0), ("one\n", "two\n", "three\n"))
    draft.comment_hunk(Place(0, 1), "why?")
    draft.comment_file(2, "and a second test")
    assert summary_line(draft.tally()) == "apply 2 of 5 hunks in 2 files: +9 −1 · 3 rejected · 2 comments"
