"""Signals that end a run without a screen: the first one cancels it, so that it can still say how it ended."""

from __future__ import annotations

import asyncio
import signal
from types import FrameType, TracebackType
from typing import Self

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """A signal arrived before anything ran that could be cancelled."""


class Interrupts:
    """Holds the signals from `with` to its end. `number` is the first that came, 0 for none."""

    def __init__(self) -> None:
        self.number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._arrived) for number in ENDING}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # pyright: ignore[reportArgumentType]  (what signal() gave, it takes)

    @property
    def name(self) -> str:
        return signal.Signals(self.number).name if self.number else ""

    @property
    def exit_code(self) -> int:
        return 128 + self.number

    def cancel_this(self) -> None:
        """From now on a signal cancels the current task."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        self.number = self.number or number
        if self._loop is None or self._task is None:
            raise Interrupted
        if self._task.done():
            return  # it is over anyway; only the closing word is left to say
        self._loop.call_soon_threadsafe(self._task.cancel)
