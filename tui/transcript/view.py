"""The transcript on the screen: one scroll view that draws only what is looked at, by the line API.

Stream events only store text in the document; a frame takes it in and repaints the rows that changed. Nothing here lays
out the screen, and nothing here knows an agent or a server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.transcript.blocks import CommandCard, Folding, Prompt, ProposalCard, opens
from tui.transcript.document import BlockId, Document
from tui.transcript.layout import lay_out
from tui.transcript.live import LiveBlock
from tui.transcript.strips import Drawn, DrawnStore, Palette
from tui.transcript.viewport import Viewport

FRAME_SECONDS = 1 / 30
BEHIND_SECONDS = 1 / 120
AWAY_SECONDS = 1 / 4
AHEAD_SECONDS = 1 / 20
"""How long after a movement the pages around are laid out, so that the next page is there when its key is pressed."""

_STYLES = Path(__file__).with_name("transcript.tcss").read_text(encoding="utf-8")


class TranscriptView(ScrollView, can_focus=True):
    """Shows a `Document`. Give blocks to `document`; the view notices."""

    DEFAULT_CSS = _STYLES
    COMPONENT_CLASSES: ClassVar[set[str]] = set(re.findall(r"transcript--[\w-]+", _STYLES))
    ALLOW_SELECT = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home,g", "top", "Start", show=False),
        Binding("end,G", "end", "End", show=False),
        Binding("j", "cursor(1)", "Next entry", show=False),
        Binding("k", "cursor(-1)", "Previous entry", show=False),
        Binding("left_square_bracket", "prompt(-1)", "Previous prompt", show=False),
        Binding("right_square_bracket", "prompt(1)", "Next prompt", show=False),
        Binding("enter,space", "activate", "Open", show=False),
        Binding("y", "copy_block", "Copy", show=False),
        Binding("escape", "leave", "Leave", show=False),
    ]

    class BlockActivated(Message):
        """The person pressed enter on a block, or clicked one, that this view cannot open by itself."""

        def __init__(self, block_id: BlockId) -> None:
            super().__init__()
            self.block_id = block_id

    class CopyRequested(Message):
        """The person asked for this text, in the words of the source."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The person is done reading and wants to write."""

    def __init__(self, document: Document | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.document = document if document is not None else Document()
        self.document.on_change = self._on_document_change
        self.viewport = Viewport(self.document, self._measure)
        self.cursor: BlockId | None = None
        self.unseen = False
        self.layouts = 0
        self._store = DrawnStore()
        self._live: LiveBlock | None = None
        self._palette: Palette | None = None
        self._frame_due = False
        self._ahead_due = False
        self._is_placing = False
        self._width = 0
        self._whole_view = True
        self._drawn_generation = -1

    # ── the document changes ─────────────────────────────────────────────────

    def _on_document_change(self, index: int) -> None:
        if self._frame_due or not self.is_mounted:
            return
        self._frame_due = True
        self.set_timer(FRAME_SECONDS if self.viewport.follows else AWAY_SECONDS, self.frame)

    def frame(self) -> None:
        """Take in what arrived and repaint what changed. Called by itself; tests call it to skip the wait."""
        self._frame_due = True  # what is done here asks for no further frame
        self.document.catch_up()
        self._frame_due = False
        if self._width <= 0:
            return
        generation = self.document.generation
        first_row = self._commit_live()
        if generation != self._drawn_generation or first_row is None:
            self._whole_view = True
        self._drawn_generation = self.document.generation
        top, was_at_end = self.viewport.top, self.viewport.follows
        self.viewport.settle()
        self.unseen = not was_at_end and not self.viewport.is_at_end
        self._place()
        if self._whole_view or top != self.viewport.top:
            self._whole_view = False
            self.refresh(self.size.region)
        elif first_row is not None:
            self._refresh_from(first_row)
        if self._live is not None and self._live.is_behind:
            self._frame_due = True
            self.set_timer(BEHIND_SECONDS, self.frame)

    def _commit_live(self) -> int | None:
        """Bring the growing block up to date; returns the first changed row of the document."""
        if self._live is not None and not self._live.is_growing:
            self._finish_live()
        if self.document.growing is None:
            return None
        if self._live is None:
            self._live = LiveBlock(self.document, self._width)
        live = self._live
        first = live.commit()
        index = self.document.index(live.id)
        if first is not None:
            self.document.measured(index, len(live.drawn.rows))
        if live.border is not None:
            self.document.split(live.border)
            return self._commit_live()
        return None if first is None else self.document.heights.before(index) + first

    def _finish_live(self) -> None:
        live, self._live = self._live, None
        if live is None or live.id not in self.document or live.width != self._width:
            return
        drawn = live.finish()
        if drawn is not None:
            index = self.document.index(live.id)
            self._store.put(self._key(index), drawn)
            self.document.measured(index, len(drawn.rows))

    def _refresh_from(self, row: int) -> None:
        y = max(0, row - self.viewport.top)
        if y < self.size.height:
            self.refresh(Region(0, y, self.size.width, self.size.height - y))

    def _place(self) -> None:
        """Tell Textual how long the document is and where the view stands, without a layout."""
        total = max(self.document.heights.total, self.viewport.height)
        top = self.viewport.top
        self._is_placing = True
        try:
            if self.virtual_size.height != total:
                self.set_reactive(ScrollView.virtual_size, Size(self._width, total))  # pyright: ignore[reportArgumentType]
                self.vertical_scrollbar.window_virtual_size = total
                self.vertical_scrollbar.window_size = self.viewport.height
            self.scroll_target_y = self.scroll_y = top
        finally:
            self._is_placing = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self._is_placing:
            self.vertical_scrollbar.position = new_value
            return
        self._moved(lambda: self.viewport.move(round(new_value) - self.viewport.top))

    def _moved(self, movement: Callable[[], None]) -> None:
        movement()
        self._place()
        if self.viewport.is_at_end:
            self.unseen = False
        self.refresh(self.size.region)
        if not self._ahead_due:
            self._ahead_due = True
            self.set_timer(AHEAD_SECONDS, self._read_ahead)

    def _read_ahead(self) -> None:
        self._ahead_due = False
        self.viewport.measure_around()
        self._place()
        height = self.viewport.height
        self._filtered(max(-height, -self.viewport.top), 2 * height)

    # ── size and colours ─────────────────────────────────────────────────────

    def on_resize(self, event: events.Resize) -> None:
        width = self.scrollable_content_region.width
        self.viewport.height = max(1, self.scrollable_content_region.height)
        if width != self._width:
            self._width = width
            self._store.clear()
            self._live = None
            self.document.resize(width)
        self._whole_view = True
        self.frame()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None
        self._store.clear()
        if self._live is not None:
            self._live.drawn.repaint()

    # ── drawing ──────────────────────────────────────────────────────────────

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = self._filtered(crop.y, crop.bottom)
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _filtered(self, first: int, end: int) -> list[Strip]:
        """Strips as they go to the terminal; each keeps what its filters made of it."""
        strips = self._strips(first, end)
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        return self._strips(y, y + 1)[0]

    def _strips(self, first: int, end: int) -> list[Strip]:
        palette = self._palette
        if palette is None:
            palette = self._palette = Palette(self.rich_style, self._ink)
        width = self.size.width
        blank = Strip.blank(width, palette.base)
        strips: list[Strip] = []
        heights = self.document.heights
        row, last = self.viewport.top + first, min(self.viewport.top + end, heights.total)
        while row < last:
            index, offset = heights.find(row)
            drawn = self._drawn(index)
            stop = min(len(drawn.rows), offset + last - row)
            block = [drawn.strip(number, palette, width) for number in range(offset, stop)]
            if self.document[index].id == self.cursor:
                block = self._with_cursor(block, max(0, self.document[index].gap - offset), palette)
            strips += block
            row += max(1, stop - offset)
        strips += [blank] * (end - first - len(strips))
        if self.unseen and end == self.size.height and strips:
            strips[-1] = self._hint(palette, width)
        return strips

    def _drawn(self, index: int) -> Drawn:
        live = self._live
        if live is not None and self.document[index].id == live.id:
            return live.drawn
        key = self._key(index)
        drawn = self._store.get(key)
        if drawn is None:
            entry = self.document[index]
            self.layouts += 1
            drawn = Drawn(lay_out(entry.block, entry.gap, self._width))
            self._store.put(key, drawn)
        return drawn

    def _key(self, index: int) -> tuple[int, int, int]:
        entry = self.document[index]
        return (entry.id, entry.revision, self._width)

    def _measure(self, index: int) -> None:
        self.document.measured(index, len(self._drawn(index).rows))

    def _ink(self, name: str) -> Style:
        return self.get_component_rich_style(f"transcript--{name}", partial=True)

    def _with_cursor(self, strips: list[Strip], gap: int, palette: Palette) -> list[Strip]:
        bar = Segment("▎", palette["cursor"])
        return [*strips[:gap], *(Strip([bar, *strip.crop(1)], strip.cell_length) for strip in strips[gap:])]

    def _hint(self, palette: Palette, width: int) -> Strip:
        label = " ↓ new text below · end "
        left = max(0, (width - len(label)) // 2)
        right = max(0, width - left - len(label))
        segments = [
            Segment(" " * left, palette.base),
            Segment(label, palette["hint"]),
            Segment(" " * right, palette.base),
        ]
        return Strip(segments, left + len(label) + right)

    # ── keys and mouse ───────────────────────────────────────────────────────

    def action_move(self, rows: int) -> None:
        self._moved(lambda: self.viewport.move(rows))

    def action_page(self, pages: int) -> None:
        self._moved(lambda: self.viewport.move(pages * max(1, self.viewport.height - 2)))

    def action_top(self) -> None:
        self._moved(lambda: self.viewport.go(0))

    def action_end(self) -> None:
        self._moved(self.viewport.to_end)

    def action_cursor(self, step: int) -> None:
        """To the next or previous block, beginning with what is in view."""
        if not len(self.document):
            return
        visible = self.viewport.visible
        if self.cursor is not None and self.cursor in self.document and self.document.index(self.cursor) in visible:
            index = self.document.index(self.cursor) + step
        else:
            index = visible.start if step > 0 else visible.stop - 1
        self.put_cursor(self.document[max(0, min(index, len(self.document) - 1))].id)

    def action_prompt(self, step: int) -> None:
        """To the next or previous prompt."""
        if self.cursor is not None and self.cursor in self.document:
            here = self.document.index(self.cursor)
        else:
            here = self.viewport.visible.start if step > 0 else self.viewport.visible.stop
        ahead = range(here + step, len(self.document) if step > 0 else -1, step)
        found = next((index for index in ahead if isinstance(self.document[index].block, Prompt)), None)
        if found is not None:
            self.cursor = self.document[found].id
            self._moved(lambda: self.viewport.show(found))

    def put_cursor(self, block_id: BlockId) -> None:
        """Mark a block and bring it into view."""
        self.cursor = block_id
        index = self.document.index(block_id)
        self._measure(index)
        heights = self.document.heights
        start, end = heights.before(index), heights.before(index + 1)
        top, bottom = self.viewport.top, self.viewport.top + self.viewport.height
        if start < top or end - start >= self.viewport.height:
            self._moved(lambda: self.viewport.move(start - top))
        elif end > bottom:
            self._moved(lambda: self.viewport.move(end - bottom))
        else:
            self.refresh(self.size.region)

    def action_activate(self) -> None:
        if self.cursor is not None and self.cursor in self.document:
            self.activate(self.cursor)

    def activate(self, block_id: BlockId) -> None:
        """Fold or open a block; what does not fold is posted up."""
        block = self.document.block(block_id)
        if isinstance(block, Folding) and opens(block):
            self.document.replace(block_id, replace(block, is_open=not block.is_open))
            self.viewport.follows = False
            self.frame()
        else:
            self.post_message(self.BlockActivated(block_id))

    def action_copy_block(self) -> None:
        if self.cursor is not None and self.cursor in self.document:
            self.post_message(self.CopyRequested(self.document.source(self.document.index(self.cursor))))

    def action_leave(self) -> None:
        self.cursor = None
        self.refresh(self.size.region)
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        row = self.viewport.top + event.y
        if self.unseen and event.y == self.size.height - 1:
            self.action_end()
            return
        if row >= self.document.heights.total:
            return
        index, offset = self.document.heights.find(row)
        entry = self.document[index]
        self.cursor = entry.id
        if offset == entry.gap or isinstance(entry.block, ProposalCard | CommandCard):
            self.activate(entry.id)
        self.refresh(self.size.region)
