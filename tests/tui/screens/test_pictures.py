"""Pictures of the main screen and its dialogs, compared with those that were looked at and found good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.tui.screens.fakes import ScriptedTalk, chat_app
from tests.tui.screens.story import shop_story
from tui.widgets.composer import Composer

Compare = Callable[..., bool]
SIZES = [(80, 24), (120, 40), (200, 60)]


async def until_the_proposal(pilot: Pilot[None]) -> None:
    await pilot.pause(0.3)
    for prompt in ("what does the login do today?", "make login use the session store, and add a test"):
        pilot.app.query_one(Composer).insert(prompt)
        await pilot.press("enter")
        await pilot.pause(0.5)
    pilot.app.query_one(Composer).blur()  # no cursor in the picture


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast-dark"])
def test_the_main_screen_with_a_proposal(snap_compare: Compare, size: tuple[int, int], theme: str) -> None:
    app = chat_app(ScriptedTalk(*shop_story()), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=until_the_proposal)


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
@pytest.mark.parametrize("key", ["f2", "f1", "f5"])
def test_a_dialog(snap_compare: Compare, size: tuple[int, int], key: str) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await pilot.pause(0.3)
        await pilot.press(key)
        await pilot.pause(0.4)

    assert snap_compare(chat_app(ScriptedTalk(*shop_story())), terminal_size=size, run_before=opened)
