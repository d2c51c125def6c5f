"""Find in the transcript: where a text stands in the sources of blocks, and which place is looked at.

Pure: knows the document, no widget. Small letters find capitals too; a capital in the query finds only itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backends.frozen import frozen
from tui.transcript.document import BlockId, Document
from tui.transcript.rows import Mark

MOST = 10_000
"""Places that are kept; more are not counted."""


@frozen
class Place:
    """A piece of a block's source."""

    block: BlockId
    start: int
    end: int


class Finder:
    """The places of `query` in a document as it was when `search` was called, and the one that is looked at."""

    def __init__(self) -> None:
        self.query = ""
        self.places: list[Place] = []
        self.number = -1
        self._by_block: dict[BlockId, list[int]] = {}

    @property
    def current(self) -> Place | None:
        return self.places[self.number] if 0 <= self.number < len(self.places) else None

    def search(self, document: Document, query: str, *, near: int = 0) -> None:
        """Find all places; the first in or after the block at index `near` is looked at, or else the last before it."""
        self.query = query
        self.places = list(_places(document, query)) if query else []
        self._by_block = {}
        for number, place in enumerate(self.places):
            self._by_block.setdefault(place.block, []).append(number)
        ahead = (n for n, place in enumerate(self.places) if document.index(place.block) >= near)
        self.number = next(ahead, len(self.places) - 1)

    def step(self, by: int) -> None:
        """To the next place, or back; from the last to the first."""
        if self.places:
            self.number = (self.number + by) % len(self.places)

    def marks(self, block: BlockId) -> tuple[Mark, ...]:
        return tuple(
            Mark(self.places[n].start, self.places[n].end, "match-current" if n == self.number else "match")
            for n in self._by_block.get(block, ())
        )


def _places(document: Document, query: str) -> Iterator[Place]:
    count = 0
    folds = query == query.lower()
    for index in range(len(document)):
        for start, end in _in_text(document.source(index), query, folds=folds):
            yield Place(document[index].id, start, end)
            count += 1
            if count >= MOST:
                return


def _in_text(text: str, query: str, *, folds: bool) -> Iterator[tuple[int, int]]:
    lowered = text.lower() if folds else text
    if len(lowered) != len(text):  # a few letters grow when they are lowered, and positions would be wrong
        yield from (match.span() for match in re.finditer(re.escape(query), text, re.IGNORECASE))
        return
    start = lowered.find(query)
    while start >= 0:
        yield start, start + len(query)
        start = lowered.find(query, start + len(query))
