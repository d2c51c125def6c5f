"""The growing block as rows: takes what arrived since the last frame and says which rows changed.

Knows no widget. One `LiveBlock` serves one growing block at one width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.transcript.blocks import Answer, Block
from tui.transcript.document import BlockId, Document
from tui.transcript.layout import Growth, answer_rows, inner_width, lay_out
from tui.transcript.rows import BLANK
from tui.transcript.strips import Drawn

if TYPE_CHECKING:
    from tui.transcript.stream import MarkdownStream

_SUMMARY_CHARACTERS = 600


class LiveBlock:
    def __init__(self, document: Document, width: int, *, wraps_code: bool = True) -> None:
        entry = document.growing
        assert entry is not None
        self.id: BlockId = entry.id
        self.width = width
        self.drawn = Drawn([])
        self.is_behind = False
        self._document = document
        self._entry = entry
        self._block: Block | None = None
        self._pieces = document.pieces
        self._taken = 0
        self._stream: MarkdownStream | None = None
        if isinstance(entry.block, Answer):
            from tui.transcript.stream import MarkdownStream  # here, because no start shows an answer

            self._stream = MarkdownStream(inner_width(width), wraps_code=wraps_code)

    @property
    def is_growing(self) -> bool:
        """False when the document's growing block is another, or none."""
        return self._document.growing is self._entry

    @property
    def border(self) -> int | None:
        """Where this answer goes on in a new block."""
        return self._stream.border if self._stream is not None else None

    def commit(self) -> int | None:
        """Draw what arrived; the first changed row, or None when there is none."""
        pieces, self._taken = self._pieces[self._taken :], len(self._pieces)
        if self._stream is None:
            return self._commit_summary(is_new=bool(pieces))
        if not pieces and not self._stream.is_behind:
            return None
        self._stream.feed("".join(pieces))
        first = self._stream.commit()
        self.is_behind = self._stream.is_behind
        return self._take_rows(first)

    def finish(self) -> Drawn | None:
        """The rows of the block now that it is whole; None when it has to be laid out from its text."""
        if self._stream is None or not isinstance(self._entry.block, Answer):
            return None
        text = self._entry.block.text
        drawn = self._stream.text + "".join(self._pieces[self._taken :])
        if text == drawn:
            self._stream.feed("".join(self._pieces[self._taken :]))
            self._take_rows(self._stream.finish())
        elif self.border == len(text) and drawn.startswith(text):
            self._stream.drop_open()
            self._take_rows(len(self._stream.rows))
        else:
            return None
        return self.drawn

    def _take_rows(self, first: int) -> int:
        """Rows of the stream from `first` on, behind margin and gap."""
        assert self._stream is not None
        gap = self._entry.gap
        start = first + gap if first else 0
        rows = answer_rows(self._stream.rows[first:])
        self.drawn.rows[start:] = rows if first else [BLANK] * gap + rows
        self.drawn.changed_from(start)
        return start

    def _commit_summary(self, *, is_new: bool) -> int | None:
        block = self._entry.block
        if not is_new and block is self._block:
            return None
        self._block = block
        is_open = getattr(block, "is_open", False)
        text = "".join(self._pieces) if is_open else "".join(_tail(self._pieces, _SUMMARY_CHARACTERS))
        self.drawn.rows[:] = lay_out(block, self._entry.gap, self.width, Growth(text))
        self.drawn.changed_from(0)
        return 0


def _tail(pieces: list[str], characters: int) -> list[str]:
    taken = 0
    start = len(pieces)
    while start and taken < characters:
        start -= 1
        taken += len(pieces[start])
    return pieces[start:]
