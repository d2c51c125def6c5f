"""/diff: everything the session changed and did not undo, looked at as in the review; nothing can be decided here."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from agent.edits.proposal import Proposal
from tui.screens.review import LIST_COLUMNS, SIDE_BY_SIDE_COLUMNS, WIDE_COLUMNS
from tui.screens.review_keys import KEYS, Key
from tui.screens.review_words import head_content
from tui.widgets.diff.draft import Draft
from tui.widgets.diff.files import FileEntry, FileList
from tui.widgets.diff.model import FileDiff
from tui.widgets.diff.view import DiffView
from tui.widgets.keybar import KeyBar
from tui.widgets.status import Hint

_LOOKING = {"move_hunk", "move_file", "page", "to_end", "sideways", "switch_view", "folds", "all_folds"}
_KEYS = (*(key for key in KEYS if key.name in _LOOKING), Key("escape,q", "close", "esc", "close"))


class ChangesScreen(Screen[None]):
    """Shows `changes`, of which there is at least one; they were accepted when they were made."""

    CSS_PATH = "review.tcss"
    DEFAULT_CSS = """
    ChangesScreen { background: $background; color: $foreground; layout: vertical; }
    ChangesScreen #body, ChangesScreen #file { height: 1fr; }
    ChangesScreen #file { width: 1fr; }
    ChangesScreen #head { height: auto; padding: 0 1; background: $panel; }
    ChangesScreen #keys { background: $background; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding(key.keys, key.action, key.title, show=False) for key in _KEYS]

    def __init__(self, changes: Proposal) -> None:
        super().__init__()
        draft = Draft(changes)
        draft.accept_all()
        self._files = draft.files
        self._changes = changes.changes
        self._diffs: dict[int, FileDiff] = {}
        self._file = self._hunk = 0
        self._wants_side_by_side = True

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield FileList(id="files")
            with Vertical(id="file"):
                yield Static(id="head")
                yield DiffView(self._diff(), id="diff")
        keys = KeyBar(id="keys")
        keys.hints = tuple(Hint(key.shown, key.title) for key in _KEYS if key.shown)
        yield keys

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self._draw()

    @property
    def _is_side_by_side(self) -> bool:
        return self._wants_side_by_side and self.size.width >= SIDE_BY_SIDE_COLUMNS

    def _diff(self) -> FileDiff:
        """The file in focus; made when first looked at."""
        if self._file not in self._diffs:
            draft = self._files[self._file]
            self._diffs[self._file] = FileDiff(self._changes[self._file], draft, can_decide=False)
        return self._diffs[self._file]

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        files, view = self.query_one(FileList), self.query_one(DiffView)
        files.display = self.size.width >= (WIDE_COLUMNS if self._is_side_by_side else LIST_COLUMNS)
        entries = [FileEntry(*pair, False) for pair in zip(self._changes, self._files, strict=True)]
        files.show(entries, self._file)
        change, file, width = self._changes[self._file], self._files[self._file], view.size.width or self.size.width
        self.query_one("#head", Static).update(head_content(change, file, self._file, len(self._files), width - 2))
        view.show(self._diff(), self._hunk, side_by_side=self._is_side_by_side)
        self.call_after_refresh(view.reveal_hunk, self._hunk)

    def _go(self, file: int, hunk: int = 0) -> None:
        if 0 <= file < len(self._files):
            self._file, self._hunk = file, hunk
            self._draw()

    def action_move_hunk(self, by: int) -> None:
        hunk = self._hunk + by
        if 0 <= hunk < len(self._files[self._file].hunks):
            self._go(self._file, hunk)
        elif 0 <= self._file + by < len(self._files):
            self._go(self._file + by, 0 if by > 0 else len(self._files[self._file + by].hunks) - 1)

    def action_move_file(self, by: int) -> None:
        self._go(self._file + by)

    @on(FileList.FileChosen)
    def _file_chosen(self, message: FileList.FileChosen) -> None:
        self._go(message.number)

    @on(DiffView.HunkChosen)
    def _hunk_chosen(self, message: DiffView.HunkChosen) -> None:
        self._go(self._file, message.hunk)

    @on(DiffView.FoldClicked)
    def _fold_clicked(self, message: DiffView.FoldClicked) -> None:
        self._toggle(frozenset({message.fold}))

    def action_page(self, by: int) -> None:
        view = self.query_one(DiffView)
        view.scroll_relative(y=by * (view.size.height - 2), animate=False)

    def action_to_end(self, by: int) -> None:
        view = self.query_one(DiffView)
        view.scroll_to(y=0 if by < 0 else view.max_scroll_y, animate=False)

    def action_sideways(self, by: int) -> None:
        self.query_one(DiffView).scroll_relative(x=by * 20, animate=False)

    def action_switch_view(self) -> None:
        self._wants_side_by_side = not self._wants_side_by_side
        self._draw()

    def action_folds(self) -> None:
        """The folds above and below the hunk."""
        self._toggle(self._diff().folds() & {self._hunk, self._hunk + 1})

    def action_all_folds(self) -> None:
        self._toggle(self._diff().folds())

    def _toggle(self, folds: frozenset[int]) -> None:
        self._diff().toggle_folds(folds)
        self._draw()

    def action_close(self) -> None:
        self.dismiss(None)
