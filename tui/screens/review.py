"""The review: every change of a proposal, hunk by hunk, before anything is written.

It wires a `Draft` of decisions to the widgets that show it. It writes nothing, asks no server, and knows nothing of the
turn that waits for the review.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen

from agent.edits.proposal import Proposal, Review, Verdict
from tui.approval import SETTLE_SECONDS
from tui.screens.review_dialogs import KeysDialog, TextDialog
from tui.screens.review_keys import ESSENTIAL, KEYS, Key
from tui.screens.review_words import STALE, invisible_lines, summary_content, warning_content
from tui.text import clean_line
from tui.widgets.diff.draft import Draft, Place
from tui.widgets.diff.editable import from_editable, is_editable, to_editable
from tui.widgets.diff.pane import DiffPane
from tui.widgets.diff.rows import NONE
from tui.widgets.diff.search_line import SearchLine
from tui.widgets.diff.view import DiffView
from tui.widgets.keybar import KeyBar
from tui.widgets.status import Hint
from tui.widgets.words import Words

_LOW_ROWS = 18
"""On lower screens the words around the diff are kept short."""


class ReviewScreen(Screen[Review | None]):
    """Dismisses with a finished review, or None to decide later: `draft` keeps the decisions for the next time.

    `draft`: an earlier draft of the same proposal. `stale`: paths that changed on disk. `clock` in seconds, monotonic.
    """

    CSS_PATH = "review.tcss"
    AUTO_FOCUS = ""  # the search line is hidden and must not take the keys
    BINDINGS: ClassVar[list[BindingType]] = [key.binding for key in KEYS]

    def __init__(
        self,
        proposal: Proposal,
        *,
        draft: Draft | None = None,
        stale: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.draft = draft or Draft(proposal)
        self._stale = set(stale)
        self._clock = clock
        self._settled_at: float | None = None
        place = self.draft.next_undecided(Place(0, NONE)) or Place(0, 0)
        self._pane = DiffPane(proposal.changes, self.draft.files, place)
        self._search = SearchLine(lambda: [self._pane.diff(number).text for number in range(len(proposal.changes))])
        self._invisible = self._count_invisible()
        self._notice = ""

    def compose(self) -> ComposeResult:
        yield self._pane
        yield self._search
        yield Words(id="summary")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        """Painted for the first time."""
        self._settled_at = self._clock() + SETTLE_SECONDS

    def on_resize(self) -> None:
        self._draw(reveal=True)

    def mark_stale(self, paths: Collection[str]) -> None:
        """These files no longer hold the bytes that the proposal was made from: they can only be rejected."""
        self._stale |= set(paths)
        self._draw()

    # ── what was not meant for this screen ───────────────────────────────────

    def _came_too_early(self, event: Message) -> bool:
        """Whether it was typed or clicked before the screen could be read (THREATS.md T7)."""
        happened_at = self._clock() - (time.monotonic() - event.time)
        if self._settled_at is None or happened_at >= self._settled_at:
            return self._settled_at is None
        self._settled_at = max(self._settled_at, happened_at + SETTLE_SECONDS)  # the keyboard has to come to rest
        return True

    def on_key(self, event: events.Key) -> None:
        if self._came_too_early(event):
            event.stop()
            event.prevent_default()

    # ── drawing ──────────────────────────────────────────────────────────────

    def _draw(self, *, reveal: bool = False) -> None:
        if not self.is_mounted:
            return
        changes = self.draft.proposal.changes
        most = 1 if self._is_low else 3
        warnings = warning_content(changes, self._pane.place.file, self._stale, self._invisible, most)
        self._pane.show(self.draft.files, stale=self._stale, warnings=warnings, query=self._search.search.query)
        if reveal:
            self._pane.reveal()
        self._draw_lines()

    @property
    def _is_low(self) -> bool:
        return self.size.height < _LOW_ROWS

    @on(DiffPane.Moved)
    def _draw_lines(self) -> None:
        """The summary and the keys, which depend on the hunk in focus."""
        self.query_one("#summary", Words).say(summary_content(self.draft, self._notice, self._search.search.words))
        if self._search.display:
            hints = (Hint("⏎", "next"), Hint("shift+⏎", "previous"), Hint("esc", "close the search"))
        else:
            keys = [key for key in KEYS if key.shown and (key.name in ESSENTIAL or not self._is_low)]
            hints = tuple(Hint(key.shown, self._key_title(key)) for key in keys if self._applies(key.name))
        self.query_one(KeyBar).hints = hints

    def _key_title(self, key: Key) -> str:
        tally = self.draft.tally()
        match key.name:
            case "switch_view":
                return self._pane.other_view
            case "apply" if tally.rejected == tally.hunks:
                return "send rejection"
            case _:
                return key.title

    def _applies(self, name: str) -> bool:
        """Whether a key does something here; the footer shows those that do."""
        file = self._pane.place.file
        change = self.draft.proposal.changes[file]
        match name:
            case "decide_file":
                return len(self.draft.files[file].hunks) > 1
            case "edit":
                return bool(change.hunks) and change.operation != "delete"
            case "undo":
                return self.draft.can_undo
            case "found":
                return bool(self._search.search.query)
            case _:
                return self._pane.applies(name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # Deciding a file works on a single hunk too; the footer leaves the key out there, since y and n say the same.
        return self._applies(action) if self.is_mounted and action != "decide_file" else True

    # ── looking ──────────────────────────────────────────────────────────────

    def action_move_hunk(self, by: int) -> None:
        self._notice = ""
        self._pane.move_hunk(by)

    def action_move_file(self, by: int) -> None:
        self._notice = ""
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

    def action_search(self) -> None:
        self._search.open(self._pane.place.file)
        self._draw_lines()

    def action_found(self, by: int) -> None:
        self._search.step(by)

    @on(SearchLine.Found)
    def _found(self, message: SearchLine.Found) -> None:
        self._notice = ""
        self._draw()
        if message.match is not None:
            self._pane.find(message.match)

    # ── deciding ─────────────────────────────────────────────────────────────

    def _may_accept(self, path: str) -> bool:
        """Neither a file that changed on disk nor one that cannot be read here can be accepted; say so."""
        self._notice = ""
        if path in self._stale:
            self._notice = f"{clean_line(path)} {STALE}: N rejects it"
        elif not self._pane.is_readable:
            self._notice = "make the window larger: there is no room to show what would be accepted"
        return not self._notice

    def _here(self) -> str:
        return self.draft.files[self._pane.place.file].path

    def _go_on(self) -> None:
        """To the next undecided hunk, if there is one."""
        self._pane.place = self.draft.next_undecided(self._pane.place) or self._pane.place
        self._draw(reveal=True)

    def action_decide(self, verdict: Verdict) -> None:
        if not self._pane.is_in_view:
            self._pane.reveal()  # what was scrolled away is shown first; the next key decides
        elif verdict == "reject" or self._may_accept(self._here()):
            self._notice = ""
            self.draft.decide(self._pane.place, verdict)
            self._go_on()
        else:
            self._draw()

    def action_decide_file(self, verdict: Verdict) -> None:
        if verdict == "reject" or self._may_accept(self._here()):
            self._notice = ""
            self.draft.decide_file(self._pane.place.file, verdict)
            self._go_on()
        else:
            self._draw()

    @on(DiffView.VerdictClicked)
    def _verdict_clicked(self, message: DiffView.VerdictClicked) -> None:
        if self._came_too_early(message):
            return
        self._pane.place = Place(self._pane.place.file, message.hunk)
        if message.verdict == "reject" or self._may_accept(self._here()):
            self._notice = ""
            self.draft.decide(self._pane.place, message.verdict)
        self._draw()

    def action_accept_all(self) -> None:
        if self._pane.is_readable:
            self._notice = ""
            self.draft.accept_all(self._stale)
            self._go_on()
        else:
            self._may_accept("")
            self._draw()

    def action_undo(self) -> None:
        self._notice = ""
        self._pane.place = self.draft.undo() or self._pane.place
        self._invisible = self._count_invisible()
        self._draw(reveal=True)

    def action_edit(self) -> None:
        place, change = self._pane.place, self.draft.proposal.changes[self._pane.place.file]
        hunk, edited = change.hunks[place.hunk], self.draft.hunk(place).edited
        lines = hunk.after if edited is None else edited
        if not self._may_accept(change.path):
            self._draw()
            return
        if not is_editable(lines):
            self._notice = "this text spells out a character that it also hides; edit the file itself instead"
            self._draw()
            return
        newline = "\r\n" if any(line.endswith("\r\n") for line in hunk.before) else "\n"

        def save(text: str) -> None:
            self.draft.edit(place, from_editable(text, lines, newline))
            self._invisible = self._count_invisible()

        title = f"Edit the new text of hunk {place.hunk + 1} of {len(change.hunks)}"
        self._write(TextDialog(title, change.target, to_editable(lines), save="save and accept", is_code=True), save)

    def action_comment(self) -> None:
        place = self._pane.place
        file = self.draft.files[place.file]
        title = f"Comment to the model on hunk {place.hunk + 1} of {len(file.hunks)}"
        dialog = TextDialog(title, file.path, self.draft.hunk(place).comment, save="save")
        self._write(dialog, lambda text: self.draft.comment(place, text.strip()))

    def action_comment_file(self) -> None:
        number = self._pane.place.file
        file = self.draft.files[number]
        dialog = TextDialog("Comment to the model on the file", file.path, file.comment, save="save")
        self._write(dialog, lambda text: self.draft.comment_file(number, text.strip()))

    def _write(self, dialog: TextDialog, save: Callable[[str], None]) -> None:
        def written(text: str | None) -> None:
            if text is not None:
                self._notice = ""
                save(text)
                self._draw(reveal=True)

        self.app.push_screen(dialog, written)  # pyright: ignore[reportUnknownMemberType]

    def _count_invisible(self) -> list[int]:
        return [
            invisible_lines(change, file)
            for change, file in zip(self.draft.proposal.changes, self.draft.files, strict=True)
        ]

    # ── leaving ──────────────────────────────────────────────────────────────

    def action_apply(self) -> None:
        tally = self.draft.tally()
        blocked = [number for number, file in enumerate(self.draft.files) if file.path in self._stale and file.accepts]
        if tally.undecided:
            noun = "hunk is" if tally.undecided == 1 else "hunks are"
            self._notice = f"{tally.undecided} {noun} undecided: y accept, n reject, A accept all; then ⏎"
            if self.draft.hunk(self._pane.place).verdict is not None:
                self._go_on()
            self._draw()
        elif blocked:
            self._may_accept(self.draft.files[blocked[0]].path)
            self._pane.place = Place(blocked[0], 0)
            self._draw(reveal=True)
        else:
            self.dismiss(self.draft.review())

    def action_later(self) -> None:
        if self._search.display:
            self._search.close()
            self._draw_lines()
        elif self._search.search.query:
            self._search.forget()
            self._draw()
        else:
            self.dismiss(None)

    def action_help(self) -> None:
        self.app.push_screen(KeysDialog([Hint(key.shown, key.help) for key in KEYS if key.shown]))  # pyright: ignore[reportUnknownMemberType]
