"""Markdown that arrives piece by piece ends as the same rows as Markdown in one piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.transcript.samples import chunked
from tui.transcript import markdown, stream
from tui.transcript.markdown import render
from tui.transcript.rows import Row, Run, row_cells, row_text
from tui.transcript.stream import COMMIT_LIMIT, MarkdownStream
from tui.transcript.written import LIMITS

WIDTHS = st.integers(10, 120)


def streamed(chunks: list[str], width: int) -> list[Row]:
    growing = MarkdownStream(width)
    for chunk in chunks:
        growing.feed(chunk)
        growing.commit()
    growing.finish()
    return growing.rows


@given(chunked(), WIDTHS)
@settings(max_examples=300, deadline=None)
def test_any_chunking_ends_as_the_whole_text_does(sample: tuple[str, list[str]], width: int) -> None:
    text, chunks = sample
    assert streamed(chunks, width) == render(text, width)


@pytest.mark.nightly
@given(chunked(), WIDTHS)
@settings(max_examples=10_000, deadline=None)
def test_very_many_chunkings_end_as_the_whole_text_does(sample: tuple[str, list[str]], width: int) -> None:
    text, chunks = sample
    assert streamed(chunks, width) == render(text, width)


@given(chunked(), WIDTHS)
@settings(max_examples=200, deadline=None)
def test_a_commit_names_the_first_row_that_changed(sample: tuple[str, list[str]], width: int) -> None:
    stream = MarkdownStream(width)
    before: list[Row] = []
    for chunk in sample[1]:
        stream.feed(chunk)
        first = stream.commit()
        assert stream.rows[:first] == before[:first]
        before = list(stream.rows)


@given(chunked(), st.integers(30, 120))
@settings(max_examples=200, deadline=None)
def test_no_row_is_wider_than_the_width(sample: tuple[str, list[str]], width: int) -> None:
    stream = MarkdownStream(width)
    for chunk in sample[1]:
        stream.feed(chunk)
        stream.commit()
        assert all(row_cells(row) <= width for row in stream.rows)


def test_a_flood_is_taken_in_by_parts() -> None:
    stream = MarkdownStream(80)
    stream.feed("word " * COMMIT_LIMIT)
    stream.commit()
    assert stream.is_behind
    while stream.is_behind:
        stream.commit()
    stream.finish()
    assert stream.rows == render("word " * COMMIT_LIMIT, 80)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("``", [], id="a fence that is being typed"),
        pytest.param("- ", [], id="a marker without its item"),
        pytest.param("word\n#", ["word"], id="a heading that has no words yet"),
        pytest.param("| a | b |\n", [], id="a line that may be the head of a table"),
        pytest.param("some **strong", ["some **strong"], id="emphasis that is open"),
        pytest.param("```py\nx = 1", ["  py", "  x = 1", ""], id="code before its line end"),
    ],
)
def test_what_is_undecided_is_not_shown_as_something_else(text: str, shown: list[str]) -> None:
    stream = MarkdownStream(20)
    stream.feed(text)
    stream.commit()
    assert [row_text(row).rstrip() for row in stream.rows] == shown


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("> quoted **words** here\n", id="quote"),
        pytest.param("  words of an item\n", id="item"),
        pytest.param("| one | two |\n", id="table"),
        pytest.param("    code by its indent\n", id="indented code"),
    ],
)
def test_what_is_too_long_for_markdown_is_drawn_once_and_in_small_pieces(line: str, monkeypatch: pytest.MonkeyPatch):
    """THREATS.md T8: no commit takes long, and all of them together cost what the text costs once."""
    head = {"  w": "- item\n", "| o": "| a | b |\n|---|---|\n"}.get(line[:3], "")
    text = head + line * (200_000 // len(line))
    drawn: list[int] = []

    def counted(draw: Callable[..., list[Row]]) -> Callable[..., list[Row]]:
        return lambda source, *more, **how: drawn.append(len(source)) or draw(source, *more, **how)

    monkeypatch.setattr(stream, "plain", counted(stream.plain))
    monkeypatch.setattr(stream, "render_source", counted(stream.render_source))
    growing = MarkdownStream(80)
    growing.feed(text)
    while growing.is_behind:
        growing.commit()
    growing.finish()
    assert max(drawn) <= max(LIMITS.values()) + COMMIT_LIMIT
    assert sum(drawn) <= len(text) + 16 * max(LIMITS.values())
    assert growing.rows == render(text, 80)


FLOODS = [
    pytest.param("x", id="one line"),
    pytest.param("x\n", id="short lines"),
    pytest.param("日本", id="wide letters"),
    pytest.param("👩\u200d💻", id="joined emoji"),
    pytest.param("e\u0301", id="combining marks"),
    pytest.param("[", id="brackets"),
    pytest.param("- x\n", id="bullets"),
    pytest.param("> ", id="nested quotes"),
]


@pytest.mark.parametrize("shape", FLOODS)
def test_a_flood_of_an_answer_is_laid_out_about_once_while_it_grows(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """THREATS.md T8: what a commit costs does not grow with the line that it is in. 1 MB each was measured by hand."""
    laid_out: list[int] = []
    for module in (stream, markdown):
        wrap = module.wrap
        monkeypatch.setattr(
            module, "wrap", lambda runs, width, wrap=wrap: laid_out.append(_length(runs)) or wrap(runs, width)
        )
    breaks = stream.breaks
    monkeypatch.setattr(stream, "breaks", lambda text, width: laid_out.append(len(text)) or breaks(text, width))
    growing = MarkdownStream(80)
    growing.feed(shape * (60_000 // len(shape)))
    while growing.is_behind:
        growing.commit()
    assert max(laid_out, default=0) <= 8 * COMMIT_LIMIT
    assert sum(laid_out) <= 4 * 60_000


def _length(runs: Sequence[Run]) -> int:
    return sum(len(run.text) for run in runs)
