"""The files of a proposal with what is decided about each: two lines a file, drawn line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from agent.edits.proposal import FileChange
from backends.frozen import frozen
from tui.text import cut_path
from tui.widgets.diff.draft import FileDraft, FileState
from tui.widgets.diff.summary import OPERATIONS

FILE_MARKS: dict[FileState, str] = {"undecided": "●", "accepted": "✓", "rejected": "✗", "partly": "◐"}
_LINES = 3


@frozen
class FileEntry:
    """A file's line in the list."""

    change: FileChange
    draft: FileDraft
    is_stale: bool = False

    @property
    def has_warning(self) -> bool:
        return bool(self.change.warnings) or self.is_stale


class FileList(ScrollView, can_focus=False, inherit_bindings=False):
    """Files in the order of the proposal; `entries` and `current` are given, a click is told."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"files--{name}"
        for name in "name name-current bar detail added removed undecided accepted rejected partly warning".split()
    }

    @dataclass
    class FileChosen(Message):
        number: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._entries: tuple[FileEntry, ...] = ()
        self._current = 0

    def show(self, entries: Sequence[FileEntry], current: int) -> None:
        """Draw these files, with one of them in focus and in view."""
        moved = current != self._current
        self._entries, self._current = tuple(entries), current
        self.virtual_size = Size(1, len(entries) * _LINES)  # nothing lies to the right
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        first = current * _LINES
        if moved and not top <= first <= top + height - _LINES:
            self.scroll_to(y=max(0, first - height // 2), animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number, line = divmod(y + self.scroll_offset.y, _LINES)
        background = self.get_component_rich_style("files--detail")
        if number >= len(self._entries) or line == _LINES - 1:
            return Strip.blank(width, background)
        is_current = number == self._current
        bar = Segment("▌" if is_current else " ", self._component("bar"))
        entry = self._entries[number]
        rest = self._path_line(entry, is_current, width - 2) if line == 0 else self._facts_line(entry)
        return Strip([bar, *rest]).adjust_cell_length(width, background)

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(f"files--{name}")

    def _path_line(self, entry: FileEntry, is_current: bool, width: int) -> list[Segment]:
        state = entry.draft.state
        flag = " ⚠" if entry.has_warning else ""
        return [
            Segment(f"{FILE_MARKS[state]} ", self._component(state)),
            Segment(
                cut_path(entry.change.target, width - 2 - len(flag)),
                self._component("name-current" if is_current else "name"),
            ),
            Segment(flag, self._component("warning")),
        ]

    def _facts_line(self, entry: FileEntry) -> list[Segment]:
        decided = sum(hunk.verdict is not None for hunk in entry.draft.hunks)
        total = len(entry.draft.hunks)
        words = f"{decided} of {total}" if 0 < decided < total else entry.draft.state
        pieces = [Segment(f"  {OPERATIONS[entry.change.operation]}", self._component("detail"))]
        if added := entry.change.added:
            pieces.append(Segment(f" +{added}", self._component("added")))
        if removed := entry.change.removed:
            pieces.append(Segment(f" −{removed}", self._component("removed")))
        return [*pieces, Segment(f" · {words}", self._component("detail"))]

    def on_click(self, event: events.Click) -> None:
        number = (self.scroll_offset.y + event.y) // _LINES
        if number < len(self._entries):
            self.post_message(self.FileChosen(number))
        event.stop()
