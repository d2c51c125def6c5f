"""Every key of review, dialogs, lists and forms can be another one: it does the same, and is told in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import Screen

from agent.config.load import OwnKeys
from agent.permissions.trust import TrustQuestion
from tests.tui.review.build import shop_proposal
from tests.tui.screens.fakes import ScriptedConfiguration, ScriptedTalk, answering, chat_app, healthy, rows
from tests.tui.waiting import at_rest, until
from themes import shipped
from tui.actions import ACTIONS, TOGETHER, USUAL, Registry, Where, key_name
from tui.actions.remapping import remapped
from tui.screens.changes import ChangesScreen
from tui.screens.commit import CommitScreen
from tui.screens.guard import Guard
from tui.screens.palette import PaletteScreen
from tui.screens.profile_form import ProfileForm
from tui.screens.profiles import ProfilesScreen
from tui.screens.question import QuestionScreen
from tui.screens.review import ReviewScreen
from tui.screens.review_dialogs import TextDialog
from tui.screens.server_form import ServerForm
from tui.screens.trust import TrustScreen
from tui.screens.welcome import SetupScreen
from tui.widgets.choice import Choice
from tui.widgets.diff.pane import DiffPane
from tui.widgets.diff.search_line import SearchLine
from tui.widgets.keybar import KeyBar

Make = Callable[[], Screen[Any]]


async def undo(path: str, whole_step: bool) -> Any:
    raise AssertionError((path, whole_step))


SCREENS: dict[str, tuple[set[Where], Make]] = {
    "review": ({"review", "diff"}, lambda: ReviewScreen(shop_proposal())),
    "changes": ({"changes", "diff"}, lambda: ChangesScreen(shop_proposal(), undo)),
    "palette": ({"dialog", "picker"}, lambda: PaletteScreen(USUAL.actions[:5])),
    "profiles": ({"dialog", "profiles"}, lambda: ProfilesScreen(ScriptedConfiguration(), "local-120b", healthy)),
    "setup": ({"dialog", "setup"}, lambda: SetupScreen(ScriptedConfiguration(), healthy)),
    "profile form": ({"dialog", "form", "profile_form"}, lambda: ProfileForm(ScriptedConfiguration(), "", None)),
    "choice": ({"choice"}, lambda: ProfileForm(ScriptedConfiguration(), "", None)),
    "server form": ({"dialog", "form"}, lambda: ServerForm(ScriptedConfiguration())),
    "text": ({"dialog", "text"}, lambda: TextDialog("Comment", "on a hunk", "why?", save="keep it")),
    "commit": ({"dialog", "commit"}, lambda: CommitScreen(["a.py"], [], "Because")),
    "question": ({"dialog", "question"}, lambda: QuestionScreen("Delete it?", "All of it.", "delete it")),
    "trust": ({"dialog", "trust"}, lambda: TrustScreen(TrustQuestion(Path("/work"), ()))),
}
"""Where the keys of each place mean something, and the screen they are pressed on."""

FREE = [f"{modifier}f{number}" for modifier in ("", "ctrl+", "shift+") for number in range(2, 25)]


class OneScreen(App[None]):
    """Shows one screen, and remembers which of its actions were asked for instead of doing them."""

    def __init__(self, registry: Registry, make: Make) -> None:
        super().__init__()
        self.registry = registry
        self.done: list[tuple[str, tuple[object, ...]]] = []
        self._make = make

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(shipped()[0].colours)

    def on_mount(self) -> None:
        self.push_screen(self._make())

    async def _dispatch_action(self, namespace: DOMNode, action_name: str, params: Any) -> bool:  # type: ignore[override]
        self.done.append((action_name, params))
        return True


def anew(places: Iterable[Where]) -> tuple[Registry, dict[str, str]]:
    """A registry in which every action of these places has a free key, and these keys by action."""
    names = [action.name for action in ACTIONS if action.where in set(places)]
    keys = dict(zip(names, FREE, strict=False))
    made = remapped(OwnKeys(name, key) for name, key in keys.items())
    assert made.problems == ()
    return made.registry, keys


def told(app: App[None]) -> set[str]:
    """The words of the frame and of the rows of keys."""
    bars = [f"{hint.key} {hint.title}" for bar in app.screen.query(KeyBar) for hint in bar.hints]
    frames = [str(box.border_subtitle) for box in app.screen.query("#box")]
    return set(re.split(r"[\s/]+", " ".join([*bars, *frames]))) - {""}


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys count at once and whatever is marked, so that each of them can be seen to do something."""
    monkeypatch.setattr(Guard, "keeps_out", lambda self, event: False)
    monkeypatch.setattr(DiffPane, "applies", lambda self, name: True)
    for screen in (ReviewScreen, ChangesScreen):
        monkeypatch.setattr(screen, "_applies", lambda self, name: True)


async def ready(pilot: Pilot[None], name: str) -> None:
    app = pilot.app
    await until(pilot, lambda: len(app.screen_stack) == 2 and bool(told(app)))
    await at_rest(pilot)
    if name == "choice":
        app.screen.query(Choice).first().focus()


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("name", SCREENS)
async def test_another_key_does_what_the_usual_one_did_and_is_told_in_its_place(name: str) -> None:
    places, make = SCREENS[name]
    registry, keys = anew(places)
    usual, other = OneScreen(USUAL, make), OneScreen(registry, make)
    done: dict[str, list[Any]] = {}
    async with usual.run_test(size=(200, 60)) as pilot:
        await ready(pilot, name)
        words = told(usual)
        for action in keys:
            usual.done.clear()
            await pilot.press(USUAL[action].keys[0])
            done[action] = list(usual.done)
    async with other.run_test(size=(200, 60)) as pilot:
        await ready(pilot, name)
        for action, key in keys.items():
            other.done.clear()
            await pilot.press(key)
            assert other.done == done[action] or action == "list.take", action
            assert len(other.done) == 1, action
            assert key_name(key) in told(other) or USUAL[action].key not in words, action
            other.done.clear()
            await pilot.press(*USUAL[action].keys)
            assert not set(other.done) & set(done[action]) or action == "list.take", action


def test_every_place_has_a_screen_here() -> None:
    here = {place for places, _ in SCREENS.values() for place in places}
    elsewhere: set[Where] = {"screen", "composer", "transcript", "find", "search"}
    assert {action.where for action in ACTIONS} == here | elsewhere
    assert {place for places in TOGETHER for place in places} == here | elsewhere


# ── what is no binding ───────────────────────────────────────────────────────


async def test_the_row_that_asks_what_to_find_has_keys_of_the_person() -> None:
    own = {"find.next": "f10", "find.before": "f11", "find.done": "f12"}
    registry = remapped(OwnKeys(name, key) for name, key in own.items()).registry
    app = chat_app(ScriptedTalk(answering("one two one two one")), registry=registry)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*"hi", "enter")
        await at_rest(pilot)
        await pilot.press("ctrl+f", *"one")
        await at_rest(pilot)
        assert "1/3" in "\n".join(rows(app))
        assert "F10 next · F11 back · F12 done" in "\n".join(rows(app))
        await pilot.press("f10", "f10", "f11", "enter", "down")
        await at_rest(pilot)
        assert "2/3" in "\n".join(rows(app))
        await pilot.press("f12")
        await at_rest(pilot)
        assert "F12 done" not in "\n".join(rows(app))


@pytest.mark.usefixtures("unguarded")
async def test_the_search_of_the_review_has_keys_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    monkeypatch.setattr(SearchLine, "step", lambda self, by: steps.append(by))
    registry, keys = anew({"search"})
    app = OneScreen(registry, lambda: ReviewScreen(shop_proposal()))
    async with app.run_test(size=(200, 60)) as pilot:
        await ready(pilot, "review")
        line = app.screen.query_one(SearchLine)
        line.open(0)
        await at_rest(pilot)
        await pilot.press(keys["search.next"], keys["search.before"], "enter", "shift+enter")
        await at_rest(pilot)
        assert steps == [1, -1]
        assert line.display
        await pilot.press(keys["search.close"])
        await until(pilot, lambda: not line.display)


async def test_a_list_is_taken_by_the_person_s_key_and_not_by_enter() -> None:
    registry = remapped([OwnKeys("list.take", "f10")]).registry
    app = chat_app(ScriptedTalk(answering("hello")), registry=registry)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+p", *"theme", "enter")
        await at_rest(pilot)
        assert "F10 do it" in "\n".join(rows(app))
        await pilot.press("f10")
        await until(pilot, lambda: "F10 choose" in "\n".join(rows(app)))
