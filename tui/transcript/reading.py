"""What a person does while reading: a cursor on an entry, a selection, a search, folding, and the text to copy.

Moves the viewport and changes the document's folds; knows no widget, no keys and no clipboard.
"""

from __future__ import annotations

from dataclasses import replace

from tui.transcript.blocks import Answer, Block, Folding, Prompt, opens
from tui.transcript.document import BlockId, Document
from tui.transcript.find import Finder
from tui.transcript.painter import Painter
from tui.transcript.rows import Mark
from tui.transcript.selection import Point, Selection, answer_around, code_in, point_in, whole_blocks
from tui.transcript.viewport import Viewport


class Reading:
    """State of one reader of one document."""

    def __init__(self, document: Document, painter: Painter, viewport: Viewport) -> None:
        self.cursor: BlockId | None = None
        self.selection: Selection | None = None
        self.finder = Finder()
        self._document = document
        self._painter = painter
        self._viewport = viewport
        self._selects_from: BlockId | None = None
        self._drag_from: Point | None = None

    def marks(self, index: int) -> tuple[Mark, ...]:
        """What is marked in a block: what was found, and over it what is selected."""
        marks = self.finder.marks(self._document[index].id)
        return marks + self.selection.marks(self._document, index) if self.selection is not None else marks

    def let_go(self) -> bool:
        """Drop the selection, or else what was found, or else the cursor; False when it was not more than that."""
        if self.selection is not None or self._selects_from is not None:
            self.selection = self._selects_from = None
            return True
        if self.finder.query:
            self.finder = Finder()
            return True
        self.cursor = None
        return False

    # ── the cursor ───────────────────────────────────────────────────────────

    @property
    def index(self) -> int | None:
        """The place of the block under the cursor."""
        is_there = self.cursor is not None and self.cursor in self._document
        return self._document.index(self.cursor) if is_there and self.cursor is not None else None

    def step(self, by: int) -> None:
        """To the next or previous block, beginning with what is in view."""
        visible = self._viewport.visible
        if not visible:
            return
        here = self.index
        index = here + by if here is not None and here in visible else visible[0 if by > 0 else -1]
        self.put_cursor(self._document[max(0, min(index, len(self._document) - 1))].id)

    def step_prompt(self, by: int) -> None:
        """To the next or previous prompt, with it at the top."""
        here = self.index
        if here is None:
            here = self._viewport.visible.start if by > 0 else self._viewport.visible.stop
        ahead = range(here + by, len(self._document) if by > 0 else -1, by)
        found = next((index for index in ahead if isinstance(self._document[index].block, Prompt)), None)
        if found is not None:
            self.cursor = self._document[found].id
            self._viewport.show(found)

    def put_cursor(self, block_id: BlockId) -> None:
        """Mark a block and bring it into view; while selecting, select up to it."""
        self.cursor = block_id
        if self._selects_from is not None and self._selects_from in self._document:
            self.selection = whole_blocks(self._document, self._selects_from, block_id)
        self._viewport.reveal(self._document.index(block_id))

    def fold(self, block_id: BlockId) -> bool:
        """Fold or open a block; False when it does neither."""
        block: Block = self._document.block(block_id)
        if not (isinstance(block, Folding) and opens(block)):
            return False
        self._document.replace(block_id, replace(block, is_open=not block.is_open))
        self._viewport.follows = False
        return True

    # ── selecting ────────────────────────────────────────────────────────────

    def select(self) -> None:
        """Select entries from the cursor on, as the cursor moves."""
        if self.index is None:
            self.step(-1)
        self._selects_from = self.cursor
        if self.cursor is not None:
            self.put_cursor(self.cursor)

    def begin_drag(self, x: int, y: int) -> None:
        self.selection = self._selects_from = None
        self._drag_from = self._point(x, y)

    def drag(self, x: int, y: int) -> bool:
        """Select up to a cell of the view; False when nothing is dragged."""
        if self._drag_from is None:
            return False
        head = self._point(x, y)
        if head is not None and (self.selection is not None or head != self._drag_from):
            self.selection = Selection(self._drag_from, head)
        return True

    def end_drag(self) -> None:
        self._drag_from = None

    def _point(self, x: int, y: int) -> Point | None:
        """What stands at a cell of the view; below the end, the end."""
        total = self._document.heights.total
        if not total:
            return None
        index, offset = self._document.heights.find(min(self._viewport.top + y, total - 1))
        return point_in(self._document, index, self._painter.rows(index), offset, x)

    # ── copying ──────────────────────────────────────────────────────────────

    @property
    def selected_text(self) -> str:
        """The source text of what is selected; empty when nothing is."""
        return self.selection.text(self._document) if self.selection is not None else ""

    def copied(self) -> str:
        """The text to copy: what is selected, or else the entry at the cursor, or else the last answer."""
        if text := self.selected_text:
            return text
        index = self._meant()
        if index is None:
            return ""
        return answer_around(self._document, index).text(self._document) or self._document.source(index)

    def next_code(self) -> str:
        """Select a code block of the answer that is meant, the next one each time, and return it."""
        index = self._meant()
        codes = code_in(self._document, index) if index is not None else []
        if not codes:
            return ""
        last = codes.index(self.selection) if self.selection in codes else -1
        self.selection = codes[(last + 1) % len(codes)]
        return self.selected_text

    def _meant(self) -> int | None:
        if self.index is not None:
            return self.index
        backwards = range(len(self._document) - 1, -1, -1)
        return next((index for index in backwards if isinstance(self._document[index].block, Answer)), None)

    # ── finding ──────────────────────────────────────────────────────────────

    def find(self, query: str) -> None:
        """Look for `query` from what is in view on, and show the first place."""
        self.finder.search(self._document, query, near=self._viewport.visible.start)
        self._show_place()

    def find_step(self, by: int) -> None:
        self.finder.step(by)
        self._show_place()

    def _show_place(self) -> None:
        place = self.finder.current
        if place is None or place.block not in self._document:
            return
        block = self._document.block(place.block)
        if isinstance(block, Folding) and not block.is_open:
            self.fold(place.block)
        index = self._document.index(place.block)
        rows = self._painter.rows(index)
        holding = (
            n
            for n, row in enumerate(rows)
            if any(0 <= place.start - run.at < len(run.text) for run in row if run.at >= 0)
        )
        self._viewport.reveal(index, next(holding, 0))
