"""A screen's guard: keys and clicks count once it could be read, and only then does it tell its keys (THREATS.md T7).

Knows nothing of what the keys do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.screen import Screen

from tui.approval import Rest

_LOOK_SECONDS = 0.02


class Guard:
    """One for a screen. `tell` shows the keys, or hides them again; `clock` in seconds, monotonic."""

    def __init__(self, screen: Screen[Any], clock: Callable[[], float], tell: Callable[[bool], None]) -> None:
        self._screen = screen
        self._rest = Rest(clock)
        self._tell = tell

    def begin(self) -> None:
        """The screen is there, with none of its keys told, and painted next."""
        self._ticker = self._screen.set_interval(_LOOK_SECONDS, self._look)
        self._screen.call_after_refresh(self._rest.shown)

    def _look(self) -> None:
        if not self._rest.was_shown:  # Textual forgets who waits for a paint when the screen on top goes away
            self._screen.call_after_refresh(self._rest.shown)
        self._tell(self._rest.is_over)
        if self._rest.is_over:
            self._ticker.pause()

    def keeps_out(self, event: Message) -> bool:
        """Whether `event` came too early to be meant; the keyboard has to come to rest then."""
        if self._rest.counts(time.monotonic() - event.time):
            return False
        self._ticker.resume()
        return True
