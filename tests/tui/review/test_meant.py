"""What was typed or pasted for something else decides nothing in the review (THREATS.md T7)."""

from __future__ import annotations

from textual import events

from tests.tui.review.test_keys import reviewing

KEYS_AHEAD = ["y", "A", "enter", "Y", "n", "enter", "space", "j", "escape", "A"] * 5


async def test_fifty_keys_and_a_long_paste_around_the_opening_approve_nothing():
    async with reviewing(settled=False) as review:
        for key in KEYS_AHEAD:
            review.app.post_message(events.Key(key, key if len(key) == 1 else None))
        review.app.post_message(events.Paste("yA\n" * 3_400))
        await review.pilot.pause()
        review.clock.now += 0.29
        await review.pilot.press("A", "enter")
        assert review.app.results == []
        assert not review.screen.draft.can_undo
