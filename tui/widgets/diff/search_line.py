"""The line in which a search is written. It finds in a thread and tells what it found; it moves nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual import events, on
from textual.message import Message
from textual.widgets import Input

from tui.bound import registry_here
from tui.widgets.diff.content import FileText
from tui.widgets.diff.search import Match, Search, find_matches


class SearchLine(Input):
    """Hidden until `open`. `texts` gives the files' texts as they are now."""

    @dataclass
    class Found(Message):
        """Another match, or None: the query is new or is nowhere."""

        match: Match | None

    class Left(Message):
        """The person is done with it."""

    def __init__(self, texts: Callable[[], Sequence[FileText]]) -> None:
        super().__init__(placeholder="search in all files", compact=True)
        self.search = Search()
        self.cursor_blink = False
        self.display = False
        self._texts = texts
        self._first_file = 0
        self._meanings = {key: action.name for key, action in registry_here().keys("search")}

    async def on_key(self, event: events.Key) -> None:
        match self._meanings.get(event.key, event.key):
            case "search.next":
                self.step(1)
            case "search.before":
                self.step(-1)
            case "search.close":
                self.post_message(self.Left())
            case "enter":
                pass  # another key does it
            case _:
                return
        event.stop()
        event.prevent_default()

    def open(self, first_file: int) -> None:
        """Take the keys; the first match is looked for from this file on."""
        self._first_file = first_file
        self.display = True
        self.focus()

    def close(self) -> None:
        """Give the keys back; the query stays, so that its matches can be stepped through."""
        self.display = False
        self.screen.set_focus(None)

    def forget(self) -> None:
        self.value = ""
        self.search.begin("")

    def step(self, by: int) -> None:
        self.post_message(self.Found(self.search.step(by, from_file=self._first_file)))

    @on(Input.Changed)
    def _written(self, message: Input.Changed) -> None:
        message.stop()
        if message.value != self.search.query:
            self.search.begin(message.value)
            self.post_message(self.Found(None))
            self.run_worker(partial(self._find, message.value), group="search", exclusive=True)

    async def _find(self, query: str) -> None:
        matches = await asyncio.to_thread(find_matches, self._texts(), query)
        if self.search.take(query, matches):
            self.step(1)
