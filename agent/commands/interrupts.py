"""Signals that end a run without a screen: the first one cancels it, so that it can still say how it ended."""

from __future__ import annotations

import asyncio
import signal
from types import FrameType, TracebackType
from typing import Self

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Holds the signals from `with` to its end. `number` is the first that came, 0 for none.

    One that comes while nothing can be cancelled yet waits until something can.
    """

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
        """From now on a signal cancels the current task; raises CancelledError when one has come already."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self.number:
            raise asyncio.CancelledError

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        self.number = self.number or number
        if self._loop is not None and self._task is not None and not self._task.done():
            self._loop.call_soon_threadsafe(self._task.cancel)
