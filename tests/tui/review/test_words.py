"""Word marks: a line is compared with the one it came from, and only when the two have something in common."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.review.build import change
from tui.widgets.diff.draft import FileDraft, HunkDraft
from tui.widgets.diff.model import FileDiff, Want
from tui.widgets.diff.words import ALIGNED_LINES, Marks, changed_words, pairs


def marked(lines: list[str], marks: list[Marks]) -> list[list[str]]:
    return [[line[start:end] for start, end in ranges] for line, ranges in zip(lines, marks, strict=True)]


def test_a_line_is_compared_with_the_one_that_it_came_from():
    old = ["token = hex(16)", "store.put(token, user)"]
    new = ["token = urlsafe(32)", "expires = now() + LIFETIME", "store.put(token, user, expires)"]
    gone, come = changed_words(old, new)
    assert marked(old, gone) == [["hex", "16"], []]
    assert marked(new, come) == [["urlsafe", "32"], [], [", expires"]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("return None", "for key in old:", id="nothing in common"),
        pytest.param("x" * 3_000 + " a", "x" * 3_000 + " b", id="too long to compare"),
        pytest.param("", "", id="empty"),
    ],
)
def test_some_lines_are_not_marked(old: str, new: str):
    assert changed_words([old], [new]) == ([()], [()])


few_words = st.lists(st.sampled_from(["a b c", "a b d", "x y", "a", ""]), max_size=8)


@given(few_words, few_words)
def test_pairs_keep_their_order_on_both_sides(old: list[str], new: list[str]):
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs(old, new)))


@given(few_words, few_words)
def test_marks_lie_within_their_lines(old: list[str], new: list[str]):
    for lines, marks in zip((old, new), changed_words(old, new), strict=True):
        for line, ranges in zip(lines, marks, strict=True):
            assert all(0 <= start < end <= len(line) for start, end in ranges)


def test_a_long_hunk_is_compared_block_by_block_when_it_is_looked_at():
    old = "".join(f"value {number} old\n" for number in range(3 * ALIGNED_LINES))
    diff = FileDiff(change("a", old, old.replace("old", "new")), FileDraft("a", (HunkDraft(),)))
    last = diff.rows(False)[-1]
    assert diff.words("after", last) == ()
    wanted = set(diff.wants(last))
    assert {want for want in wanted if want.kind == "words"} == {Want("words", 0, 2)}
    diff.compute(wanted)
    assert diff.words("after", last) != ()
    assert diff.words("before", diff.rows(False)[1]) == ()
