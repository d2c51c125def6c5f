"""Find in the transcript: where a text stands in the sources of blocks, and which place is looked at.

Pure: knows the document, no widget. Small letters find capitals too; a capital in the query finds only itself.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

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


class Found(NamedTuple):
    """Places in flat lists of numbers, which are quick to make and give the collector nothing to look at."""

    starts: list[int]  # of every place, in its block's text
    indices: list[int]  # of the blocks that have places, in the document
    totals: list[int]  # places up to the end of each of these blocks


class Haystack:
    """The sources of a document as it is now, in small letters if `folds`, each read when it is first looked at."""

    def __init__(self, document: Document, *, folds: bool) -> None:
        self._document = document
        self._generation = document.generation
        self._folds = folds
        self._texts: list[str] = []

    def is_of(self, document: Document, *, folds: bool) -> bool:
        """Whether nothing changed since, but for text that arrived."""
        return (self._generation, self._folds) == (document.generation, folds)

    def take_in(self, growing: BlockId) -> None:
        """Read again what grows."""
        index = self._document.index(growing)
        if index < len(self._texts):
            self._texts[index] = self._read(index)

    def places(self, query: str, among: Iterable[int] | None = None) -> Found:
        """Where `query` stands, in all blocks or in those `among` them."""
        found, step = Found([], [], []), len(query)
        for index, text in self._all() if among is None else ((index, self._texts[index]) for index in among):
            at = text.find(query)
            if at < 0:
                continue
            while at >= 0:
                found.starts.append(at)
                at = text.find(query, at + step)
            del found.starts[MOST:]
            found.indices.append(index)
            found.totals.append(len(found.starts))
            if len(found.starts) == MOST:
                break
        return found

    def _all(self) -> Iterator[tuple[int, str]]:
        yield from enumerate(self._texts)
        for index in range(len(self._texts), len(self._document)):
            self._texts.append(self._read(index))
            yield index, self._texts[index]

    def _read(self, index: int) -> str:
        source = self._document.source(index)
        # This capital alone is shorter than its small letter; places would be wrong after it.
        return source.replace("\u0130", "i").lower() if self._folds else source


class Finder:
    """The places of `query` in a document as it was when `search` was called, and the one that is looked at.

    `number` counts places from 0; -1 while there is none. One Finder serves one document: it keeps its text, so that
    each further letter only looks, and what the shorter queries found, for when a letter is taken back.
    """

    def __init__(self) -> None:
        self.query = ""
        self.number = -1
        self._haystack: Haystack | None = None
        self._found = Found([], [], [])
        self._shorter: dict[str, Found] = {}  # by query, this one's among them
        self._ids: list[BlockId] = []
        self._at: dict[BlockId, int] = {}

    @property
    def count(self) -> int:
        """How many places there are, `MOST` at the most."""
        return len(self._found.starts)

    @property
    def current(self) -> Place | None:
        if not 0 <= self.number < self.count:
            return None
        return Place(self._ids[bisect_right(self._found.totals, self.number)], *self._span(self.number))

    def search(self, document: Document, query: str, *, near: int = 0) -> None:
        """Find all places; the first in or after the block at index `near` is looked at, or else the last before it."""
        folds = query == query.lower()
        if self._haystack is None or not self._haystack.is_of(document, folds=folds):
            self._haystack, self._shorter = Haystack(document, folds=folds), {}
        elif document.growing is not None:
            self._haystack.take_in(document.growing.id)
            self._shorter = {}
        self.query = query
        self._found = self._find(self._haystack) if query else Found([], [], [])
        self._shorter = {q: found for q, found in self._shorter.items() if query.startswith(q)}
        if query:
            self._shorter[query] = self._found
        self._ids = [document[index].id for index in self._found.indices]
        self._at = dict(zip(self._ids, range(len(self._ids)), strict=True))
        ahead = bisect_left(self._found.indices, near)
        self.number = self._before(ahead) if ahead < len(self._found.indices) else self.count - 1

    def step(self, by: int) -> None:
        """To the next place, or back; from the last to the first."""
        if self.count:
            self.number = (self.number + by) % self.count

    def marks(self, block: BlockId) -> tuple[Mark, ...]:
        at = self._at.get(block)
        if at is None:
            return ()
        numbers = range(self._before(at), self._found.totals[at])
        return tuple(Mark(*self._span(n), "match-current" if n == self.number else "match") for n in numbers)

    # ── inside ───────────────────────────────────────────────────────────────

    def _span(self, number: int) -> tuple[int, int]:
        return self._found.starts[number], self._found.starts[number] + len(self.query)

    def _before(self, at: int) -> int:
        """Places in the blocks above the one at `at` among those that have any."""
        return self._found.totals[at - 1] if at else 0

    def _find(self, haystack: Haystack) -> Found:
        """A longer query stands only in blocks where a shorter one stood, if all of those were counted."""
        if self.query in self._shorter:
            return self._shorter[self.query]
        shorter = [found for query, found in self._shorter.items() if self.query.startswith(query)]
        last = min(shorter, key=lambda found: len(found.starts), default=None)
        if last is None or len(last.starts) == MOST:
            return haystack.places(self.query)
        return haystack.places(self.query, last.indices)
