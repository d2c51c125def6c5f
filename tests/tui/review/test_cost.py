"""What opening a review costs: it follows the size of the screen, not that of the file."""

from __future__ import annotations

import pytest
from textual.strip import Strip

from agent.edits.diff import diff_texts
from agent.edits.lines import Lines
from agent.edits.proposal import FileChange, Proposal
from tests.tui.review.test_keys import reviewing
from tui.widgets.diff.paint import Painter
from tui.widgets.diff.rows import Row
from tui.widgets.diff.view import DiffView


def long_proposal(lines: int) -> Proposal:
    """Every 250th line differs."""
    old = [f"value_{number} = {number}\n" for number in range(lines)]
    new = [line.replace("=", "= 1 +") if number % 250 == 100 else line for number, line in enumerate(old)]
    before, after = "".join(old), "".join(new)
    return Proposal("p", (FileChange("a.py", "a.py", before.encode(), after.encode(), diff_texts(before, after)),))


async def drawn_rows(lines: int, *keys: str) -> int:
    async with reviewing(long_proposal(lines), size=(80, 24)) as review:
        await review.press(*keys)
        return len(review.screen.query_one(DiffView)._strips)


async def test_a_file_of_50_000_lines_draws_no_more_rows_than_one_of_500():
    short, long = await drawn_rows(500), await drawn_rows(50_000)
    assert 0 < long <= max(short, 24)


async def test_going_to_the_last_of_200_hunks_draws_one_screen_more():
    assert await drawn_rows(50_000, "k", "G") <= 3 * 24


async def test_a_review_is_drawn_side_by_side_from_the_first_paint(monkeypatch: pytest.MonkeyPatch):
    views: list[bool] = []
    strip = Painter.strip

    def noted(painter: Painter, row: Row) -> Strip:
        views.append(painter.side_by_side)
        return strip(painter, row)

    monkeypatch.setattr(Painter, "strip", noted)
    async with reviewing(long_proposal(500), size=(180, 40)) as review:
        await review.press("j")
    assert all(views)


async def test_a_review_of_a_long_file_never_splits_it(monkeypatch: pytest.MonkeyPatch):
    def refuse(_: Lines) -> None:
        raise AssertionError("all lines were cut out")

    monkeypatch.setattr(Lines, "__iter__", refuse)
    async with reviewing(long_proposal(50_000), size=(180, 40)) as review:
        await review.press("j", "v", "G", "v")


async def test_what_is_shown_again_unchanged_is_not_drawn_again():
    async with reviewing(long_proposal(500), size=(180, 40)) as review:
        view = review.screen.query_one(DiffView)
        strips = dict(view._strips)
        review.screen._draw()
        assert strips
        assert {index: view._strips.get(index) for index in strips} == strips
