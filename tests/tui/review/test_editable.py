"""The text of a hunk in the editor and back: what the person did not touch keeps its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.diff.editable import from_editable, is_editable, to_editable

line = st.text(st.sampled_from("ab \t\u202e\u200b\x1bé⟨⟩U+0"), max_size=8)
ended = st.builds(str.__add__, line, st.sampled_from(["\n", "\r\n"]))
hunks = st.builds(lambda lines, last: (*lines, *([last] if last else [])), st.lists(ended, max_size=6), line)


@given(hunks)
def test_text_that_was_not_changed_gives_every_byte_back(lines: tuple[str, ...]):
    assert from_editable(to_editable(lines), lines) == lines


@given(st.lists(ended, min_size=1, max_size=6).map(tuple))
def test_one_more_line_leaves_the_text_of_the_others_as_it_was(lines: tuple[str, ...]):
    if is_editable(lines):
        first, *others = from_editable("new\n" + to_editable(lines), lines)
        assert first.rstrip("\r\n") == "new"
        assert [text.rstrip("\r\n") for text in others] == [text.rstrip("\r\n") for text in lines]


@pytest.mark.parametrize(
    ("lines", "typed", "expected"),
    [
        pytest.param(("a\n",), "b", ("b\n",), id="the line end comes back"),
        pytest.param(("a\r\n",), "b\nc", ("b\r\n", "c\r\n"), id="new lines end like the others"),
        pytest.param(("a\n", "b"), "a\nc", ("a\n", "c"), id="no newline at the end stays so"),
        pytest.param(("a\n",), "", (), id="nothing typed is no line"),
        pytest.param((), "a", ("a\n",), id="lines where there were none"),
        pytest.param(("x\u202ey\n",), "x⟨U+202E⟩z", ("x\u202ez\n",), id="what was hidden is kept when it is kept"),
        pytest.param(("x\u202ey\n",), "xy", ("xy\n",), id="what was hidden is gone when it is deleted"),
        pytest.param(("x\n",), "⟨U+202E⟩", ("⟨U+202E⟩\n",), id="nothing hidden can be typed"),
    ],
)
def test_what_is_typed_becomes_lines(lines: tuple[str, ...], typed: str, expected: tuple[str, ...]):
    assert from_editable(typed, lines) == expected


def test_a_text_that_spells_out_what_it_hides_is_not_edited():
    assert not is_editable(("⟨U+202E⟩ \u202e\n",))
    assert is_editable(("⟨U+202E⟩\n",))
