"""Rows of a diff: every line of both texts in its place, and a long file costs no more than its hunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.edits.proposal import FileChange
from tests.tui.review.build import SESSION, SESSION_AFTER, change
from tui.widgets.diff.content import FileText, file_text
from tui.widgets.diff.rows import NONE, Rows, lay_out

lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "  d\r\n", "\n"]), max_size=30)


def opened(text: FileText, *, side_by_side: bool = False) -> Rows:
    return lay_out(text, side_by_side=side_by_side, opened=range(len(text.spans) + 1))


def shown(text: FileText, rows: Rows) -> tuple[list[str], list[str]]:
    """The lines of both sides, with their LF."""
    before = [text.before[row.before] for row in rows if row.before != NONE and row.kind not in ("header", "fold")]
    after = [text.after[row.after] for row in rows if row.after != NONE and row.kind not in ("header", "fold")]
    return [f"{line}\n" for line in before], [f"{line}\n" for line in after]


@given(lines, lines, st.booleans())
def test_with_every_fold_open_the_rows_are_both_texts_whole_and_in_order(old, new, side_by_side):
    text = file_text(change("a.txt", "".join(old), "".join(new)))
    before, after = shown(text, opened(text, side_by_side=side_by_side))
    assert "".join(before) == "".join(old)
    assert "".join(after) == "".join(new)


@given(lines, lines)
def test_what_is_folded_away_is_counted(old, new):
    text = file_text(change("a.txt", "".join(old), "".join(new)))
    rows = lay_out(text)
    before, _ = shown(text, rows)
    assert len(before) + sum(row.part for row in rows if row.kind == "fold") == len(text.before)


@given(lines, lines, st.booleans())
def test_a_row_is_the_same_by_number_and_in_a_walk(old, new, side_by_side):
    rows = lay_out(file_text(change("a.txt", "".join(old), "".join(new))), side_by_side=side_by_side)
    assert [rows[number] for number in range(len(rows))] == list(rows)


def test_three_unchanged_lines_stay_open_around_a_hunk():
    rows = lay_out(file_text(change("s.py", SESSION, SESSION_AFTER)))
    kinds = [row.kind for row in rows]
    first = kinds.index("removed")
    assert kinds[:first] == ["fold", "header", "context", "context", "context"]
    assert kinds[first + 1 : first + 5] == ["added", "context", "context", "context"]


def test_side_by_side_pairs_old_and_new_lines():
    rows = lay_out(file_text(change("a.txt", "one\ntwo\n", "1\n2\n3\n")), side_by_side=True)
    assert [(row.before, row.after) for row in rows if row.kind == "changed"] == [(0, 0), (1, 1), (NONE, 2)]


def test_an_empty_new_file_and_a_pure_move_have_one_hunk_to_decide():
    for empty in (change("new.txt", None, ""), FileChange("a", "b", b"same\n", b"same\n", ())):
        assert lay_out(file_text(empty)).hunk(0)[0] == 0


def test_a_long_file_has_as_many_runs_as_its_hunks_need():
    old = [f"line {number}\n" for number in range(50_000)]
    new = [f"{line.strip()}!\n" if number % 250 == 100 else line for number, line in enumerate(old)]
    long, short = (file_text(change("f", "".join(old[:n]), "".join(new[:n]))) for n in (50_000, 500))
    assert len(lay_out(long).runs) <= len(lay_out(short).runs) * 100
    assert len(lay_out(long)) < 200 * 12
