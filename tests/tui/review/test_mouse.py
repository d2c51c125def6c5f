"""The mouse does what the keys do: a click selects, a click on a mark decides, the wheel scrolls."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events

from tests.tui.review.test_keys import Reviewing, reviewing
from tests.tui.waiting import until
from tui.widgets.diff.view import DiffView


async def click(review: Reviewing, words: str) -> None:
    """Click on the first place on the screen that shows these words."""
    for y, strip in enumerate(review.screen._compositor.render_strips()):
        text = "".join(segment.text for segment in strip)
        if words in text:
            review.clock.now += 1
            await review.pilot.click(offset=(cell_len(text[: text.index(words)]) + 1, y))
            await review.pilot.pause()
            return
    raise AssertionError(f"{words!r} is not on the screen")


async def test_a_click_on_a_mark_decides_its_hunk():
    async with reviewing() as review:
        await click(review, "✗ reject")
        assert review.verdicts[0] == ["reject", None, None]
        await click(review, "✓ accept")
        assert review.verdicts[0] == ["accept", None, None]


async def test_a_click_on_a_row_brings_its_hunk_into_focus():
    async with reviewing() as review:
        await click(review, "token = secrets.token_hex(16)")
        await review.press("n")
        assert review.verdicts[0] == [None, "reject", None]


async def test_a_click_on_a_file_shows_it():
    async with reviewing() as review:
        await click(review, "auth/views.py")
        await review.press("y")
        assert review.verdicts == [[None] * 3, ["accept"], [None]]


async def test_a_click_on_a_fold_opens_it_and_another_closes_it():
    async with reviewing() as review:
        rows = len(review.screen.query_one(DiffView).rows)
        await click(review, "⋯ 6 unchanged lines")
        assert len(review.screen.query_one(DiffView).rows) == rows + 6
        await click(review, "▾ 6 unchanged lines")
        assert len(review.screen.query_one(DiffView).rows) == rows


async def test_a_click_on_a_stale_file_does_not_accept_it():
    async with reviewing(stale=lambda: {"auth/session.py"}) as review:
        await click(review, "✓ accept")
        assert review.verdicts[0] == [None] * 3


async def test_the_wheel_scrolls_the_diff():
    async with reviewing(size=(80, 24)) as review:
        view = review.screen.query_one(DiffView)
        x, y = view.region.x + 5, view.region.y + 5
        review.app.screen._forward_event(
            events.MouseScrollDown(None, x, y, 0, 1, 0, False, False, False, screen_x=x, screen_y=y)
        )
        await until(review.pilot, lambda: view.scroll_offset.y > 0)
