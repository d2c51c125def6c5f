"""The review as it looks, in every size, compared with what was looked at and found good.

A picture is a sheet of text (`tests.tui.screens.sheet`); one program shows everything that stands in a sheet.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from syrupy.assertion import SnapshotAssertion

from agent.edits.proposal import Proposal
from tests.tui.review.build import SESSION, SESSION_AFTER, change
from tests.tui.review.test_keys import Reviewing, reviewing
from tests.tui.screens.sheet import Frame, SheetExtension, capture, sheet
from tests.tui.waiting import at_rest

SIZES = ((80, 24), (200, 60))
SNEAKY = Proposal(
    "p",
    (
        change(
            "auth/session.py",
            SESSION,
            SESSION_AFTER.replace("# a working day, and", "#\u202e a working\u200b day, and"),
        ),
        change(
            ".github/workflows/ci.yml", "on: push\n", "on: pull_request_target\n", warnings=("runs by itself in CI",)
        ),
        change("auth/views.py", "a\n", "b\n"),
    ),
)


class Album:
    """What was seen of one review, by name and size."""

    def __init__(self, review: Reviewing) -> None:
        self.review = review
        self.frames: dict[str, Frame] = {}

    async def show(self, name: str, *keys: str, sizes: tuple[tuple[int, int], ...] = SIZES) -> None:
        await self.review.press(*keys)
        for columns, rows in sizes:
            await self.review.pilot.resize_terminal(columns, rows)
            await at_rest(self.review.pilot)
            self.frames[f"{name}, {columns}x{rows}"] = capture(self.review.app)


@asynccontextmanager
async def album(
    snapshot: SnapshotAssertion, proposal: Proposal | None = None, stale: str = ""
) -> AsyncGenerator[Album, None]:
    async with reviewing(proposal, stale=lambda: {stale} if stale else set()) as review:
        shown = Album(review)
        yield shown
    assert sheet({"dark": shown.frames}) == snapshot.use_extension(SheetExtension)


async def test_unified_and_side_by_side_by_size(snapshot: SnapshotAssertion):
    async with album(snapshot) as review:
        await review.show("one hunk accepted", "y", sizes=(*SIZES, (120, 40)))
        await review.show("unified by choice", "v", "n", sizes=((200, 60),))


async def test_the_boxes_over_the_review(snapshot: SnapshotAssertion):
    async with album(snapshot) as review:
        await review.show("edit", "e")
        await review.show("comment", "escape", "c")
        await review.show("keys", "escape", "question_mark")


async def test_what_a_person_is_warned_of(snapshot: SnapshotAssertion):
    async with album(snapshot, SNEAKY, stale="auth/views.py") as review:
        await review.show("invisible characters, and what runs by itself")
        await review.show("changed on disk", "J", "J", "y")


async def test_everything_decided_with_comments(snapshot: SnapshotAssertion):
    async with album(snapshot) as review:
        await review.show("decided", "c", *"use UTC", "ctrl+s", "m", *"not now", "ctrl+s", "n", "A")
