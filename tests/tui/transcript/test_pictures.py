"""Pictures of a transcript with every kind of block in it. Look at them when they change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.tui.transcript.screen import TranscriptApp
from tests.tui.transcript.story import RICH
from tui.transcript.view import TranscriptView


async def at_the_start(pilot: Pilot[None]) -> None:
    pilot.app.query_one(TranscriptView).frame()
    await pilot.press("home")


async def at_the_end(pilot: Pilot[None]) -> None:
    pilot.app.query_one(TranscriptView).frame()


async def while_finding(pilot: Pilot[None]) -> None:
    await at_the_start(pilot)
    await pilot.press("slash", *"token")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("act", [at_the_start, at_the_end, while_finding], ids=lambda act: act.__name__)
def test_a_rich_transcript(
    snap_compare: Callable[..., bool], act: Callable[..., object], size: tuple[int, int]
) -> None:
    assert snap_compare(TranscriptApp(RICH), terminal_size=size, run_before=act)
