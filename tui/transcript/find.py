"""Find in the transcript: where a text stands in the sources of blocks, and which place is looked at.

Pure: knows the document, no widget. Small letters find capitals too; a capital in the query finds only itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

from backends.frozen import frozen
from tui.transcript.document import BlockId, Document, Entry
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
    has lowered, so that each further letter only looks.
    """

    def __init__(self) -> None:
        self.query = ""
        self.number = -1
        self._generation = -1
        self._spans: dict[BlockId, list[tuple[int, int]]] = {}
        self._blocks: list[BlockId] = []
        self._totals: list[int] = []
        self._lowered: dict[BlockId, tuple[int, str | None]] = {}

    @property
    def count(self) -> int:
        """How many places there are, `MOST` at the most."""
        return self._totals[-1] if self._totals else 0

    @property
    def current(self) -> Place | None:
        if not 0 <= self.number < self.count:
            return None
        at = bisect_right(self._totals, self.number)
        block = self._blocks[at]
        return Place(block, *self._spans[block][self.number - self._before(at)])

    def search(self, document: Document, query: str, *, near: int = 0) -> None:
        """Find all places; the first in or after the block at index `near` is looked at, or else the last before it."""
        entries = self._worth_a_look(document, query)
        self.query, self._generation = query, document.generation
        self._spans = self._find(document, query, entries) if query else {}
        self._blocks = list(self._spans)
        self._totals = list(accumulate(map(len, self._spans.values())))
        ahead = bisect_left(self._blocks, near, key=document.index)
        self.number = self._before(ahead) if ahead < len(self._blocks) else self.count - 1

    def step(self, by: int) -> None:
        """To the next place, or back; from the last to the first."""
        if self.count:
            self.number = (self.number + by) % self.count

    def marks(self, block: BlockId) -> tuple[Mark, ...]:
        spans = self._spans.get(block, ())
        current = self.current if spans else None
        looked_at = (current.start, current.end) if current is not None and current.block == block else None
        return tuple(Mark(*span, "match-current" if span == looked_at else "match") for span in spans)

    # ── inside ───────────────────────────────────────────────────────────────

    def _before(self, at: int) -> int:
        """Places in the blocks above the one at `at` among those that have any."""
        return self._totals[at - 1] if at else 0

    def _worth_a_look(self, document: Document, query: str) -> Iterable[tuple[int, Entry]]:
        """A longer query stands where the shorter one stood, as long as nothing changed and all of it was counted."""
        is_same = document.generation == self._generation and document.growing is None
        if is_same and self.query and query.startswith(self.query) and self.count < MOST:
            indices = map(document.index, self._blocks)
            return ((index, document[index]) for index in indices)
        return enumerate(document)

    def _find(
        self, document: Document, query: str, entries: Iterable[tuple[int, Entry]]
    ) -> dict[BlockId, list[tuple[int, int]]]:
        found: dict[BlockId, list[tuple[int, int]]] = {}
        left = MOST
        folds = query == query.lower()
        for index, entry in entries:
            text = self._lower(document, index, entry) if folds else document.source(index)
            if text is None:
                matches = re.finditer(re.escape(query), document.source(index), re.IGNORECASE)
                spans = [match.span() for match in matches]
            else:
                spans = _in_text(text, query)
            if spans:
                found[entry.id] = spans[:left]
                left -= len(spans)
            if left <= 0:
                break
        return found

    def _lower(self, document: Document, index: int, entry: Entry) -> str | None:
        """The source in small letters; None where one of them is longer than its capital, and places would be wrong."""
        kept = self._lowered.get(entry.id)
        if kept is not None and kept[0] == entry.revision and entry is not document.growing:
            return kept[1]
        source = document.source(index)
        lowered = source.lower() if len(source.lower()) == len(source) else None
        self._lowered[entry.id] = (entry.revision, lowered)
        return lowered


def _in_text(text: str, query: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = text.find(query)
    while start >= 0:
        end = start + len(query)
        spans.append((start, end))
        start = text.find(query, end)
    return spans
