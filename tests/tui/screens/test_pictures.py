"""Every screen in three sizes and three themes, compared with what was looked at and found good.

`--snapshot-update` takes what is there; look at it first: `python -m tests.tui.screens.gallery FOLDER [NAME …]`.
"""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from agent import machine
from tests.tui.screens.fakes import Clock
from tests.tui.screens.gallery import GALLERY, SIZES, THEMES, Shown
from tests.tui.screens.sheet import Frame, SheetExtension, capture, sheet
from tests.tui.waiting import at_rest
from tui.theme import Wear


@pytest.mark.parametrize("shown", GALLERY, ids=lambda shown: shown.name)
async def test_a_screen(shown: Shown, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.welcome.memory_bytes", lambda: 32 * machine.GIB)
    monkeypatch.setattr("tui.widgets.status.FRAMES", "⠋")
    clock = Clock()
    app = shown.app(clock, theme="nord")
    async with app.run_test(size=SIZES[0]) as pilot:
        await at_rest(pilot)
        await shown.act(pilot, clock)
        seen = {theme: await in_all_sizes(pilot, theme) for theme in THEMES}
    assert sheet(seen) == snapshot.use_extension(SheetExtension)(name=shown.name)


async def in_all_sizes(pilot: Pilot[None], theme: str) -> dict[str, Frame]:
    pilot.app.post_message(Wear(theme))  # costs ten times what a new size does
    frames: dict[str, Frame] = {}
    for columns, rows in SIZES:
        await pilot.resize_terminal(columns, rows)
        await at_rest(pilot)
        frames[f"{columns}x{rows}"] = capture(pilot.app)
    return frames
