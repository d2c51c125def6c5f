"""The person's lines in the plain mode: read when there are some, and questions answered with whole words.

Knows no session.
"""

from __future__ import annotations

import asyncio
import os
import termios
from contextlib import suppress
from typing import Protocol

from tui.plain.words import Teller


class Lines(Protocol):
    """Where the person's lines come from."""

    async def next(self) -> str | None:
        """The next line without its end; None when there are no more."""
        ...

    def forget(self) -> None:
        """Drop what was typed before now, so that it answers nothing (THREATS.md T7)."""
        ...


async def answered(lines: Lines, teller: Teller, question: str, words: tuple[str, ...]) -> tuple[str, str]:
    """Which of `words` is typed after the question, and what follows a no; the end of the input is a no."""
    lines.forget()
    while True:
        teller.ask(question)
        line = await lines.next()
        if line is None:
            return "no", ""
        word, _, rest = line.strip().partition(" ")
        if word == "no" or (word in words and not rest):
            return word, rest.strip()
        teller.line(f"Please type {' or '.join(words)}.")


async def agreed(lines: Lines, teller: Teller, question: str) -> bool:
    """Whether a whole yes was typed after `question`; the end of the input is a no."""
    return (await answered(lines, teller, f"{question} Type yes or no: ", ("yes", "no")))[0] == "yes"


class TerminalLines:
    """The lines of standard input, read when there is something, so that a signal is heard meanwhile."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self._is_at_end = False

    async def next(self) -> str | None:
        while b"\n" not in self._rest and not self._is_at_end:
            await self._readable()
            data = os.read(self._descriptor, 65_536)
            self._rest += data
            self._is_at_end = not data
        if not self._rest:
            self._is_at_end = False  # ctrl+d on a terminal ends one line, not all of them
            return None
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    def forget(self) -> None:
        if os.isatty(self._descriptor):
            self._rest = b""
            with suppress(termios.error):  # the terminal is gone: there is nothing to forget
                termios.tcflush(self._descriptor, termios.TCIFLUSH)

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        try:
            loop.add_reader(self._descriptor, lambda: ready.done() or ready.set_result(None))
        except PermissionError:
            return  # a plain file, which can always be read
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)
