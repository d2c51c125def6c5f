"""The diff of one file, drawn line by line: no widget per row, and nothing is drawn that is not on the screen.

It shows a `FileDiff` and says what was clicked. It decides nothing and knows nothing of the screen around it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from agent.edits.proposal import Verdict
from tui.widgets.diff.model import FileDiff, Want
from tui.widgets.diff.paint import COMPONENTS, Painter
from tui.widgets.diff.rows import NONE, Row, Rows

_ROWS_ABOVE = 2
"""What stays in view above a hunk that is jumped to."""


class DiffView(ScrollView, can_focus=False, inherit_bindings=False):
    """A scroll view over the rows of `diff`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)

    @dataclass
    class HunkChosen(Message):
        """A row of this hunk was clicked."""

        hunk: int

    @dataclass
    class VerdictClicked(Message):
        """The accept or reject mark of this hunk was clicked."""

        hunk: int
        verdict: Verdict

    @dataclass
    class FoldClicked(Message):
        fold: int

    class Measured(Message):
        """Whether lines are cut has changed."""

    def __init__(self, diff: FileDiff, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._painter = Painter(diff, {}, 0, False)
        self._strips: dict[int, Strip] = {}
        self.is_cut = False
        """Whether a line is longer than there is room."""
        self._drawn: object = None  # what the strips were drawn from
        self._wanted: set[Want] = set()
        self._is_computing = False
        self._pressed: object = None

    # ── what is shown ────────────────────────────────────────────────────────

    @property
    def diff(self) -> FileDiff:
        return self._painter.diff

    @property
    def rows(self) -> Rows:
        return self.diff.rows(self._painter.side_by_side)

    def show(self, diff: FileDiff, current: int, *, side_by_side: bool, query: str = "") -> None:
        """Draw `diff` as it is now, with hunk `current` in focus."""
        if diff is not self.diff:
            self._wanted.clear()
        self._painter = replace(
            self._painter, diff=diff, current=current, side_by_side=side_by_side, query=query, found=None
        )
        self._measure()

    def shows_hunk(self, number: int) -> bool:
        """Whether a row of the hunk is in view."""
        first, end = self.rows.hunk(number)
        top = self.scroll_offset.y
        return first < top + self.scrollable_content_region.height and end > top

    def reveal_hunk(self, number: int) -> None:
        """Bring a hunk into view, moving only when a part of it is outside."""
        first, end = self.rows.hunk(number)
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if first < top or min(end, first + height) > top + height:
            self.scroll_to(y=max(0, first - _ROWS_ABOVE), animate=False)

    def reveal_row(self, index: int) -> None:
        """Bring a found row into view and mark it."""
        self._painter = replace(self._painter, found=self.rows[index])
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if not top <= index < top + height:
            self.scroll_to(y=max(0, index - height // 3), animate=False)
        self._redraw()

    # ── drawing ──────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        if index >= len(self.rows):
            return Strip.blank(self._painter.width, self._painter.palette["text"])
        width, scroll = self.scrollable_content_region.width, self.scroll_offset.x
        if (width, scroll) != (self._painter.width, self._painter.scroll):  # drawn before it is told of its size
            self._painter = replace(self._painter, width=width, scroll=scroll)
            self._forget_strips()
        if index not in self._strips:
            row = self.rows[index]
            self._want(row)
            self._strips[index] = self._painter.strip(row)
        return self._strips[index]

    def on_resize(self) -> None:
        self._measure()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.call_later(self._take_colours)  # the styles of its components follow its own

    def _take_colours(self) -> None:
        self._painter = replace(self._painter, palette={})
        self._measure()

    def _measure(self) -> None:
        palette = self._painter.palette or {
            name.removeprefix("diff--"): self.get_component_rich_style(name) for name in COMPONENTS
        }
        width = self.scrollable_content_region.width
        self._painter = replace(self._painter, palette=palette, width=width)
        overhang = self.diff.text_width - self._painter.code_width
        self._take_size(Size(width + max(0, overhang), len(self.rows)))
        if self.is_cut != (is_cut := overhang > 0):
            self.is_cut = is_cut
            self.post_message(self.Measured())
        if self._drawn != self._sources():
            self._redraw()

    def _take_size(self, size: Size) -> None:
        """Let what there is to scroll be this large. Both bars have their room at any size, so nothing is laid out."""
        if size != self.virtual_size:
            self.set_reactive(ScrollView.virtual_size, size)  # pyright: ignore[reportArgumentType]
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.window_virtual_size = size.height
            self.scroll_to(self.scroll_x, self.scroll_y, animate=False)  # back to where rows are left

    def _sources(self) -> object:
        return self._painter, self.diff.draft, self.rows

    def _redraw(self) -> None:
        self._forget_strips()
        self.refresh()

    def _forget_strips(self) -> None:
        self._strips.clear()
        self._drawn = self._sources()

    # ── colours and marks that come later ────────────────────────────────────

    def _want(self, row: Row) -> None:
        self._wanted.update(self.diff.wants(row))
        if self._wanted and not self._is_computing:
            self._is_computing = True
            self.call_later(self._begin)  # when the paint that asks for it is done: a thread at work would hold it up

    def _begin(self) -> None:
        self.run_worker(self._compute(), group="diff")

    async def _compute(self) -> None:
        """Compute what is wanted in a thread, batch by batch; the wants of a file that is gone are dropped."""
        try:
            while self._wanted:
                diff, batch, self._wanted = self.diff, self._wanted, set()
                await asyncio.to_thread(diff.compute, batch)
                self._redraw()
        finally:
            self._is_computing = False

    # ── mouse ────────────────────────────────────────────────────────────────

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._pressed = self._under(event)

    def on_click(self, event: events.Click) -> None:
        """What is let go elsewhere than it was pressed is no click: it was dragged, and decides nothing."""
        event.stop()
        if self._under(event) != self._pressed:
            return
        match event.style.meta:
            case {"hunk": int(hunk), "verdict": "accept" | "reject" as verdict}:
                self.post_message(self.VerdictClicked(hunk, verdict))
            case {"fold": int(fold)}:
                self.post_message(self.FoldClicked(fold))
            case _:
                index = self.scroll_offset.y + event.y
                if index < len(self.rows) and (row := self.rows[index]).hunk != NONE:
                    self.post_message(self.HunkChosen(row.hunk))

    def _under(self, event: events.MouseEvent) -> object:
        """The row under the mouse, and the mark in it."""
        return self.scroll_offset.y + event.y, event.style.meta
