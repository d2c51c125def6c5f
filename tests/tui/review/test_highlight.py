"""Syntax roles a block at a time: what is not looked at is not lexed, and a late block is like the whole."""

from __future__ import annotations

import pytest

from tui.widgets.diff.highlight import BLOCK_LINES, Highlighter

LINES = [f"def f{number}(x): return 'text'  # {number}\n" for number in range(BLOCK_LINES * 24)]


def roles(highlighter: Highlighter, line: int) -> list[str] | None:
    spans = highlighter.roles(line)
    return None if spans is None else [span.role for span in spans]


def test_a_block_is_known_once_it_is_computed_and_no_other():
    highlighter = Highlighter("a.py", LINES)
    highlighter.compute(2)
    assert roles(highlighter, BLOCK_LINES * 2)
    assert roles(highlighter, BLOCK_LINES * 3) is None


@pytest.mark.parametrize("block", [0, 1, 15, 16, 23])
def test_a_block_alone_has_the_same_roles_as_in_a_row(block: int):
    alone, row = Highlighter("a.py", LINES), Highlighter("a.py", LINES)
    alone.compute(block)
    for number in range(block + 1):
        row.compute(number)
    lines = range(block * BLOCK_LINES, (block + 1) * BLOCK_LINES)
    assert [alone.roles(line) for line in lines] == [row.roles(line) for line in lines]


def test_a_string_over_many_lines_is_a_string_in_the_next_block():
    lines = ['"""\n', *["words\n"] * (BLOCK_LINES * 2), '"""\n']
    highlighter = Highlighter("a.py", lines)
    highlighter.compute(1)
    assert roles(highlighter, BLOCK_LINES + 5) == ["string"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("notes.unknown", "def f():\n", id="a file of unknown kind"),
        pytest.param("a.py", "x = 1  #" + "x" * 3_000 + "\n", id="a very long line"),
        pytest.param("a.py", "\n", id="an empty line"),
    ],
)
def test_some_lines_stay_plain(path: str, line: str):
    highlighter = Highlighter(path, [line, "x = 1\n"])
    highlighter.compute(0)
    assert roles(highlighter, 0) == []


def test_spans_cover_the_characters_of_their_role():
    line = "x = 'ab' # c\n"
    highlighter = Highlighter("a.py", [line])
    highlighter.compute(0)
    covered = {"string": "", "comment": ""}
    for start, end, role in highlighter.roles(0) or ():
        if role in covered:
            covered[role] += line[start:end]
    assert covered == {"string": "'ab'", "comment": "# c"}
