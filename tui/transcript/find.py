"""Find in the transcript: where a text stands in the sources of blocks, and which place is looked at.

Pure: knows the document, no widget. Small letters find capitals too; a capital in the query finds only itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

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
    """The places of `query` in a document as it was when `search` was called, and the one that is looked at.

    `number` counts places from 0; -1 while there is none. One Finder serves one document: it keeps the texts that it
    has lowered, so that each further letter only looks. Places are kept in flat lists of numbers, which are quick to
    make and give the collector nothing to look at.
    """

    def __init__(self) -> None:
        self.query = ""
        self.number = -1
        self._generation = -1
        self._starts: list[int] = []  # of every place, in its block's text
        self._indices: list[int] = []  # of the blocks that have places, in the document
        self._ids: list[BlockId] = []
        self._texts: list[str | None] = []
        self._folds = True
        self._totals: list[int] = []  # places up to the end of each of these blocks
        self._at: dict[BlockId, int] = {}
        self._lowered: dict[BlockId, tuple[int, str | None]] = {}

    @property
    def count(self) -> int:
        """How many places there are, `MOST` at the most."""
        return len(self._starts)

    @property
    def current(self) -> Place | None:
        if not 0 <= self.number < self.count:
            return None
        return Place(self._ids[bisect_right(self._totals, self.number)], *self._span(self.number))

    def search(self, document: Document, query: str, *, near: int = 0) -> None:
        """Find all places; the first in or after the block at index `near` is looked at, or else the last before it."""
        worth_a_look = self._worth_a_look(document, query) if query else ()
        self.query, self._generation = query, document.generation
        self._find(document, worth_a_look)
        ahead = bisect_left(self._indices, near)
        self.number = self._before(ahead) if ahead < len(self._indices) else self.count - 1

    def step(self, by: int) -> None:
        """To the next place, or back; from the last to the first."""
        if self.count:
            self.number = (self.number + by) % self.count

    def marks(self, block: BlockId) -> tuple[Mark, ...]:
        at = self._at.get(block)
        if at is None:
            return ()
        numbers = range(self._before(at), self._totals[at])
        return tuple(Mark(*self._span(n), "match-current" if n == self.number else "match") for n in numbers)

    # ── inside ───────────────────────────────────────────────────────────────

    def _span(self, number: int) -> tuple[int, int]:
        return self._starts[number], self._starts[number] + len(self.query)

    def _before(self, at: int) -> int:
        """Places in the blocks above the one at `at` among those that have any."""
        return self._totals[at - 1] if at else 0

    def _worth_a_look(self, document: Document, query: str) -> Iterable[tuple[int, BlockId, str | None]]:
        """Blocks with their texts. A longer query stands where the shorter one stood, as long as nothing changed and
        all of it was counted."""
        is_same = document.generation == self._generation and document.growing is None
        narrows = is_same and self.query and query.startswith(self.query) and self.count < MOST
        folded, self._folds = self._folds, query == query.lower()
        if narrows and folded == self._folds:
            return zip(self._indices, self._ids, self._texts, strict=True)
        indices = self._indices if narrows else range(len(document))
        return ((index, document[index].id, self._text(document, index)) for index in indices)

    def _find(self, document: Document, worth_a_look: Iterable[tuple[int, BlockId, str | None]]) -> None:
        starts: list[int] = []
        found: list[int] = []
        ids: list[BlockId] = []
        texts: list[str | None] = []
        totals: list[int] = []
        query, step = self.query, len(self.query)
        for index, block_id, text in worth_a_look:
            here = len(starts)
            if text is None:
                matches = re.finditer(re.escape(query), document.source(index), re.IGNORECASE)
                starts += [match.start() for match in matches]
            else:
                start = text.find(query)
                while start >= 0:
                    starts.append(start)
                    start = text.find(query, start + step)
            if len(starts) > here:
                del starts[MOST:]
                found.append(index)
                ids.append(block_id)
                texts.append(text)
                totals.append(len(starts))
            if len(starts) >= MOST:
                break
        self._starts, self._indices, self._ids, self._texts, self._totals = starts, found, ids, texts, totals
        self._at = dict(zip(ids, range(len(ids)), strict=True))

    def _text(self, document: Document, index: int) -> str | None:
        """The source, in small letters if the query is; None where one of them is longer than its capital, and places
        would be wrong."""
        if not self._folds:
            return document.source(index)
        entry = document[index]
        kept = self._lowered.get(entry.id)
        if kept is not None and kept[0] == entry.revision and entry is not document.growing:
            return kept[1]
        source = document.source(index)
        lowered = source.lower()
        if len(lowered) != len(source):
            lowered = None
        self._lowered[entry.id] = (entry.revision, lowered)
        return lowered
