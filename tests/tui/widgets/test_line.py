"""A line of parts: what does not fit is shortened, then left out, the least important first, never cut in a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.line import Part, fit_line

LEFT = [Part("app", rank=1), Part("~/src/shop", rank=7, short="shop"), Part("main", rank=3)]
RIGHT = [Part("local", rank=6), Part("●", rank=8)]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        pytest.param(40, "app  ~/src/shop  main           local  ●", id="everything fits"),
        pytest.param(30, "~/src/shop  main      local  ●", id="the least important part goes"),
        pytest.param(22, "~/src/shop    local  ●", id="then the next"),
        pytest.param(14, "~/src/shop   ●", id="and the next"),
        pytest.param(8, "shop   ●", id="a short form before it goes"),
        pytest.param(3, "  ●", id="the most important part stays"),
    ],
)
def test_a_narrow_line_keeps_what_matters(width: int, expected: str) -> None:
    assert fit_line(LEFT, RIGHT, width).plain == expected


def test_glued_parts_have_no_gap() -> None:
    assert fit_line([Part("a"), Part("b", glue=True), Part("c")], [], 6).plain == "ab  c "


def test_a_key_goes_together_with_what_it_does() -> None:
    hints = [Part(" y ", rank=7), Part("yes ", rank=7, glue=True), Part(" n ", rank=6), Part("no ", rank=6, glue=True)]
    assert fit_line([], hints, 12).plain.strip() == "y yes"


def test_the_fill_stands_between_left_and_right() -> None:
    assert fit_line([Part("a")], [Part("z")], 5, fill="─").plain == "a───z"


WORDS = st.lists(st.builds(Part, st.text("abc界", min_size=1, max_size=8), rank=st.integers(1, 9)), max_size=6)


@given(WORDS, WORDS, st.integers(1, 60))
def test_a_line_is_exactly_as_wide_as_asked_and_its_words_are_whole(
    left: list[Part], right: list[Part], width: int
) -> None:
    line = fit_line(left, right, width)
    assert line.cell_length <= width
    whole = {part.text for part in (*left, *right)}
    words = line.plain.split()
    assert all(word in whole for word in words) or line.plain.endswith("…")
