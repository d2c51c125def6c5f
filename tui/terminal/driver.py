"""The keyboard's side of the terminal: pasted text stays text, and what the terminal answers is not typed.

Textual's driver and parser (8.2.8) with filters in front. Knows no widget.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterable
from threading import RLock
from typing import TYPE_CHECKING

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.terminal.ground import REPORTS_OFF, REPORTS_ON, AnswerFilter, Ground
from tui.terminal.pasting import PasteFilter, with_alt

if TYPE_CHECKING:
    from tui.app import OssApp

SILENCE_SECONDS = 0.1
"""How long an escape may be the beginning of something else."""
_PIECE_BYTES = 4096


class GroundTold(Message):
    """The terminal said whether it is dark or light."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground: Ground = ground


class InputParser(XTermParser):
    """Text from the terminal in, events out."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pastes = PasteFilter()
        self._answers = AnswerFilter()

    def feed(self, data: str) -> Iterable[Message]:
        if not data:
            yield from super().feed(data)  # the end of the input
            return
        sifted = self._answers.feed(self._pastes.feed(data))
        yield from self._keys(sifted.typed)
        for ground in sifted.said:
            yield GroundTold(ground)

    def rest(self) -> Iterable[Message]:
        """Nothing came for `SILENCE_SECONDS`."""
        held = self._answers.rest()
        if held == "\x1b":
            yield events.Key("escape", held)  # Textual would wait for what may follow once more
        else:
            yield from self._keys(held)
        yield from self.tick()

    def _keys(self, typed: str) -> Iterable[Message]:
        return super().feed(with_alt(typed)) if typed else ()


class Driver(LinuxDriver):
    """Textual's driver on a terminal that was held before (`Terminal.ask`), with our parser."""

    def __init__(
        self, app: OssApp, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
        self._terminal = app.terminal
        self._early: list[Message] = []
        self._is_heard = False
        self._hearing = RLock()

    def hear(self) -> None:
        """Let what is typed through to the app, which can do something with it now, in its order."""
        with self._hearing:
            self._is_heard = True
            for message in self._early:
                super().process_message(message)
            self._early.clear()

    def process_message(self, message: Message) -> None:
        if isinstance(message, GroundTold) and not self._terminal.is_asked:
            return
        with self._hearing:
            if self._is_heard or not isinstance(message, (events.Key, events.Paste)):
                super().process_message(message)
            else:
                self._early.append(message)

    def start_application_mode(self) -> None:
        self._terminal.has_screen = True
        super().start_application_mode()
        if self._terminal.is_asked:
            self.attrs_before = self._terminal.attributes  # not those while it was asked
            self.write(REPORTS_ON)

    def stop_application_mode(self) -> None:
        if self._terminal.is_asked:
            self.write(REPORTS_OFF)
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read until the app lets the terminal go, or it is gone: then `Terminal` ends the program."""
        parser = InputParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        self._feed(parser, decode(self._terminal.take()))
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(SILENCE_SECONDS):
                    self._take(parser.rest())
                elif data := self._read():
                    self._feed(parser, decode(data))
                else:
                    return

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _PIECE_BYTES)
        except OSError:
            return b""

    def _feed(self, parser: InputParser, text: str) -> None:
        if text:  # an empty one would be the end
            self._take(parser.feed(text))

    def _take(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
