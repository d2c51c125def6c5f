"""Rows as they are drawn: readable without colour, as wide as the screen, and what is hidden is counted."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from agent.edits.proposal import FileChange
from tests.tui.review.build import change
from tui.text import clean
from tui.widgets.diff.draft import FileDraft, HunkDraft
from tui.widgets.diff.model import FileDiff
from tui.widgets.diff.paint import Painter

OVERFLOW = re.compile(r" \+(\d+)(?: columns)? → $")


def drawn(
    one: FileChange, *, hunk: HunkDraft | None = None, width: int = 60, side_by_side: bool = False, scroll: int = 0
) -> list[str]:
    """Every row as text. Without colours: what cannot be read here can only be guessed from a colour."""
    draft = FileDraft(one.path, (hunk or HunkDraft(),) * max(1, len(one.hunks)))
    painter = Painter(FileDiff(one, draft), defaultdict(Style.null), width, side_by_side, scroll=scroll)
    return [painter.strip(row).text for row in painter.diff.rows(side_by_side)]


def test_signs_and_numbers_tell_old_from_new_without_colour():
    header, *rows = drawn(change("a.py", "one\ntwo\n", "one\n2\nthree\n"))
    assert "+2 −1" in header
    assert [row.rstrip() for row in rows] == [
        "▏  1   1   one",
        "▏  2     − two",
        "▏      2 + 2",
        "▏      3 + three",
    ]


def test_side_by_side_keeps_the_signs():
    _, _, row, last = drawn(change("a.py", "one\ntwo\n", "one\n2\nthree\n"), side_by_side=True, width=40)
    assert [half.split() for half in row.split("│")] == [["▏", "2", "−", "two"], ["2", "+", "2"]]
    assert [half.split() for half in last.split("│")] == [["▏"], ["3", "+", "three"]]


@pytest.mark.parametrize(
    ("hunk", "word"),
    [
        pytest.param(HunkDraft(), "● 1 of 1", id="undecided"),
        pytest.param(HunkDraft("accept"), "✓ 1 of 1  +1 −1  accepted", id="accepted"),
        pytest.param(HunkDraft("reject"), "✗ 1 of 1  +1 −1  rejected", id="rejected"),
        pytest.param(HunkDraft("accept", ("x\n", "y\n")), "✓ 1 of 1  +2 −1  accepted  edited", id="edited"),
    ],
)
def test_a_hunk_says_what_is_decided_about_it(hunk: HunkDraft, word: str):
    assert word in drawn(change("a", "1\n", "2\n"), hunk=hunk, width=80)[0]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        pytest.param(change("a", None, ""), "creates an empty file", id="new"),
        pytest.param(change("a", "", None), "deletes an empty file", id="gone"),
        pytest.param(FileChange("a", "b", b"x", b"x", ()), "moves, text unchanged", id="moved"),
    ],
)
def test_a_change_without_lines_says_what_it_does(one: FileChange, words: str):
    assert words in drawn(one)[0]


def test_a_comment_stands_under_its_hunk():
    rows = drawn(change("a", "1\n", "2\n"), hunk=HunkDraft("reject", None, "no.\nuse 3"))
    assert [row.strip("▏ ") for row in rows[-2:]] == ["✎ no.", "use 3"]


hostile = st.text(st.sampled_from("ab \tß漢字é\u0301👩‍💻\u202e\u200b\x1b\r⟨"), max_size=90)


@given(hostile, st.integers(20, 70), st.booleans(), st.integers(0, 60))
def test_every_row_is_as_wide_as_the_screen_and_clean(text: str, width: int, side_by_side: bool, scroll: int):
    for row in drawn(change("a.py", "old\n", text + "\n"), width=width, side_by_side=side_by_side, scroll=scroll):
        assert cell_len(row) == width
        assert clean(row) == row


@pytest.mark.parametrize("side_by_side", [False, True], ids=["unified", "side by side"])
@pytest.mark.parametrize("length", [61, 400, 9_000, 200_000])
def test_what_a_long_line_hides_is_counted_and_reached_by_scrolling(length: int, side_by_side: bool):
    line = "x" * (length - 1) + "!"
    one = change("a", None, line + "\n")
    row = drawn(one, side_by_side=side_by_side)[-1]
    hidden = OVERFLOW.search(row)
    assert hidden
    assert row.count("x") + int(hidden[1]) == length
    reached = drawn(one, side_by_side=side_by_side, scroll=length - 10)[-1]
    assert reached.rstrip().endswith("x!")


def test_a_line_end_that_changes_is_said():
    rows = drawn(change("a", "same", "same\n"))
    assert rows[1].rstrip().endswith("same no newline at end of file")
    assert rows[2].rstrip().endswith("same ␊")
