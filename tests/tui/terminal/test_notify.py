"""The quiet word: when it is said, and how each terminal is told."""

from __future__ import annotations

import pytest

from agent.config.profiles import NotifyWhen
from agent.events import CommandPending, TurnEnded, TurnEvent, TurnOutcome, TurnStarted
from tests.tui.screens.fakes import Clock
from tui.terminal.notify import LONG_SECONDS, Notifier, sequence

ASKED = CommandPending("r", "c", "ls", "/w", is_sandboxed=True)


def word_after(seconds: float, event: TurnEvent, *, is_focused: bool = False, when: NotifyWhen = "away") -> str:
    clock = Clock()
    notifier = Notifier(clock, lambda: is_focused)
    notifier.word(TurnStarted("go"), when)
    clock.now += seconds
    return notifier.word(event, when)


def test_the_end_of_a_long_turn_is_told_to_who_looks_elsewhere() -> None:
    assert word_after(LONG_SECONDS, TurnEnded("answered")) == "the answer is there"


def test_a_question_is_told_at_once() -> None:
    assert word_after(0, ASKED) == "the model waits for your answer"


@pytest.mark.parametrize(
    ("seconds", "outcome"), [pytest.param(9.9, "answered", id="short"), pytest.param(60, "cancelled", id="stopped")]
)
def test_a_short_turn_and_one_that_was_stopped_are_not(seconds: float, outcome: TurnOutcome) -> None:
    assert word_after(seconds, TurnEnded(outcome)) == ""


@pytest.mark.parametrize(
    ("when", "is_focused", "is_told"),
    [("away", True, False), ("away", False, True), ("always", True, True), ("never", False, False)],
)
def test_the_setting_and_the_focus_decide(when: NotifyWhen, is_focused: bool, is_told: bool) -> None:
    assert bool(word_after(60, TurnEnded("answered"), is_focused=is_focused, when=when)) == is_told


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        pytest.param({"TERM": "xterm-256color"}, "", id="only a bell where nothing is known"),
        pytest.param({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;oss-tui: done\x1b\\", id="iTerm"),
        pytest.param({"TERM": "xterm-kitty"}, "\x1b]9;oss-tui: done\x1b\\", id="kitty"),
        pytest.param({"TERM": "foot"}, "\x1b]777;notify;oss-tui;done\x1b\\", id="foot"),
        pytest.param({"VTE_VERSION": "7600"}, "\x1b]777;notify;oss-tui;done\x1b\\", id="vte"),
        pytest.param(
            {"TERM": "tmux-256color", "TMUX": "/tmp/t", "TERM_PROGRAM": "iTerm.app"},
            "\x1bPtmux;\x1b\x1b]9;oss-tui: done\x1b\x1b\\\x1b\\",
            id="through tmux",
        ),
    ],
)
def test_each_terminal_is_told_in_its_own_way(environ: dict[str, str], told: str) -> None:
    assert sequence("done", environ) == "\x07" + told
