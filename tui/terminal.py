"""Leaves the terminal as it was found, however the program ends, and ends the program when the terminal is gone.

Textual restores it on the ways out that it knows; this is for signals, for a shutdown that hangs, and for a terminal
that vanished (THREATS.md D5, D6).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
GRACE_SECONDS = 0.8
"""How long an orderly shutdown may take before the process ends without it."""
LOOK_SECONDS = 1.0

_MODES_OFF = b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?7h\x1b[0m"
_SCREEN_BACK = b"\x1b[<u\x1b[?1049l\x1b[?25h"


class Terminal:
    """Guards the terminal while the app runs; a context manager around `App.run`.

    Harmless modes are switched off on every way out. Leaving the alternate screen a second time would move the cursor,
    so that is done only when Textual did not get to it.
    """

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._attributes: list[int | list[bytes | int]] | None = None
        self._input = -1

    def __enter__(self) -> Self:
        try:
            self._input = sys.__stdin__.fileno() if sys.__stdin__ else -1
            self._attributes = termios.tcgetattr(self._input)
        except (termios.error, ValueError, OSError):
            self._attributes = None  # not a terminal: nothing to restore or to watch
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._restore(leave_screen=error is not None)

    def watch(self, leave: Callable[[int], None]) -> None:
        """From now on a signal, or the terminal's end, calls `leave` with the exit code. Needs the running loop."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._leave, leave, 128 + number)
        if self._attributes is not None:
            thread = threading.Thread(target=self._look, args=(loop, leave), name="terminal-watch", daemon=True)
            thread.start()

    def _leave(self, leave: Callable[[int], None], code: int) -> None:
        threading.Thread(target=self._force, args=(code,), name="terminal-force", daemon=True).start()
        leave(code)

    def _look(self, loop: asyncio.AbstractEventLoop, leave: Callable[[int], None]) -> None:
        """A terminal that is gone answers no question about its settings."""
        while not self._ended.wait(LOOK_SECONDS):
            try:
                termios.tcgetattr(self._input)
            except (termios.error, OSError):
                with contextlib.suppress(RuntimeError):  # the loop is closed: the program is ending anyway
                    loop.call_soon_threadsafe(leave, 128 + signal.SIGHUP)
                self._force(128 + signal.SIGHUP)

    def _force(self, code: int) -> None:
        if not self._ended.wait(GRACE_SECONDS):
            self._restore(leave_screen=True)
            os._exit(code)

    def _restore(self, *, leave_screen: bool) -> None:
        if self._attributes is None:
            return
        try:
            with open(self._input, "wb", buffering=0, closefd=False) as out:
                out.write(_MODES_OFF + (_SCREEN_BACK if leave_screen else b""))
            termios.tcsetattr(self._input, termios.TCSANOW, self._attributes)
        except (termios.error, OSError):
            _let_go_of_streams()


def _let_go_of_streams() -> None:
    """The terminal is gone: what Python still holds for it must not become an error of its own at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
