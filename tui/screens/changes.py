"""/diff: everything the session changed and did not undo, looked at as in the review; nothing can be decided here."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from agent.edits.proposal import Proposal
from tui.screens.review_keys import KEYS, Key
from tui.widgets.diff.draft import Draft, Place
from tui.widgets.diff.pane import DiffPane
from tui.widgets.keybar import KeyBar
from tui.widgets.status import Hint

_LOOKING = {"move_hunk", "move_file", "page", "to_end", "sideways", "switch_view", "folds", "all_folds"}
_KEYS = (*(key for key in KEYS if key.name in _LOOKING), Key("escape,q", "close", "esc", "close"))


class ChangesScreen(Screen[None]):
    """Shows `changes`, of which there is at least one; they were accepted when they were made."""

    CSS_PATH = "review.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding(key.keys, key.action, key.title, show=False) for key in _KEYS]

    def __init__(self, changes: Proposal) -> None:
        super().__init__()
        draft = Draft(changes)
        draft.accept_all()
        self._files = draft.files
        self._pane = DiffPane(changes.changes, draft.files, Place(0, 0), can_decide=False)

    def compose(self) -> ComposeResult:
        yield self._pane
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.call_after_refresh(self._pane.show, self._files)

    def on_resize(self) -> None:
        if self.is_mounted:
            self._pane.show(self._files)
            self._pane.reveal()
            self._draw_keys()

    @on(DiffPane.Moved)
    def _draw_keys(self) -> None:
        titles = {"switch_view": self._pane.other_view}
        self.query_one(KeyBar).hints = tuple(
            Hint(key.shown, titles.get(key.name, key.title))
            for key in _KEYS
            if key.shown and self._pane.applies(key.name)
        )

    def action_move_hunk(self, by: int) -> None:
        self._pane.move_hunk(by)

    def action_move_file(self, by: int) -> None:
        self._pane.move_file(by)

    def action_page(self, by: int) -> None:
        self._pane.page(by)

    def action_to_end(self, by: int) -> None:
        self._pane.to_end(by)

    def action_sideways(self, by: int) -> None:
        self._pane.sideways(by)

    def action_switch_view(self) -> None:
        self._pane.switch_view()

    def action_folds(self) -> None:
        self._pane.toggle_near_folds()

    def action_all_folds(self) -> None:
        self._pane.toggle_all_folds()

    def action_close(self) -> None:
        self.dismiss(None)
