"""The transcript on the screen: one scroll view that draws only what is looked at, by the line API.

Stream events only store text in the document; a frame takes it in and repaints the rows that changed. Nothing here lays
out the screen, and nothing here knows an agent or a server.
"""

# pyright: reportUnknownMemberType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.transcript.blocks import CommandCard, Notice, ProposalCard
from tui.transcript.document import BlockId, Document
from tui.transcript.find_row import FindRow
from tui.transcript.inks import style_of
from tui.transcript.keys import KEYS
from tui.transcript.opening import Way, opening_rows
from tui.transcript.painter import Painter
from tui.transcript.reading import Reading
from tui.transcript.repaint import Repaint
from tui.transcript.strips import Palette
from tui.transcript.viewport import Viewport

FRAME_SECONDS = 1 / 30
BEHIND_SECONDS = 1 / 120
AWAY_SECONDS = 1 / 4
AHEAD_SECONDS = 1 / 20
"""How long after a movement the pages around are laid out, so that the next page is there when its key is pressed."""

MOST_REMARKS = 5
"""Below so many remarks of the program a conversation counts as empty."""


class TranscriptView(ScrollView, can_focus=True):
    """Shows a `Document`. Give blocks to `document`; the view notices."""

    DEFAULT_CSS = """
    TranscriptView {
        height: 1fr; width: 1fr; background: $background; color: $foreground;
        overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
        scrollbar-color: $panel; scrollbar-color-hover: $rule; scrollbar-color-active: $primary;
        scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    """
    ALLOW_SELECT = False

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

    class NothingToCopy(Message):
        """The person asked to copy what is not there."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class FindToggled(Message):
        """The last row began to ask for a text, or is done with it."""

    class Left(Message):
        """The person is done reading and wants to write."""

    def __init__(self, document: Document | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.document = document if document is not None else Document()
        self.document.on_change = self._on_document_change
        self.painter = Painter(self.document)
        self.viewport = Viewport(self.document, self.painter.measure)
        self.reading = Reading(self.document, self.painter, self.viewport)
        self.unseen = False
        self.end_key = "end"
        self.opening: tuple[Way, ...] = ()
        self.copies_on_select = False
        self.courtesy: Callable[[], float] = lambda: 0.0
        """Seconds that a slice of a flood should wait, so that a key gets through."""
        self._keys = KEYS
        self._palette: Palette | None = None
        self._frame_due = False
        self._ahead_due = False
        self._is_placing = False
        self._thumb = (0, 0, 0)
        self._find_row = FindRow(self.reading)
        self._repaint = Repaint()

    def bind_keys(self, keys: Mapping[str, str], find_keys: Mapping[str, str]) -> None:
        """Let these keys do these actions, in the place of `KEYS`, and of `FIND_KEYS` in the row that asks."""
        self._keys = keys
        self._find_row.keys = find_keys

    # ── the document changes ─────────────────────────────────────────────────

    def _on_document_change(self, index: int) -> None:
        if self._frame_due or not self.is_mounted:
            return
        self._frame_due = True
        self.set_timer(FRAME_SECONDS if self.viewport.follows else AWAY_SECONDS, self._slice)

    def frame(self) -> None:
        """Take in what arrived and repaint what changed. Called by itself; tests call it to skip the wait."""
        if self._take_in():
            self._show()

    def _slice(self) -> None:
        """A frame by the timer, which may be one of a flood. It gives way to a key, but once only."""
        if wait := self.courtesy():
            self.set_timer(wait, self._take_slice)
        else:
            self._take_slice()

    def _take_slice(self) -> None:
        if self._take_in() and self._repaint.is_due(is_behind=self.painter.is_behind):
            self._show()

    def _take_in(self) -> bool:
        """Lay out what arrived, at most a slice of it; False when there is no room to show it."""
        self._frame_due = True  # what is done here asks for no further frame
        self.document.catch_up()
        if self.painter.width <= 0:
            self._frame_due = False
            return False
        self._repaint.changed_to(self.document.generation)
        self._repaint.changed_from(self.painter.commit())
        self._repaint.painted_at(self.document.generation)
        self._frame_due = self.painter.is_behind
        if self.painter.is_behind:
            self.set_timer(BEHIND_SECONDS, self._slice)
        return True

    def _show(self) -> None:
        """Repaint what changed since the last time."""
        top, was_at_end = self.viewport.top, self.viewport.follows
        self.viewport.settle()
        self.unseen = not was_at_end and not self.viewport.is_at_end
        self._place()
        row = self._repaint.taken()
        if row is None or top != self.viewport.top:
            self.refresh(self.size.region)
        else:
            self._refresh_from(row)

    def _refresh_from(self, row: int) -> None:
        y = max(0, row - self.viewport.top)
        if y < self.size.height:
            self.refresh(Region(0, y, self.size.width, self.size.height - y))

    def _place(self) -> None:
        """Tell Textual how long the document is and where the view stands, without a layout."""
        height, top = self.viewport.height, self.viewport.top
        total = max(self.document.heights.total, height)
        self._is_placing = True
        try:
            if self.virtual_size.height != total:
                size = Size(self.painter.width, total)
                self.set_reactive(ScrollView.virtual_size, size)  # pyright: ignore[reportArgumentType]
            self.scroll_target_y = self.scroll_y = top
        finally:
            self._is_placing = False
        # It is drawn in eighths of a row, and drawing it takes as long as all the rest of a frame.
        parts = 1 if self.viewport.follows else 8
        thumb = (parts, parts * height * top // total, parts * height * (top + height) // total)
        if thumb != self._thumb:
            self._thumb = thumb
            bar = self.vertical_scrollbar
            bar.window_virtual_size, bar.window_size, bar.position = total, height, top

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # Textual clamps the place to a new size before it tells of that size; on_resize puts it right.
        is_resizing = max(1, self.scrollable_content_region.height) != self.viewport.height
        if not self._is_placing and not is_resizing:
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
        if width != self.painter.width:
            self.painter.resize(width)
        self._repaint.everything()
        self.frame()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None

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
            palette = self._palette = Palette(self.rich_style, partial(style_of, colours=self.app.theme_variables))
        width, top = self.size.width, self.viewport.top
        reading = self.reading
        strips = self.painter.strips(top + first, top + end, palette, width, reading.marks, reading.cursor)
        free = self.document.heights.total - top  # the first row of the view below everything
        if free < end and self._is_untouched:
            rows = opening_rows(self.opening, width)[max(0, first - free) : end - free]
            strips += [palette.strip(row, width) for row in rows]
        strips += [Strip.blank(width, palette.base)] * (end - first - len(strips))
        if end == self.size.height and strips and (words := self._bottom_words()):
            strips[-1] = palette.label(words, "hint", width)
        return strips

    @property
    def _is_untouched(self) -> bool:
        """Nothing was said; at most the program remarked something."""
        blocks = (self.document[index].block for index in range(len(self.document)))
        return len(self.document) < MOST_REMARKS and all(isinstance(block, Notice) for block in blocks)

    def _bottom_words(self) -> str:
        """What covers the last row, if anything."""
        if self._find_row.is_open:
            return self._find_row.words
        return f" ↓ new text below · {self.end_key} " if self.unseen else ""

    # ── moving ───────────────────────────────────────────────────────────────

    def action_move(self, rows: int) -> None:
        self._moved(lambda: self.viewport.move(rows))

    def action_page(self, pages: int) -> None:
        self._moved(lambda: self.viewport.move(pages * max(1, self.viewport.height - 2)))

    def action_top(self) -> None:
        self._moved(lambda: self.viewport.go(0))

    def action_end(self) -> None:
        self._moved(self.viewport.to_end)

    def action_cursor(self, step: int) -> None:
        self._moved(lambda: self.reading.step(step))

    def action_prompt(self, step: int) -> None:
        self._moved(lambda: self.reading.step_prompt(step))

    def action_wrap(self) -> None:
        """Wrap long lines of code, or cut them where the screen ends."""
        self.painter.resize(self.painter.width, wraps_code=not self.painter.wraps_code)
        self._repaint.everything()
        self.frame()

    # ── opening and leaving ──────────────────────────────────────────────────

    def action_activate(self) -> None:
        if self.reading.index is not None:
            self.activate(self.document[self.reading.index].id)

    def activate(self, block_id: BlockId) -> None:
        """Fold or open a block; what does not fold is posted up."""
        if self.reading.fold(block_id):
            self.frame()
        else:
            self.post_message(self.BlockActivated(block_id))

    def action_leave(self) -> None:
        """Escape lets go of a selection first, then of what was found, then of the transcript."""
        if not self.reading.let_go():
            self.post_message(self.Left())
        self.refresh(self.size.region)

    # ── selecting and copying ────────────────────────────────────────────────

    @property
    def selected_text(self) -> str:
        """The source text of what is selected; empty when nothing is."""
        return self.reading.selected_text

    def let_go(self) -> None:
        """Nothing is selected any more."""
        if self.reading.selection is not None:
            self.reading.let_go()
            self.refresh(self.size.region)

    def action_select(self) -> None:
        self._moved(self.reading.select)

    def action_copy(self) -> None:
        self._copy(self.reading.copied(), "there is nothing to copy yet")

    def action_copy_code(self) -> None:
        self._copy(self.reading.next_code(), "there is no code to copy here")

    def _copy(self, text: str, or_why_not: str) -> None:
        self.post_message(self.CopyRequested(text) if text else self.NothingToCopy(or_why_not))
        self.refresh(self.size.region)

    # ── finding ──────────────────────────────────────────────────────────────

    @property
    def is_asking(self) -> bool:
        """The last row asks for a text: letters are that text, and no keys."""
        return self._find_row.is_open

    def _ask(self, *, asks: bool) -> None:
        self._find_row.is_open = asks
        self.post_message(self.FindToggled())

    def action_find(self) -> None:
        """Ask for a text on the last row; what is typed is looked for at once."""
        self._ask(asks=True)
        self.find("")

    def ask_for(self, query: str) -> None:
        """Go and find `query`; without one, ask for it."""
        self.focus()
        self._ask(asks=not query)
        self.find(query)

    def action_find_step(self, by: int) -> None:
        self._moved(lambda: self.reading.find_step(by))

    def find(self, query: str) -> None:
        """Show the first place of `query` from here on, and mark all of them."""
        self._moved(lambda: self.reading.find(query))

    async def on_key(self, event: events.Key) -> None:
        """While the last row asks for a text, keys are that text.

        What keys do is done here and not by bindings, which Textual does when the key has gone up to the app: what is
        typed after a slash came before it.
        """
        do = self._keys.get(event.key)
        if do is None and not self._find_row.is_open:
            return
        event.stop()
        event.prevent_default()
        if do is not None and not self._find_row.is_open:
            await self.run_action(do)
            return
        self._moved(lambda: self._find_row.press(event.key, event.character if event.is_printable else None))
        if not self._find_row.is_open:
            self.post_message(self.FindToggled())

    # ── mouse ────────────────────────────────────────────────────────────────

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.reading.begin_drag(event.x, event.y)
        self.capture_mouse()
        self.refresh(self.size.region)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if not self.reading.drag(event.x, max(0, min(event.y, self.size.height - 1))):
            return
        if 0 <= event.y < self.size.height:
            self.refresh(self.size.region)
        else:
            self.action_move(-1 if event.y < 0 else 1)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.reading.end_drag()
        self.release_mouse()
        if self.copies_on_select and self.selected_text:
            self.action_copy()

    def on_click(self, event: events.Click) -> None:
        if self.reading.selection is not None:
            return
        if self.unseen and event.y == self.size.height - 1:
            self.action_end()
            return
        row = self.viewport.top + event.y
        if row >= self.document.heights.total:
            return
        index, offset = self.document.heights.find(row)
        entry = self.document[index]
        self.reading.cursor = entry.id
        if offset == entry.gap or isinstance(entry.block, ProposalCard | CommandCard):
            self.activate(entry.id)
        self.refresh(self.size.region)
