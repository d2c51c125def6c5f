"""A quiet word to a person who looks elsewhere: the turn is over, or the model asks something.

Pure but for the clock it is given: says when, and with which sequence. Knows no widget, and shows no outside text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from agent.config.profiles import NotifyWhen
from agent.events import CommandPending, ProposalReady, ToolStarted, TurnEnded, TurnEvent, TurnOutcome, TurnStarted
from tui.terminal.clipboard import passed_through

LONG_SECONDS = 10.0
"""Of shorter turns nobody has turned away."""

_OSC_777 = ("rxvt", "foot", "vte", "gnome")
_OSC_9 = ("iterm", "wezterm", "ghostty", "kitty", "windows", "conemu")


class Notifier:
    """One for a chat screen. `is_focused` tells whether the terminal's window has the keys."""

    def __init__(self, clock: Callable[[], float], is_focused: Callable[[], bool]) -> None:
        self._clock = clock
        self._is_focused = is_focused
        self._started: float | None = None

    def word(self, event: TurnEvent, when: NotifyWhen = "away") -> str:
        """What to tell the person because of `event`; empty for nothing."""
        match event:
            case TurnStarted() | ToolStarted() if self._started is None:  # a command of the person is no turn
                self._started = self._clock()
                return ""
            case ProposalReady() | CommandPending():
                words = "the model waits for your answer"
            case TurnEnded(outcome=outcome):
                words = self._ended(outcome)
            case _:
                return ""
        return words if when == "always" or (when == "away" and not self._is_focused()) else ""

    def _ended(self, outcome: TurnOutcome) -> str:
        began, self._started = self._started, None
        if outcome == "cancelled" or began is None or self._clock() - began < LONG_SECONDS:
            return ""
        return "the answer is there" if outcome == "answered" else "the turn ended without an answer"


def sequence(words: str, environ: Mapping[str, str] = os.environ) -> str:
    """A bell, and the notification of those terminals that are known to have one. `words` are our own, never outside
    text."""
    known = f"{environ.get('TERM_PROGRAM', '')} {environ.get('TERM', '')} {environ.get('LC_TERMINAL', '')}".lower()
    if environ.get("WT_SESSION"):
        known += " windows"
    if environ.get("VTE_VERSION"):
        known += " vte"
    if environ.get("KITTY_WINDOW_ID"):
        known += " kitty"
    if any(name in known for name in _OSC_777):
        told = f"\x1b]777;notify;oss-tui;{words}\x1b\\"
    elif any(name in known for name in _OSC_9):
        told = f"\x1b]9;oss-tui: {words}\x1b\\"
    else:
        told = ""
    if told and environ.get("TMUX"):
        told = passed_through(told)
    return "\x07" + told
