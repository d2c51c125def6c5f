"""What opening a review costs: it follows the size of the screen, not that of the file."""

from __future__ import annotations

import pytest
from textual.strip import Strip

from agent.edits.diff import diff_texts
from agent.edits.lines import Lines
from agent.edits.proposal import FileChange, Proposal
from tests.tui.review.test_keys import Reviewing, reviewing
from tests.tui.waiting import until
from tui.widgets.diff import draft
from tui.widgets.diff.draft import Tally
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
        return len(await painted(review))


async def painted(review: Reviewing) -> dict[int, Strip]:
    """The rows on the screen, once their colours have come too."""
    view = review.screen.query_one(DiffView)
    await until(review.pilot, lambda: bool(view._strips) and not view._wanted and not view._is_computing)
    return dict(view._strips)


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
        strips = await painted(review)
        view = review.screen.query_one(DiffView)
        review.screen._draw()
        assert {index: view._strips.get(index) for index in strips} == strips


async def test_the_hunks_are_counted_with_a_decision_and_with_no_other_key(monkeypatch: pytest.MonkeyPatch):
    counted: list[Tally] = []
    monkeypatch.setattr(draft, "Tally", lambda **facts: counted.append(Tally(**facts)) or counted[-1])
    async with reviewing(long_proposal(50_000), size=(180, 40)) as review:
        await review.press("j")
        counted.clear()
        await review.press("v", "j", "G", "v", "k")
        assert not counted
        await review.press("y")
        assert [one.accepted for one in counted] == [1]
