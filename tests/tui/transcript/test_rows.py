"""Rows: wrapped by cells, cut without loss, marked by source positions; heights as a prefix sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.transcript.heights import Heights
from tui.transcript.rows import Mark, Row, Run, clipped, fold, marked, place_at, row_cells, row_text, wrap

TEXTS = st.text(
    st.sampled_from("ab c  日本é🙂e\u0301-_") | st.characters(categories=["L", "N", "P", "Z", "S", "M"]), max_size=60
)
RUNS = st.lists(TEXTS, max_size=5).map(
    lambda texts: [Run(text, "ink", sum(map(len, texts[:n]))) for n, text in enumerate(texts)]
)


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 10, [""]),
        ("one two three", 8, ["one two", "three"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("a abcdefghij", 4, ["a", "abcd", "efgh", "ij"]),
        ("日本語日本", 5, ["日本", "語日", "本"]),
        ("one\n\ntwo", 10, ["one", "", "two"]),
        ("trailing    ", 10, ["trailing"]),
    ],
)
def test_text_is_wrapped_at_spaces_and_between_wide_letters(text: str, width: int, rows: list[str]) -> None:
    assert [row_text(row) for row in wrap([Run(text)], width)] == rows


@given(RUNS, st.integers(2, 30))
def test_wrapping_loses_nothing_but_spaces_and_fits(runs: list[Run], width: int) -> None:
    rows = wrap(runs, width)
    everything = "".join(run.text for run in runs)
    assert "".join(row_text(row) for row in rows).replace(" ", "") == everything.replace(" ", "")
    assert all(row_cells(row) <= width for row in rows)


@given(RUNS, st.integers(2, 30))
def test_folding_loses_nothing_and_fits(runs: list[Run], width: int) -> None:
    rows = fold(runs, width)
    assert "".join(map(row_text, rows)) == "".join(run.text for run in runs)
    assert all(row_cells(row) <= width for row in rows)


@given(RUNS, st.integers(0, 30))
def test_a_clipped_row_fits(runs: list[Run], width: int) -> None:
    assert row_cells(clipped(tuple(runs), width)) <= width


@given(RUNS, st.integers(0, 80), st.integers(0, 80))
def test_marks_change_inks_and_no_text(runs: list[Run], start: int, end: int) -> None:
    row = marked(tuple(runs), [Mark(start, end, "match")])
    assert row_text(row) == row_text(tuple(runs))
    covered = "".join(run.text for run in row if run.ink == "ink match")
    assert covered == row_text(tuple(runs))[start:end]


ROW: Row = (Run("  "), Run("ab", "", 10), Run("│"), Run("日c", "", 20), Run("   "))


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        pytest.param(0, (10, 10), id="the margin is the start"),
        pytest.param(2, (10, 11), id="a letter"),
        pytest.param(3, (11, 12), id="the next"),
        pytest.param(4, (12, 12), id="a border is the end of what stands left of it"),
        pytest.param(5, (20, 21), id="the left half of a wide letter"),
        pytest.param(6, (20, 21), id="its right half"),
        pytest.param(7, (21, 22), id="a letter after it"),
        pytest.param(60, (22, 22), id="beyond the end"),
    ],
)
def test_a_cell_stands_for_a_place_in_the_source(cell: int, place: tuple[int, int]) -> None:
    assert place_at(ROW, cell) == place


def test_a_row_that_was_not_written_has_no_place() -> None:
    assert place_at((Run("─────"),), 3) is None


# ── heights ──────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(0, 9)), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9))), st.integers(0, 60))
def test_heights_answer_as_a_plain_list_would(values: list[int], changes: list[tuple[int, int]], keep: int) -> None:
    heights = Heights()
    for value in values:
        heights.append(value)
    for index, value in changes:
        if index < len(values):
            heights.set(index, value)
            values[index] = value
    heights.truncate(keep)
    values = values[:keep]
    assert heights.total == sum(values)
    assert [heights.before(index) for index in range(len(values) + 1)] == [
        sum(values[:n]) for n in range(len(values) + 1)
    ]
    owners = [(index, offset) for index, value in enumerate(values) for offset in range(value)]
    assert [heights.find(row) for row in range(heights.total)] == owners
    with pytest.raises(IndexError):
        heights.find(heights.total)


def test_cells_are_counted_as_the_terminal_counts_them() -> None:
    assert row_cells((Run("日本"), Run("e\u0301"))) == cell_len("日本e\u0301") == 5
