"""Whatever is typed ahead of the screen acts in its order, on what has the keys when its turn has come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from textual import events
from textual.app import App

from tests.tui.screens.fakes import ScriptedTalk, answering, chat_app
from tests.tui.waiting import at_rest, until
from tui.app import OssApp
from tui.terminal.turnstile import Turnstile
from tui.widgets.composer import Composer

NAMES = {"/": "slash", " ": "space"}


def at_once(app: OssApp, keys: Sequence[str]) -> None:
    """All `keys` as a terminal hands them over that was not read for a while."""
    for key in keys:
        app.post_message(events.Key(NAMES.get(key, key), key if len(key) == 1 else None))


def written(app: OssApp) -> str:
    return app.screen_stack[0].query_one(Composer).text


TYPED_AHEAD = [
    pytest.param([*"/theme", "enter", *"light", "enter", *"hello"], "hello", id="a theme is chosen"),
    pytest.param([*"/theme", "enter", *"light", "escape", *"hello"], "hello", id="a list is left"),
    pytest.param(["f1", "escape", *"hello"], "hello", id="a page is left by escape"),
    pytest.param(["f1", "f1", *"hello"], "hello", id="a page is left by its key"),
    pytest.param(["f5", "f5", "ctrl+p", "escape", "f1", "escape", *"hi"], "hi", id="one box after the other"),
    pytest.param(["ctrl+p", *"keys", "enter", "escape", *"hello"], "hello", id="a command opens another box"),
    pytest.param([*"a", "f1", "escape", *"b", "ctrl+p", "escape", *"c"], "abc", id="between boxes"),
]


@pytest.mark.parametrize(("keys", "left"), TYPED_AHEAD)
async def test_what_is_typed_behind_a_dialog_that_goes_away_reaches_the_composer(keys: list[str], left: str) -> None:
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.focused is not None)
        at_once(app, keys)
        await at_rest(pilot)
        assert (len(app.screen_stack), written(app)) == (1, left)


async def test_a_theme_typed_ahead_of_its_list_is_worn() -> None:
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.focused is not None)
        at_once(app, [*"/theme", "enter", *"light", "enter"])
        await until(pilot, lambda: app.theme == "light")


async def test_a_paste_waits_for_its_turn_too() -> None:
    app = chat_app(ScriptedTalk(answering("")))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.focused is not None)
        at_once(app, ["a", "f1", "escape"])
        app.post_message(events.Paste("pasted"))
        at_once(app, "z")
        await at_rest(pilot)
        assert written(app) == "apastedz"


async def test_what_waits_for_a_key_that_is_never_done_is_answered_without_another_key() -> None:
    app: App[None] = App()
    heard: list[str] = []
    all_heard = asyncio.Event()

    async def hear(typed: events.Key | events.Paste) -> None:
        assert isinstance(typed, events.Key)
        heard.append(typed.key)
        if heard == ["enter", "a", "b"]:
            all_heard.set()

    async with app.run_test():
        turnstile = Turnstile(app, hear, patience=0.05)
        is_over = asyncio.Event()
        app.screen.call_later(is_over.wait)
        for key in ("enter", "a", "b"):
            await turnstile.take(events.Key(key, None))
        await asyncio.wait_for(all_heard.wait(), 60)
        is_over.set()


async def test_keys_are_answered_though_one_before_is_never_done() -> None:
    """What hangs takes no key with it that is pressed seconds later, such as the one that ends the program."""
    app: App[None] = App()
    heard: list[str] = []

    async def hear(typed: events.Key | events.Paste) -> None:
        assert isinstance(typed, events.Key)
        heard.append(typed.key)

    async with app.run_test():
        turnstile = Turnstile(app, hear, patience=60)
        is_over = asyncio.Event()
        app.screen.call_later(is_over.wait)
        for key in ("enter", "a", "b"):
            await turnstile.take(events.Key(key, None))
        assert heard == ["enter"]
        for seconds, key in ((61, "ctrl+c"), (62, "ctrl+c")):
            late = events.Key(key, None)
            late.time += seconds
            await turnstile.take(late)
        assert heard == ["enter", "a", "b", "ctrl+c", "ctrl+c"]
        is_over.set()
