"""A review decides hunk by hunk: what is applied, and what the model is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.edits.diff import diff_texts
from agent.edits.proposal import FileChange, FileReview, HunkReview, Proposal, Review, review_all
from agent.edits.review import accepted_part, explain

BEFORE = "".join(f"{n}\n" for n in range(9))
AFTER = BEFORE.replace("1\n", "one\n").replace("4\n", "").replace("7\n", "7\nseven and a half\n")
ACCEPT, REJECT = HunkReview("accept"), HunkReview("reject")


def change(before: str | None = BEFORE, after: str | None = AFTER, path: str = "f", target: str = "f") -> FileChange:
    return FileChange(
        path,
        target,
        None if before is None else before.encode(),
        None if after is None else after.encode(),
        diff_texts(before or "", after or ""),
    )


def reviewed(*hunks: HunkReview, path: str = "f", comment: str = "") -> Review:
    return Review((FileReview(path, hunks),), comment)


def applied_text(item: FileChange, *hunks: HunkReview) -> str | None:
    part = accepted_part(Proposal("p", (item,)), reviewed(*hunks, path=item.path))
    return None if part is None else (part.changes[0].after or b"").decode()


@pytest.mark.parametrize(
    ("hunks", "expected"),
    [
        pytest.param((ACCEPT, ACCEPT, ACCEPT), AFTER, id="all"),
        pytest.param((REJECT, REJECT, REJECT), None, id="none"),
        pytest.param((ACCEPT, REJECT, REJECT), BEFORE.replace("1\n", "one\n"), id="first"),
        pytest.param((REJECT, ACCEPT, REJECT), BEFORE.replace("4\n", ""), id="removal"),
        pytest.param(
            (REJECT, REJECT, HunkReview("accept", ("7.5\n",))), BEFORE.replace("7\n", "7\n7.5\n"), id="edited"
        ),
        pytest.param((HunkReview("accept", ("1\n",)), REJECT, REJECT), None, id="edited back to nothing"),
    ],
)
def test_accepted_hunks_alone_are_applied(hunks: tuple[HunkReview, ...], expected: str | None) -> None:
    assert applied_text(change(), *hunks) == expected


def test_what_a_person_types_into_a_crlf_file_has_crlf() -> None:
    item = change("1\r\n2\r\n", "1\r\ntwo\r\n")
    assert applied_text(item, HunkReview("accept", ("2a\n", "2b\n"))) == "1\r\n2a\r\n2b\r\n"


def test_the_part_is_bound_to_the_same_bytes_and_has_its_own_hunks() -> None:
    part = accepted_part(Proposal("p", (change(),)), reviewed(REJECT, ACCEPT, REJECT))
    assert part is not None
    assert (part.id, part.changes[0].before) == ("p", BEFORE.encode())
    assert part.changes[0].hunks == diff_texts(BEFORE, BEFORE.replace("4\n", ""))


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30), st.data())
def test_any_choice_of_hunks_keeps_each_side_whole(before: str, after: str, data: st.DataObject) -> None:
    item = change(before, after)
    verdicts = [data.draw(st.sampled_from([ACCEPT, REJECT])) for _ in range(max(1, len(item.hunks)))]
    text = applied_text(item, *verdicts)
    if all(verdict == ACCEPT for verdict in verdicts):
        assert text == after
    elif text is not None:
        assert text.count("\n") >= min(before.count("\n"), after.count("\n")) - len(verdicts)


def test_a_move_with_its_hunks_rejected_does_not_move() -> None:
    assert applied_text(change(target="g"), REJECT, REJECT, REJECT) is None


def test_a_pure_move_and_an_empty_file_have_one_verdict() -> None:
    proposal = Proposal("p", (change("x\n", "x\n", "a", "b"), change(None, "", "e", "e")))
    assert accepted_part(proposal, review_all(proposal, "accept")) == proposal
    assert accepted_part(proposal, review_all(proposal, "reject")) is None


def test_a_deletion_is_applied_or_not() -> None:
    assert applied_text(change("x\n", None), ACCEPT) == ""
    assert applied_text(change("x\n", None), REJECT) is None


def test_a_review_of_something_else_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="number of hunks"):
        accepted_part(Proposal("p", (change(),)), reviewed(ACCEPT))
    with pytest.raises(ValueError, match="other files"):
        accepted_part(Proposal("p", (change(),)), reviewed(ACCEPT, path="g"))


# ── words for the model ──────────────────────────────────────────────────────


def test_all_applied_is_one_line() -> None:
    proposal = Proposal("p", (change(),))
    assert explain(proposal, review_all(proposal, "accept"), ["f"]) == "Applied: f."


def test_what_was_told_beside_an_applied_change_is_told_to_the_model_too() -> None:
    proposal = Proposal("p", (replace(change(), warnings=("the mode 100755 is not set",)),))
    applied = explain(proposal, review_all(proposal, "accept"), ["f"])
    assert applied == "Applied: f.\n- f: note: the mode 100755 is not set"
    assert "note" not in explain(proposal, review_all(proposal, "reject"), [])


def test_a_mixed_review_names_each_hunk_and_the_comments() -> None:
    review = reviewed(
        ACCEPT, HunkReview("reject", comment="keep four"), HunkReview("accept", ("7.5\n",)), comment="almost"
    )
    text = explain(Proposal("p", (change(),)), review, ["f"])
    assert text == (
        "Partly applied: 2 of 3 hunks. Written: f.\n"
        "- f hunk 2 of 3 (at line 5): rejected. The person says: keep four\n"
        "- f hunk 3 of 3 (at line 9): applied as the person edited it:\n"
        "    + 7.5\n"
        "The person says: almost\n"
        "Rejected hunks are not in the files. Do not send them again unchanged; "
        "follow the comments, and build new patches on the files as they are now."
    )


def test_a_whole_rejection_says_that_nothing_changed() -> None:
    proposal = Proposal("p", (change(),))
    text = explain(proposal, review_all(proposal, "reject", "use the other API"), [])
    assert text.startswith("Nothing was applied: the person rejected the whole proposal.")
    assert "- f: all 3 hunks rejected.\nThe person says: use the other API\n" in text
