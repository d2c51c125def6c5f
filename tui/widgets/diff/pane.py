"""Files and the diff of the one in focus: moving about, folding, unified or side by side. Decides nothing.

Draws the drafts that it is given and keeps only where one looks; knows nothing of the screen around it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message

from agent.edits.proposal import FileChange
from tui.widgets.diff.draft import FileDraft, Place
from tui.widgets.diff.files import FileEntry, FileList
from tui.widgets.diff.head import head_content
from tui.widgets.diff.model import FileDiff
from tui.widgets.diff.rows import NONE
from tui.widgets.diff.search import Match
from tui.widgets.diff.view import DiffView
from tui.widgets.words import Words

LIST_COLUMNS = 100
"""From here on the files have a column of their own."""
SIDE_BY_SIDE_COLUMNS = 140
WIDE_COLUMNS = 170
"""From here on the list of files fits beside two columns of code."""

Look = Literal["hunk", "file", "page", "end", "sideways", "view", "fold", "folds"]
"""Ways to look elsewhere or otherwise; `fold` is the one at the hunk in focus."""

_SIDEWAYS = 20
_FEWEST_ROWS = 3


class DiffPane(Horizontal):
    """The changes of a proposal. `place` is the hunk in focus; `can_decide` False shows no marks to click."""

    @dataclass
    class Moved(Message):
        """Another hunk is in focus, or the same one is seen otherwise."""

    def __init__(
        self, changes: Sequence[FileChange], drafts: Sequence[FileDraft], place: Place, *, can_decide: bool = True
    ) -> None:
        super().__init__()
        self.place = place
        self._changes = tuple(changes)
        self._drafts = tuple(drafts)
        self._can_decide = can_decide
        self._diffs: dict[int, FileDiff] = {}
        self._stale: frozenset[str] = frozenset()
        self._query = ""
        self._wants_side_by_side = True

    def compose(self) -> ComposeResult:
        yield FileList()
        with Vertical(classes="file"):
            yield Words(classes="head")
            yield Words(classes="warnings")
            yield DiffView(self.diff(self.place.file))

    # ── what is shown ────────────────────────────────────────────────────────

    @property
    def is_side_by_side(self) -> bool:
        return self._wants_side_by_side and self.can_switch

    @property
    def can_switch(self) -> bool:
        """Whether there is room for both texts beside each other."""
        return self.screen.size.width >= SIDE_BY_SIDE_COLUMNS

    @property
    def is_readable(self) -> bool:
        """Whether there are rows enough to see what is decided about (THREATS.md T6)."""
        return self.query_one(DiffView).size.height >= _FEWEST_ROWS

    @property
    def is_in_view(self) -> bool:
        """Whether the hunk in focus can be seen, or was scrolled away from."""
        return self.query_one(DiffView).shows_hunk(self.place.hunk)

    @property
    def other_view(self) -> str:
        """What the key for the view would show."""
        return "unified" if self.is_side_by_side else "side by side"

    def applies(self, how: str) -> bool:
        """Whether a way of looking does something here; True for names it does not know."""
        match how:
            case "file":
                return len(self._changes) > 1
            case "view":
                return self.can_switch
            case "fold" | "folds":
                return bool(self.diff(self.place.file).folds())
            case "sideways":
                return self.query_one(DiffView).is_cut
            case _:
                return True

    def diff(self, number: int) -> FileDiff:
        """A file as it is shown, with the decisions of now; made when first looked at."""
        if number not in self._diffs:
            self._diffs[number] = FileDiff(self._changes[number], self._drafts[number], can_decide=self._can_decide)
        self._diffs[number].update(self._drafts[number])
        return self._diffs[number]

    def show(
        self,
        drafts: Sequence[FileDraft],
        *,
        stale: Collection[str] = (),
        warnings: Content | None = None,
        query: str = "",
    ) -> None:
        """Draw these decisions; the drafts are in the order of the changes."""
        self._drafts, self._stale, self._query = tuple(drafts), frozenset(stale), query
        notes = self.query_one(".warnings", Words)
        notes.say(warnings or Content())
        notes.display = bool(warnings and warnings.plain)
        self.draw()

    def begin(self, changes: Sequence[FileChange], drafts: Sequence[FileDraft]) -> None:
        """Show other changes, from the first hunk of the file at the place of the one in focus."""
        self._changes, self._drafts, self._diffs = tuple(changes), tuple(drafts), {}
        self.go(Place(min(self.place.file, len(changes) - 1), 0))

    def draw(self) -> None:
        width, files = self.screen.size.width, self.query_one(FileList)
        files.display = width >= (WIDE_COLUMNS if self.is_side_by_side else LIST_COLUMNS)
        entries = zip(self._changes, self._drafts, strict=True)
        number, hunk = self.place
        files.show([FileEntry(change, draft, change.path in self._stale) for change, draft in entries], number)
        list_width = files.styles.width  # as it is laid out, or will be
        room = width - (list_width.cells or 0 if list_width and files.display else 0) - 2
        self.query_one(".head", Words).say(
            head_content(self._changes[number], self._drafts[number], number, len(self._changes), room)
        )
        self.query_one(DiffView).show(self.diff(number), hunk, side_by_side=self.is_side_by_side, query=self._query)

    def reveal(self) -> None:
        """Bring the hunk in focus into view: now, for the next key, and again once everything has its size."""
        view = self.query_one(DiffView)
        view.reveal_hunk(self.place.hunk)
        self.call_after_refresh(view.reveal_hunk, self.place.hunk)

    # ── moving ───────────────────────────────────────────────────────────────

    def go(self, place: Place) -> None:
        self.place = place
        self.draw()
        self.reveal()
        self.post_message(self.Moved())

    def look(self, how: Look, by: int = 1) -> str:
        """Look elsewhere, forward or back, or otherwise; returns why that cannot be, or nothing."""
        view = self.query_one(DiffView)
        match how:
            case "hunk":
                self._move_hunk(by)
            case "file":
                self.go(Place(min(max(self.place.file + by, 0), len(self._drafts) - 1), 0))
            case "page":
                view.scroll_relative(y=by * max(1, view.size.height - 2), animate=False)
            case "end":
                view.scroll_to(y=0 if by < 0 else view.max_scroll_y, animate=False)
            case "sideways":
                view.scroll_relative(x=by * _SIDEWAYS, animate=False)
            case "view" if not self.can_switch:
                return f"side by side needs {SIDE_BY_SIDE_COLUMNS} columns; here are {self.screen.size.width}"
            case "view":
                self._wants_side_by_side = not self._wants_side_by_side
                self.go(self.place)
            case "fold":
                folds = self.diff(self.place.file).folds()
                self._toggle(folds & {self.place.hunk, self.place.hunk + 1} or folds)
            case "folds":
                self._toggle(self.diff(self.place.file).folds())
            case _:
                assert_never(how)
        return ""

    def _move_hunk(self, by: int) -> None:
        """To the next hunk, over the border of a file; stays at the ends."""
        places = [Place(i, j) for i, draft in enumerate(self._drafts) for j in range(len(draft.hunks))]
        index = places.index(self.place) + by
        self.go(places[min(max(index, 0), len(places) - 1)])

    def _toggle(self, folds: frozenset[int]) -> None:
        self.diff(self.place.file).toggle_folds(folds)
        self.go(self.place)

    def find(self, match: Match) -> None:
        """Show a match of a search, opening the fold over it."""
        diff = self.diff(match.file)
        diff.peek(match.side, match.line)
        rows = diff.rows(self.is_side_by_side)
        index = rows.find(match.side, match.line)
        if index is None:
            return  # the text was edited since it was searched
        here = self.place.hunk if match.file == self.place.file else 0
        self.place = Place(match.file, here if rows[index].hunk == NONE else rows[index].hunk)
        self.draw()
        self.call_after_refresh(self.query_one(DiffView).reveal_row, index)
        self.post_message(self.Moved())

    @on(DiffView.Measured)
    def _measured(self, message: DiffView.Measured) -> None:
        message.stop()
        self.post_message(self.Moved())

    # ── mouse ────────────────────────────────────────────────────────────────

    @on(DiffView.HunkChosen)
    def _hunk_chosen(self, message: DiffView.HunkChosen) -> None:
        message.stop()
        self.place = Place(self.place.file, message.hunk)
        self.draw()  # what was clicked is in view, and stays where it is
        self.post_message(self.Moved())

    @on(FileList.FileChosen)
    def _file_chosen(self, message: FileList.FileChosen) -> None:
        message.stop()
        self.go(Place(message.number, 0))

    @on(DiffView.FoldClicked)
    def _fold_clicked(self, message: DiffView.FoldClicked) -> None:
        message.stop()
        self.diff(self.place.file).toggle_folds(frozenset({message.fold}))
        self.draw()
        self.post_message(self.Moved())
