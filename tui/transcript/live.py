"""The growing block as rows: takes what arrived since the last frame and says which rows changed.

Knows no widget. One `LiveBlock` serves one growing block at one width, until all of it is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.transcript.blocks import Answer, Block, source_of
from tui.transcript.document import BlockId, Document, Entry
from tui.transcript.layout import Growth, answer_rows, inner_width, lay_out
from tui.transcript.rows import BLANK, Row

if TYPE_CHECKING:
    from tui.transcript.scanner import Construct
    from tui.transcript.stream import MarkdownStream

_SUMMARY_CHARACTERS = 600


class LiveBlock:
    def __init__(self, document: Document, entry: Entry, width: int, *, wraps_code: bool = True) -> None:
        """`entry` grows, or is the rest of one that did."""
        self.width = width
        self.rows: list[Row] = []
        self.entry = entry
        self._document = document
        self._block: Block | None = None
        self._pieces = document.pieces if self.is_growing else [source_of(entry.block)]
        self._taken = 0
        self._stream: MarkdownStream | None = None
        if isinstance(entry.block, Answer):
            from tui.transcript.stream import MarkdownStream  # here, because no start shows an answer

            self._stream = MarkdownStream(inner_width(width), number=entry.block.number, wraps_code=wraps_code)

    @property
    def id(self) -> BlockId:
        return self.entry.id

    @property
    def is_growing(self) -> bool:
        """False when the document's growing block is another, or none."""
        return self._document.growing is self.entry

    @property
    def is_behind(self) -> bool:
        """Whether text waits for another commit."""
        return self._stream is not None and (self._stream.is_behind or self._taken < len(self._pieces))

    @property
    def border(self) -> Construct | None:
        """The construct with which this answer goes on in a new block."""
        return self._stream.border if self._stream is not None else None

    def commit(self, limit: int | None = None) -> int | None:
        """Draw what arrived, of an answer at most `limit` characters, or a slice; the first changed row, if any."""
        pieces, self._taken = self._pieces[self._taken :], len(self._pieces)
        if self._stream is None:
            return self._commit_summary(is_new=bool(pieces))
        if not pieces and not self._stream.is_behind:
            return None
        self._stream.feed("".join(pieces))
        return self._take_rows(self._stream.commit(limit) if limit else self._stream.commit())

    def finish(self) -> list[Row] | None:
        """The rows of the block now that it is whole; None when it has to be laid out from its text."""
        block = self.entry.block
        if self._stream is None or not isinstance(block, Answer):
            return None
        border = self.border
        if block.text == self._stream.text:
            self._take_rows(self._stream.finish())
        elif border is not None and border.start == len(block.text) and self._stream.text.startswith(block.text):
            self._stream.drop_open()
            self._take_rows(len(self._stream.rows))
        else:
            return None
        return self.rows

    def _take_rows(self, first: int) -> int:
        """Rows of the stream from `first` on, behind margin and gap."""
        assert self._stream is not None
        gap = self.entry.gap
        start = first + gap if first else 0
        rows = answer_rows(self._stream.rows[first:])
        self.rows[start:] = rows if first else [BLANK] * gap + rows
        return start

    def _commit_summary(self, *, is_new: bool) -> int | None:
        block = self.entry.block
        if not is_new and block is self._block:
            return None
        self._block = block
        is_open = getattr(block, "is_open", False)
        text = "".join(self._pieces) if is_open else "".join(_tail(self._pieces, _SUMMARY_CHARACTERS))
        self.rows[:] = lay_out(block, self.entry.gap, self.width, Growth(text))
        return 0


def _tail(pieces: list[str], characters: int) -> list[str]:
    taken = 0
    start = len(pieces)
    while start and taken < characters:
        start -= 1
        taken += len(pieces[start])
    return pieces[start:]
