"""The mouse does what the keys do: a click selects, a click on a mark decides, the wheel scrolls."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.widget import Widget

from agent.edits.proposal import Proposal
from tests.tui.review.build import change
from tests.tui.review.test_keys import Reviewing, reviewing
from tests.tui.waiting import until
from tui.widgets.diff.files import FileList
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


def wheel(review: Reviewing, widget: Widget, *, is_sideways: bool = False) -> None:
    """One step down over a widget, or to the right with shift held."""
    x, y = widget.region.x + 5, widget.region.y + 5
    step = events.MouseScrollDown(None, x, y, 0, 1, 0, is_sideways, False, False, screen_x=x, screen_y=y)
    review.app.screen._forward_event(step)


async def test_the_wheel_scrolls_the_diff():
    async with reviewing(size=(80, 24)) as review:
        wheel(review, review.view)
        await until(review.pilot, lambda: review.view.scroll_offset.y > 0)


async def test_the_wheel_over_the_files_scrolls_them_and_not_the_diff():
    files = tuple(change(f"file_{number}.py", "old\n" * 50, "new\n" * 50) for number in range(30))
    async with reviewing(Proposal("p", files), size=(120, 24)) as review:
        listed = review.screen.query_one(FileList)
        wheel(review, listed)
        await until(review.pilot, lambda: listed.scroll_offset.y > 0)
        assert review.view.scroll_offset.y == 0
        await click(review, "file_4.py")
        assert review.pane.place.file == 4


async def test_the_wheel_with_shift_scrolls_to_the_end_of_long_lines():
    wide = change("wide.py", "old\n", "new " * 100 + "\n")
    async with reviewing(Proposal("p", (wide,)), size=(80, 24)) as review:
        wheel(review, review.view, is_sideways=True)
        await until(review.pilot, lambda: review.view.scroll_offset.x > 0)


async def test_a_click_on_a_hunk_after_the_wheel_means_the_row_that_is_seen():
    lines = [f"line {number}\n" for number in range(400)]
    after = [f"new {number}\n" if number % 20 == 10 else line for number, line in enumerate(lines)]
    async with reviewing(Proposal("p", (change("a.py", "".join(lines), "".join(after)),)), size=(80, 24)) as review:
        await review.press("G")
        await click(review, "new 390")
        assert review.pane.place.hunk == 19


async def test_a_click_in_the_middle_of_a_long_hunk_moves_nothing_away():
    long = change("a.py", "", "".join(f"line {number}\n" for number in range(100)))
    async with reviewing(Proposal("p", (long,)), size=(80, 24)) as review:
        await review.press("space", "space")
        await click(review, "line 40")
        assert review.view.scroll_offset.y > 20


async def drag(review: Reviewing, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press at one cell and let go at another, as a terminal tells it: Textual makes a click of the two."""
    for kind, (x, y) in ((events.MouseDown, start), (events.MouseMove, end), (events.MouseUp, end)):
        review.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))
        await review.pilot.pause()


async def test_what_is_dragged_onto_a_mark_decides_nothing():
    async with reviewing() as review:
        review.clock.now += 1
        view = review.view
        row = next(y for y in range(view.size.height) if view.rows[y].kind == "header")
        x, y = view.region.offset
        code, mark = (x + 20, y + row + 3), (x + view.size.width - 4, y + row)
        await drag(review, code, mark)
        assert review.verdicts[0] == [None] * 3
        await drag(review, mark, mark)
        assert review.verdicts[0] == ["reject", None, None]
