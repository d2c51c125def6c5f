"""The person's own keys: taken where they are sound, refused with their line where not; approvals stay deliberate."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import OwnKeys, load_config
from tui.actions import Registry
from tui.actions.remapping import Remapped, remapped


def with_keys(**own: str) -> Remapped:
    return remapped(OwnKeys(name, keys, "config.toml", line) for line, (name, keys) in enumerate(own.items(), 3))


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        pytest.param("ctrl+b", ("ctrl+b",), id="a letter with ctrl"),
        pytest.param("F10", ("f10",), id="a function key"),
        pytest.param("ctrl+b f10, alt+o", ("ctrl+b", "f10", "alt+o"), id="several"),
        pytest.param("Shift+Ctrl+B", ("ctrl+shift+b",), id="as people write it"),
        pytest.param("alt+/", ("alt+slash",), id="a sign"),
    ],
)
def test_a_key_is_taken(written: str, keys: tuple[str, ...]) -> None:
    made = with_keys(copy=written)
    assert made.problems == ()
    assert made.registry["copy"].keys == keys


@pytest.mark.parametrize(
    ("name", "written", "words", "suggestion"),
    [
        pytest.param("aprove", "ctrl+g", "there is no action aprove", "Did you mean approve?", id="unknown action"),
        pytest.param("nonsense", "f10", "there is no action nonsense.", "docs/keys.md lists", id="nothing like it"),
        pytest.param("copy", "hyper+b", "hyper+b is no key", "Write ctrl+b", id="unknown modifier"),
        pytest.param("copy", "pageupp", "pageupp is no key", "Did you mean pageup?", id="unknown key"),
        pytest.param("copy", "", "copy needs a key", 'Write copy = "ctrl+o"', id="none"),
        pytest.param("copy", "b", "b writes in the message", "Choose alt+x", id="text"),
        pytest.param("copy", "shift+left", "shift+← writes in the message", "Choose", id="editing"),
        pytest.param("copy", "ctrl+w", "ctrl+w writes in the message", "Choose", id="editing with ctrl"),
        pytest.param("copy", "ctrl+i", "in a terminal ctrl+i is tab", "Choose", id="another key in disguise"),
        pytest.param("copy", "f2", "F2 of copy is the key of profiles already", "Give one", id="taken"),
        pytest.param("review", "f10", "the keys of review cannot be changed", "", id="fixed"),
        pytest.param("entry_down", "f10 k", "k of entry_down is the key of entry_up", "Give", id="taken while reading"),
    ],
)
def test_a_wrong_key_is_told_with_its_line_and_the_usual_one_stays(
    name: str, written: str, words: str, suggestion: str
) -> None:
    made = with_keys(**{name: written})
    (problem,) = made.problems
    assert str(problem).startswith("config.toml:3: ui.keys: ")
    assert words in problem.message
    assert problem.suggestion.startswith(suggestion)
    assert [action.keys for action in made.registry.actions] == [action.keys for action in Registry().actions]


def test_a_usual_key_is_spoken_of_only_where_there_is_one() -> None:
    unknown, wrong = with_keys(nonsense="f10", copy="b").problems
    assert "usual key" not in unknown.message
    assert wrong.message.endswith("The usual key stays.")


def test_what_is_wrong_is_told_in_the_order_of_the_file() -> None:
    made = with_keys(copy="f2", quit="e", find="hyper+b")
    assert [problem.line for problem in made.problems] == [3, 4, 5]


@pytest.mark.parametrize("name", ["approve", "reject", "run_once", "run_session", "refuse"])
@pytest.mark.parametrize(
    "key", ["y", "Y", "1", "space", "enter", "ctrl+m", "tab", "ctrl+i", "alt+y", "shift+y", "escape", "up", "ctrl+1"]
)
def test_what_answers_the_model_never_becomes_a_key_that_types(name: str, key: str) -> None:
    """THREATS.md T7. Escape and a letter in one go are alt and the letter in a terminal."""
    made = with_keys(**{name: key})
    assert len(made.problems) == 1
    assert made.registry[name].keys == Registry()[name].keys


@pytest.mark.parametrize(
    ("own", "words"),
    [
        pytest.param({"review.accept": "n"}, "n of review.accept is the key of review.reject", id="both of the review"),
        pytest.param({"review.accept": "j"}, "j of review.accept is the key of diff.next", id="deciding and looking"),
        pytest.param({"changes.undo": "v"}, "v of changes.undo is the key of diff.view", id="undoing and looking"),
        pytest.param({"profiles.new": "escape"}, "esc of profiles.new is the key of dialog.close", id="a dialog's own"),
        pytest.param({"profiles.new": "down"}, "↓ of profiles.new is the key of list.down", id="a dialog's list"),
        pytest.param({"form.save": "ctrl+l"}, "ctrl+l of form.save is the key of form.models", id="a form"),
        pytest.param({"find.next": "f5"}, "F5 of find.next is the key of context", id="finding and the whole screen"),
        pytest.param({"find.next": "x"}, "x writes what is written there", id="a letter where a text is written"),
        pytest.param({"list.down": "j"}, "j writes what is written there", id="a letter in a list that is filtered"),
        pytest.param({"dialog.close": "q"}, "q writes what is written there", id="a letter in every dialog"),
        pytest.param({"trust.yes": "y"}, "y may not answer the model", id="a letter that trusts"),
        pytest.param({"trust.yes": "enter"}, "⏎ may not answer the model", id="enter that trusts"),
        pytest.param({"commit.commit": "ctrl+w"}, "ctrl+w writes", id="editing where a text is written"),
        pytest.param({"review.acept": "a"}, "there is no action review.acept", id="a wrong name"),
    ],
)
def test_what_clashes_on_one_screen_is_told_when_it_is_loaded(own: dict[str, str], words: str) -> None:
    made = with_keys(**own)
    (problem,) = made.problems
    assert words in problem.message
    assert made.registry.actions == Registry().actions


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"review.accept": "a", "review.accept_all": "ctrl+a"}, id="letters of the review"),
        pytest.param({"review.accept": "n", "review.reject": "y"}, id="two of the review change places"),
        pytest.param({"review.undo": "f2", "profiles.new": "f2"}, id="the same key on two screens"),
        pytest.param({"changes.undo": "y"}, id="a key of the review where nothing is decided"),
        pytest.param(
            {"list.up": "ctrl+p up", "list.down": "ctrl+n down", "profiles.new": "f10"}, id="lists as in Emacs"
        ),
        pytest.param({"dialog.close": "escape ctrl+g"}, id="a second key"),
        pytest.param({"setup.check": "x", "question.yes": "j"}, id="letters where nothing is written"),
    ],
)
def test_what_is_free_on_its_screen_is_taken(own: dict[str, str]) -> None:
    made = with_keys(**own)
    assert made.problems == ()
    assert {name: " ".join(made.registry[name].keys) for name in own} == own


def test_names_with_a_dot_may_stand_without_quotes_or_below_a_heading_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[ui.keys]\nreview.accept = "a"\n"find.next" = "f10"\n[ui.keys.profiles]\nnew = "enter"\n'
    )
    config = load_config(tmp_path)
    assert config.problems == ()
    assert [(own.action, own.line) for own in config.own_keys] == [
        ("review.accept", 2),
        ("find.next", 3),
        ("profiles.new", 5),
    ]
    assert [problem.line for problem in remapped(config.own_keys).problems] == [5]


def test_two_actions_can_change_places() -> None:
    made = with_keys(copy="ctrl+r", history="ctrl+o", send="ctrl+j", newline="enter")
    assert made.problems == ()
    assert made.registry["review"].keys == ("ctrl+j",)


def test_of_two_that_want_the_same_key_the_first_has_it() -> None:
    made = with_keys(copy="f10", mouse="f10")
    assert [problem.line for problem in made.problems] == [4]
    assert (made.registry["copy"].keys, made.registry["mouse"].keys) == (("f10",), ("f8",))


def test_a_key_that_is_free_again_is_not_free_when_its_action_takes_it_back() -> None:
    made = with_keys(copy="ctrl+y", history="ctrl+o")
    assert [problem.line for problem in made.problems] == [3, 4] or [problem.line for problem in made.problems] == [
        4,
        3,
    ]


def test_keys_come_from_the_file_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[ui]\nanimations = false\ncopy_on_select = true\n[ui.keys]\ncopy = "ctrl+b"\nmouse = "m"\n'
    )
    config = load_config(tmp_path)
    assert (config.has_animations, config.copies_on_select) == (False, True)
    assert [(own.action, own.keys, own.line) for own in config.own_keys] == [("copy", "ctrl+b", 5), ("mouse", "m", 6)]
    (problem,) = remapped(config.own_keys).problems
    assert str(problem).startswith(f"{tmp_path}/config.toml:6: ")
