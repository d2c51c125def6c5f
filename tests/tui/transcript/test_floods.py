"""1 MB in any shape costs many small pieces of work and never a large one (THREATS.md T8).

Counted in characters that are laid out in one turn of the event loop; what a megabyte takes was measured by hand.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tui.transcript.screen import TranscriptApp
from tui.transcript import layout, markdown, stream
from tui.transcript.blocks import Answer, Prompt
from tui.transcript.document import Document
from tui.transcript.layout import lay_out
from tui.transcript.painter import REDRAW_LIMIT, Painter
from tui.transcript.repaint import SLICES_A_PAINT
from tui.transcript.rows import Mark, Row, Run, near, row_text
from tui.transcript.sections import SECTION, SECTION_CONSTRUCTS, sections
from tui.transcript.stream import COMMIT_LIMIT
from tui.transcript.written import LIMITS, PROSE_LIMIT, SHOWN_CHARACTERS

NESTED = LIMITS["table"]

SHAPES = [
    pytest.param("", "x", PROSE_LIMIT, id="one line"),
    pytest.param("", "x\n", PROSE_LIMIT, id="short lines"),
    pytest.param("", "日本", PROSE_LIMIT, id="wide letters"),
    pytest.param("", "👩⟨U+200D⟩💻", PROSE_LIMIT, id="joined emoji"),
    pytest.param("", "e\u0301", PROSE_LIMIT, id="combining marks"),
    pytest.param("", "[", PROSE_LIMIT, id="brackets"),
    pytest.param("", "- x\n", PROSE_LIMIT, id="bullets"),
    pytest.param("", "1. x\n", PROSE_LIMIT, id="numbers"),
    pytest.param("", "> ", NESTED, id="nested quotes"),
    pytest.param("", "- a\n  - b\n    - c\n      - d\n", NESTED, id="deep lists"),
    pytest.param("- x\n", "  y\n", NESTED, id="one item"),
    pytest.param("- ", "y", NESTED, id="one item in one line"),
    pytest.param("| a | b |\n|---|---|\n", "| a | b |\n", NESTED, id="one table"),
    pytest.param("```python\n", "x = [1, 2]\n", LIMITS["fence"], id="one block of code"),
    pytest.param("", "http://example.com/aaaa/bbbb?c=d&", PROSE_LIMIT, id="one long address"),
    pytest.param("", "[a](http://x.y/z) ", PROSE_LIMIT, id="links"),
    pytest.param("", "word   \n", PROSE_LIMIT, id="spaces at line ends"),
    pytest.param("", "_a_ ", PROSE_LIMIT, id="emphasis"),
]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Characters of each text that is laid out."""
    done: list[int] = []

    def counted(draw: Callable[..., list[Row]]) -> Callable[..., list[Row]]:
        return lambda source, *more, **how: done.append(len(source)) or draw(source, *more, **how)

    for module, names in ((stream, ("plain", "render_source", "render", "inline")), (markdown, ("render_source",))):
        for name in names:
            monkeypatch.setattr(module, name, counted(getattr(module, name)))
    monkeypatch.setattr(layout, "flood", counted(layout.flood))
    return done


def most_in_one_turn(painter: Painter, work: list[int]) -> int:
    """Commit until nothing waits; the most that one commit laid out."""
    most = 0
    while True:
        work.clear()
        painter.commit()
        most = max(most, sum(work))
        if not painter.is_behind:
            return most


@pytest.mark.parametrize(("head", "shape", "limit"), SHAPES)
def test_no_turn_lays_out_much_while_it_streams_or_when_it_ends(
    head: str, shape: str, limit: int, work: list[int]
) -> None:
    document = Document()
    painter = Painter(document)
    painter.resize(120)
    document.open(Answer())
    document.feed(head + shape * (2 * limit // len(shape)))
    painter.commit()
    document.close()
    assert most_in_one_turn(painter, work) <= 2 * limit
    painter.commit()
    assert document.growing is None


@pytest.mark.parametrize(("head", "shape", "limit"), SHAPES)
def test_another_width_lays_out_no_more_than_is_kept_in_one_block(
    head: str, shape: str, limit: int, work: list[int]
) -> None:
    document = Document()
    painter = Painter(document)
    painter.resize(120)
    document.extend(sections(head + shape * (2 * limit // len(shape))))
    for width in (120, 60):
        painter.resize(width)
        for index in range(len(document)):
            work.clear()
            painter.measure(index)
            assert max(work, default=0) <= max(SECTION + limit, SHOWN_CHARACTERS)
            assert len(work) <= SECTION_CONSTRUCTS + 2


def test_an_answer_that_ends_is_drawn_on_in_slices() -> None:
    document = Document()
    painter = Painter(document)
    painter.resize(80)
    document.open(Answer())
    document.feed("some words\n\n" * 1_000)
    document.close()
    document.append(Prompt("the next one"))
    turns = 0
    while turns == 0 or painter.is_behind:
        painter.commit()
        turns += 1
    painter.commit()
    assert turns >= 12 * 1_000 // COMMIT_LIMIT
    texts = [entry.block.text for entry in document if isinstance(entry.block, Answer)]
    assert "".join(texts) == "some words\n\n" * 1_000
    assert isinstance(document[len(document) - 1].block, Prompt)


TEXTS = [
    pytest.param("some words\n\n" * 1_100, id="paragraphs"),
    pytest.param("- an item\n" * 1_100, id="close list"),
    pytest.param("- an item\n\n" * 1_100, id="loose list"),
    pytest.param("1. an item\n" * 1_100, id="numbers that the list counts"),
    pytest.param("# head\n" * 1_100, id="headings"),
    pytest.param("```\ncode\n```\n" * 600, id="code"),
    pytest.param("words\n\n| a | b |\n|---|---|\n| c | d |\n\n" * 300, id="tables"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_streamed_is_the_same_as_what_is_restored(text: str) -> None:
    streamed, restored = Document(), Document()
    restored.extend(sections(text))
    painter = Painter(streamed)
    painter.resize(80)
    streamed.open(Answer())
    for start in range(0, len(text), 700):
        streamed.feed(text[start : start + 700])
        painter.commit()
    streamed.close()
    while painter.commit() is not None or painter.is_behind:
        pass
    assert [entry.block for entry in streamed] == [entry.block for entry in restored]
    drawn = [painter.rows(index) for index in range(len(streamed))]
    assert drawn == [lay_out(entry.block, entry.gap, 80) for entry in restored]


def test_a_list_goes_on_counting_in_the_next_block() -> None:
    parts = list(sections("1. an item\n" * (SECTION_CONSTRUCTS + 10)))
    rows = lay_out(parts[1], parts[1].gap, 80)
    assert row_text(rows[0]) == f"   {SECTION_CONSTRUCTS + 1}. an item"


def test_another_width_draws_what_grows_at_once_and_not_from_its_start() -> None:
    document = Document()
    painter = Painter(document)
    painter.resize(80)
    document.open(Answer())
    for _ in range(REDRAW_LIMIT // 600):
        document.feed("words " * 100)
        painter.commit()
    painter.resize(60)
    painter.commit()
    assert not painter.is_behind


async def test_a_flood_is_painted_less_often_than_it_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        await pilot.pause()
        slices: list[int] = []
        paints: list[int] = []
        commit, refresh = view.painter.commit, view.refresh
        monkeypatch.setattr(view.painter, "commit", lambda: slices.append(1) or commit())
        monkeypatch.setattr(view, "refresh", lambda *where, **how: paints.append(1) or refresh(*where, **how))
        view.document.open(Answer())
        view.document.feed("some words\n\n" * 2_000)
        while not slices or view.painter.is_behind:
            await pilot.pause(0.01)
        assert len(slices) >= 24_000 // COMMIT_LIMIT
        assert len(paints) <= len(slices) / SLICES_A_PAINT + 2


def test_only_marks_near_a_row_are_laid_over_it() -> None:
    marks = [Mark(place, place + 2, "match") for place in range(0, 10_000, 10)]
    assert near(marks, [(Run("words", "", 100), Run(" "), Run("of", "", 111))]) == [
        Mark(100, 102, "match"),
        Mark(110, 112, "match"),
    ]
    assert near(marks, [(Run("drawn"),)]) == []
