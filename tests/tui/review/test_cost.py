"""What opening a review costs: it follows the size of the screen, not that of the file."""

from __future__ import annotations

from agent.edits.diff import diff_texts
from agent.edits.proposal import FileChange, Proposal
from tests.tui.review.test_keys import reviewing
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
