"""The registry of actions: every key and command is one thing at a time, exists, and is written down."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tui import actions
from tui.actions import ACTIONS, TOGETHER, Action, Registry, Situation
from tui.actions.page import markdown
from tui.chat.handlers import DEEDS, READING
from tui.transcript.view import TranscriptView

SITUATIONS: tuple[Situation, ...] = ("idle", "running", "proposal", "command")


def test_every_action_can_be_done() -> None:
    """Keys of the whole screen and slash commands lead to a deed, keys of the transcript to one of its own actions."""
    wanted = {action.name for action in ACTIONS if action.where == "screen"}
    assert wanted | {"cancel", "review"} == DEEDS.keys()
    assert {action.name for action in ACTIONS if action.where == "transcript"} == READING.keys()
    for spelled in READING.values():
        assert callable(getattr(TranscriptView, f"action_{spelled.split('(')[0]}"))


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_can_be_reached_and_is_explained(action: Action) -> None:
    assert action.keys or action.slash
    assert action.help.endswith(".")
    assert action.help[0].isupper()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_key_means_one_thing_at_a_time(situation: Situation) -> None:
    for places in TOGETHER:
        bound = [(key, a.name) for a in ACTIONS if situation in a.when and a.where in places for key in a.keys]
        shared = [(key, name) for key, name in bound if sum(key == one for one, _ in bound) > 1]
        assert {name for _, name in shared} <= {"send", "review", "complete", "read"}


def test_names_and_commands_are_unique() -> None:
    commands = [action.slash for action in ACTIONS if action.slash]
    assert len(set(commands)) == len(commands)
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)


def test_no_approval_is_on_a_key_that_types_text() -> None:
    """THREATS.md T7."""
    for action in ACTIONS:
        if action.group == "approval" and action.name != "review":
            assert all(key.startswith("ctrl+") for key in action.keys)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        pytest.param("help", "help", id="the whole word"),
        pytest.param("he", "help", id="an unmistakable beginning"),
        pytest.param("", None, id="nothing"),
        pytest.param("nonsense", None, id="no command"),
    ],
)
def test_a_slash_command_is_found_by_its_beginning(word: str, name: str | None) -> None:
    found = Registry().by_slash(word)
    assert (found.name if found else None) == name


def test_completions_begin_with_what_is_typed() -> None:
    assert [action.slash for action in Registry().completions("e")] == ["export", "effort"]
    assert len(Registry().completions("")) == sum(1 for action in ACTIONS if action.slash)
    assert Registry().completions("nonsense") == ()


@pytest.mark.parametrize(
    ("situation", "keys"),
    [
        pytest.param("idle", [], id="nothing to tell"),
        pytest.param("running", ["esc"], id="a turn can be stopped"),
        pytest.param("proposal", ["⏎", "ctrl+y", "ctrl+n", "esc"], id="a proposal"),
        pytest.param("command", ["ctrl+y", "ctrl+s", "ctrl+n", "esc"], id="a command"),
    ],
)
def test_the_keys_that_matter_now_are_told(situation: Situation, keys: list[str]) -> None:
    assert [action.key for action in Registry().hinted(situation)] == keys


@pytest.mark.parametrize(
    ("name", "situation", "does"),
    [
        ("approve", "idle", False),
        ("run_once", "command", True),
        ("run_session", "proposal", False),
        ("new", "running", False),
        ("new", "idle", True),
    ],
)
def test_an_action_applies_only_where_it_makes_sense(name: str, situation: Situation, does: bool) -> None:
    assert Registry().applies(name, situation) is does


@pytest.mark.parametrize(("key", "name"), [("f1", "F1"), ("ctrl+y", "ctrl+y"), ("shift+enter", "shift+⏎"), ("f", "f")])
def test_keys_are_spelled_as_people_read_them(key: str, name: str) -> None:
    assert actions.key_name(key) == name


def test_the_page_of_keys_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs/keys.md"
    assert page.read_text(encoding="utf-8") == markdown(), "run: python -m tui.actions > docs/keys.md"


def test_every_key_is_on_the_page() -> None:
    page = markdown()
    for key in itertools.chain.from_iterable(action.keys for action in ACTIONS):
        assert f"`{actions.key_name(key)}`" in page


def test_the_keys_of_reading_are_told_while_reading() -> None:
    assert [action.key for action in Registry().hinted("idle", "transcript")] == ["space", "/", "y", "esc"]
    told = {action.name for action in Registry().hinted("running", "transcript")}
    assert "cancel" not in told, "escape stops nothing there"
