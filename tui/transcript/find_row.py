"""The last row of the transcript while it asks for a text to find: its words, and what a key means to it.

Searches by the reader; knows no widget.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui.actions import key_name
from tui.text import clean_line
from tui.transcript.keys import FIND_KEYS
from tui.transcript.reading import Reading


class FindRow:
    """While `is_open`, letters are the text that is looked for, and no keys."""

    def __init__(self, reading: Reading) -> None:
        self.is_open = False
        self.keys: Mapping[str, str] = FIND_KEYS
        self._reading = reading

    @property
    def words(self) -> str:
        finder = self._reading.finder
        place = f"{finder.number + 1}/{finder.count}" if finder.query else "type to find"
        return f" find: {clean_line(finder.query)}▏  {place}  {self._hints} "

    @property
    def _hints(self) -> str:
        first = {meaning: key_name(key) for key, meaning in reversed(tuple(self.keys.items()))}
        return f"{first['next']} next · {first['before']} back · {first['done']} done"

    def press(self, key: str, letter: str | None) -> None:
        """A key in Textual's spelling; `letter` is what it types, if it types anything."""
        query = self._reading.finder.query
        match self.keys.get(key, key):
            case "done":
                self.is_open = False
            case "next":
                self._reading.find_step(1)
            case "before":
                self._reading.find_step(-1)
            case "backspace":
                self._reading.find(query[:-1])
            case _ if letter:
                self._reading.find(query + letter)
            case _:
                pass
