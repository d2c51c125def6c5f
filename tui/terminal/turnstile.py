"""One key after the other: what is typed ahead of a dialog that opens or goes away reaches what has the keys then.

Textual hands a key to what has the focus when it is read, though the key before may have yet to move it. Knows no
widget, and no key by name.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

Typed: TypeAlias = "events.Key | events.Paste"

_PATIENCE_SECONDS = 2.0
_ROUNDS = range(2, 9)
"""How often all is gone through: what the first round makes happen is through after the second."""


class Turnstile:
    """Has `answer` called with a key when the one before, and all that it made happen at once, is done.

    `answer` is what the app does with a key; the app itself awaits it.
    """

    def __init__(
        self, app: App[Any], answer: Callable[[Typed], Awaitable[None]], patience: float = _PATIENCE_SECONDS
    ) -> None:
        self._app = app
        self._answer = answer
        self._patience = patience
        self._waiting: deque[Typed] = deque()
        self._way: Iterator[MessagePump] | None = None
        self._since = 0.0

    @property
    def is_shut(self) -> bool:
        """Whether a key was let in and has not come through yet."""
        return self._way is not None

    async def take(self, typed: Typed) -> None:
        """Answer `typed`, now or when its turn comes.

        What has not come through after `patience` seconds may never do: then all that waits is answered.
        """
        self._waiting.append(typed)
        if self._way is None:
            await self._let_in()
        elif typed.time - self._since > self._patience:
            await self._answer_all()
        elif len(self._waiting) == 1:
            self._app.set_timer(self._patience, self._lose_patience)

    async def _lose_patience(self) -> None:
        left = self._since + self._patience - time.monotonic()
        if left <= 0:
            await self._answer_all()
        elif self._waiting:
            self._app.set_timer(left, self._lose_patience)

    async def _answer_all(self) -> None:
        while self._waiting:
            await self._answer(self._waiting.popleft())

    async def _let_in(self) -> None:
        self._way = None
        while self._waiting and self._way is None:
            typed = self._waiting.popleft()
            has_effects = self._may_move_the_focus(typed)
            await self._answer(typed)
            if has_effects:
                self._since = time.monotonic()
                await self._go_round(1)

    def _may_move_the_focus(self, typed: Typed) -> bool:
        """A letter on the one screen that is always there is only written."""
        return len(self._app.screen_stack) > 1 or (isinstance(typed, events.Key) and not typed.is_printable)

    async def _go_round(self, round_: int) -> None:
        """Go behind all that waits for what has the focus, for all around it up to the app.

        Twice for each: what it does with a message may be to send itself another.
        """
        has_focus = self._app.focused or self._app.screen
        self._way = iter([pump for pump in has_focus.ancestors_with_self for _ in range(2)])
        await self._go_on(self._way, has_focus, round_)

    async def _go_on(self, way: Iterator[MessagePump], had_focus: MessagePump, round_: int) -> None:
        if way is not self._way:
            return  # nobody waits for this any more
        for pump in way:
            if pump.call_later(self._go_on, way, had_focus, round_):
                return
        is_still = had_focus is (self._app.focused or self._app.screen)
        if round_ in _ROUNDS and (is_still or round_ == _ROUNDS[-1]):
            await self._let_in()
        else:
            await self._go_round(round_ + 1)
