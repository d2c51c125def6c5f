"""Keys that come faster than they are done: each counts in the order it was typed.

They are given to the program as the terminal gives them, with no wait between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.content import Content
from textual.screen import Screen
from textual.widgets import TextArea

from tests.tui.review.test_keys import reviewing
from tests.tui.screens.fakes import ScriptedConfiguration
from tests.tui.screens.test_profiles import opened, press
from tests.tui.waiting import at_rest, tells_its_keys, until
from themes import shipped
from tui.screens.commit import CommitScreen
from tui.screens.dialog import Dialog
from tui.screens.review_dialogs import TextDialog
from tui.theme import as_textual
from tui.widgets.picker import Picker, Row


def type_ahead(app: App[Any], *keys: str) -> None:
    """All keys at once, before the first of them is heard."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


class Asking(App[None]):
    """One dialog, and what it answered."""

    def __init__(self, make: Callable[[], Screen[str | None]]) -> None:
        super().__init__()
        for theme in shipped():
            self.register_theme(as_textual(theme))
        self.theme = "dark"
        self._make = make
        self.answers: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(self._make(), self.answers.append)


class ListScreen(Dialog[str]):
    """A picker and nothing else."""

    def __init__(self) -> None:
        rows = [Row(name, name, Content(name)) for name in ("fig", "pear", "plum")]
        super().__init__("Fruit", "{list.take} take it   {dialog.close} back", Picker(rows, "type to filter"))

    def on_picker_chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(message.key)


async def answer_of(make: Callable[[], Screen[str | None]], keys: Sequence[str]) -> str | None:
    app = Asking(make)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Dialog) and tells_its_keys(pilot))
        await at_rest(pilot)
        type_ahead(app, *keys)
        await until(pilot, lambda: bool(app.answers))
        await at_rest(pilot)
    (answer,) = app.answers
    return answer


# ── forms ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("opening", "keys", "saved"),
    [
        pytest.param(
            "ctrl+e", ("down", "down", "right", "ctrl+s"), "{'model_reasoning_effort': 'high'}", id="a word chosen"
        ),
        pytest.param(
            "ctrl+e", ("down", "x", "backspace", "y", "ctrl+s"), "{'model': 'gpt-oss:120by'}", id="a letter taken back"
        ),
        pytest.param(
            "ctrl+e",
            ("down", *"-long-name", "down", "right", "ctrl+s"),
            "{'model_reasoning_effort': 'high', 'model': 'gpt-oss:120b-long-name'}",
            id="two fields",
        ),
        pytest.param("ctrl+n", (*"deep", "ctrl+s"), "save deep {", id="a name"),
        pytest.param("ctrl+n", (*"ab", "left", "x", "ctrl+s"), "save axb {", id="a letter set between"),
    ],
)
async def test_a_form_saves_what_was_typed_before_it_was_saved(opening: str, keys: tuple[str, ...], saved: str) -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, opening)
        type_ahead(pilot.app, *keys)
        await until(pilot, lambda: bool(configuration.log))
    assert saved in configuration.log[0]


async def test_the_filtered_profile_is_the_one_that_is_changed() -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        type_ahead(pilot.app, *"-20b", "ctrl+s")
        await until(pilot, lambda: bool(configuration.log))
    assert configuration.log == ["default local-20b"]


# ── lists ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("keys", "taken"),
    [
        pytest.param(("p", "l", "enter"), "plum", id="filtered"),
        pytest.param(("p", "down", "enter"), "plum", id="filtered and moved"),
        pytest.param(("x", "backspace", "p", "enter"), "pear", id="written anew"),
        pytest.param(("p", "l", "escape"), None, id="closed"),
    ],
)
async def test_a_list_takes_the_row_that_fits_what_was_typed(keys: tuple[str, ...], taken: str | None) -> None:
    assert await answer_of(ListScreen, keys) == taken


# ── what is guarded ──────────────────────────────────────────────────────────


async def test_keys_count_in_the_end_even_if_nobody_tells_of_the_paint(monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[object] = []

    def lose(self: CommitScreen, callback: Callable[..., Any], *values: object) -> bool:
        monkeypatch.undo()
        lost.append(callback)
        return True

    monkeypatch.setattr(CommitScreen, "call_after_refresh", lose)
    assert await answer_of(_commit, ("a", "ctrl+s")) == "a"
    assert len(lost) == 1


# ── texts ────────────────────────────────────────────────────────────────────


def _text() -> Screen[str | None]:
    return TextDialog("Comment", "a.py", "", save="save")


def _commit() -> Screen[str | None]:
    return CommitScreen(["a.py"], [], "")


@pytest.mark.parametrize("make", [pytest.param(_text, id="a text"), pytest.param(_commit, id="a commit")])
@pytest.mark.parametrize(
    ("keys", "saved"),
    [
        pytest.param((*"because", "ctrl+s"), "because", id="saved at once"),
        pytest.param((*"abx", "backspace", "c", "ctrl+s"), "abc", id="a letter taken back"),
        pytest.param((*"ab", "ctrl+s", "n"), "ab", id="a key after it"),
        pytest.param((*"ab", "ctrl+s", "escape"), "ab", id="closed after it"),
        pytest.param((*"ab", "escape", "ctrl+s"), None, id="closed before it"),
    ],
)
async def test_a_text_is_what_was_typed_before_it_was_saved(
    make: Callable[[], Screen[str | None]], keys: tuple[str, ...], saved: str | None
) -> None:
    assert await answer_of(make, keys) == saved


async def test_keys_after_a_comment_are_those_of_the_review() -> None:
    async with reviewing() as review:
        await review.press("c")
        await until(review.pilot, lambda: bool(review.app.screen.query(TextArea)))
        await at_rest(review.pilot)
        review.clock.now += 60
        type_ahead(review.app, *"use UTC", "ctrl+s", "n", "y")
        await until(review.pilot, lambda: review.verdicts[0][:2] == ["reject", "accept"])
        assert review.screen.draft.files[0].hunks[0].comment == "use UTC"
