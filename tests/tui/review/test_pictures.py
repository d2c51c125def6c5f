"""Pictures of the review screen, compared with those that were looked at and found good."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from agent.edits.proposal import Proposal
from tests.tui.review.build import SESSION, SESSION_AFTER, Clock, ReviewApp, change, shop_proposal
from tui.screens.review import ReviewScreen

Compare = Callable[..., bool]
Act = Callable[[Pilot[None]], Awaitable[None]]
SIZES = [(80, 24), (120, 40), (200, 60)]


def picture(
    compare: Compare, size: tuple[int, int], *keys: str, proposal: Proposal | None = None, stale: str = ""
) -> bool:
    clock = Clock()
    shown = proposal or shop_proposal()
    app = ReviewApp(lambda: ReviewScreen(shown, clock=clock, stale={stale} if stale else ()))

    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause(0.2)
        for key in keys:
            clock.now += 1
            await pilot.press(key)
            await pilot.pause(0.05)
        await pilot.pause(0.3)

    return compare(app, terminal_size=size, run_before=act)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_unified_or_side_by_side_by_size_with_one_hunk_accepted(snap_compare: Compare, size: tuple[int, int]):
    assert picture(snap_compare, size, "y")


def test_unified_on_a_wide_screen(snap_compare: Compare):
    assert picture(snap_compare, (200, 60), "v", "y", "n")


def test_side_by_side_from_140_columns(snap_compare: Compare):
    assert picture(snap_compare, (140, 40), "y")


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
@pytest.mark.parametrize("key", ["e", "c", "question_mark"], ids=["edit", "comment", "keys"])
def test_a_box_over_the_review(snap_compare: Compare, size: tuple[int, int], key: str):
    assert picture(snap_compare, size, key)


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_a_file_that_changed_on_disk(snap_compare: Compare, size: tuple[int, int]):
    assert picture(snap_compare, size, "y", stale="auth/session.py")


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_invisible_characters_and_warnings(snap_compare: Compare, size: tuple[int, int]):
    sneaky = SESSION_AFTER.replace("# a working day, and lunch", "#\u202e a working\u200b day")
    runs = change(
        ".github/workflows/ci.yml", "on: push\n", "on: pull_request_target\n", warnings=("runs by itself in CI",)
    )
    assert picture(snap_compare, size, proposal=Proposal("p", (change("auth/session.py", SESSION, sneaky), runs)))


def test_everything_decided_with_a_comment(snap_compare: Compare):
    assert picture(snap_compare, (120, 40), "c", *"use UTC", "ctrl+s", "n", "A")
