"""The person comes first: what streams waits a moment while a key is on its way to the screen. Knows no key by name."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

KEY_SECONDS = 0.01
"""A key takes half of that to the screen when nothing is in its way; a key that is held comes every 30 milliseconds."""


class Courtesy:
    """One for a conversation: told of keys, asked before each piece of work that could hold one up."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._until = float("-inf")

    def key_pressed(self) -> None:
        self._until = self._clock() + KEY_SECONDS

    def seconds(self) -> float:
        """How long to wait before the next piece of work; nearly always 0.0."""
        return max(0.0, self._until - self._clock())
