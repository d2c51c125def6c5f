"""The review: every change of a proposal, hunk by hunk, before anything is written.

It wires a `Draft` of decisions to the widgets that show it. It writes nothing, asks no server, and knows nothing of the
turn that waits for the review.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from agent.edits.proposal import Proposal, Review, Verdict
from tui.approval import SETTLE_SECONDS
from tui.screens.review_dialogs import KeysDialog, TextDialog
from tui.screens.review_keys import KEYS, Key
from tui.screens.review_words import STALE, head_content, invisible_lines, summary_content, warning_content
from tui.text import clean_line
from tui.widgets.diff.draft import Draft, Place
from tui.widgets.diff.editable import from_editable, is_editable, to_editable
from tui.widgets.diff.files import FileEntry, FileList
from tui.widgets.diff.model import FileDiff
from tui.widgets.diff.rows import NONE
from tui.widgets.diff.search import Search, find_matches
from tui.widgets.diff.view import DiffView
from tui.widgets.keybar import KeyBar
from tui.widgets.status import Hint

LIST_COLUMNS = 100
"""From here on the files have a column of their own."""
SIDE_BY_SIDE_COLUMNS = 140
WIDE_COLUMNS = 170
"""From here on the list of files fits beside two columns of code."""


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
        self._place = self.draft.next_undecided(Place(0, NONE)) or Place(0, 0)
        self._diffs: dict[int, FileDiff] = {}
        self._invisible = [0] * len(proposal.changes)
        self._wants_side_by_side = True
        self._search = Search()
        self._notice = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield FileList(id="files")
            with Vertical(id="file"):
                yield Static(id="head")
                yield Static(id="warnings")
                yield DiffView(self._diff(self._place.file), id="diff")
        yield Input(id="search", placeholder="search in all files", compact=True)
        yield Static(id="summary")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self._count_invisible()
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._settled_at = self._clock() + SETTLE_SECONDS
        self._refresh(reveal=True)

    def on_resize(self) -> None:
        self._refresh(reveal=True)

    def mark_stale(self, paths: Collection[str]) -> None:
        """These files no longer hold the bytes that the proposal was made from: they can only be rejected."""
        self._stale |= set(paths)
        self._refresh()

    # ── keys that were not meant for this screen ─────────────────────────────

    def on_key(self, event: events.Key) -> None:
        """Swallow what was typed before the screen could be read, and what goes on being typed (THREATS.md T7)."""
        pressed_at = self._clock() - (time.monotonic() - event.time)
        if self._settled_at is None or pressed_at < self._settled_at:
            event.stop()
            event.prevent_default()
            if self._settled_at is not None:
                self._settled_at = max(self._settled_at, pressed_at + SETTLE_SECONDS)

    # ── drawing ──────────────────────────────────────────────────────────────

    @property
    def _is_side_by_side(self) -> bool:
        return self._wants_side_by_side and self.size.width >= SIDE_BY_SIDE_COLUMNS

    def _diff(self, number: int) -> FileDiff:
        """The file as it is shown, with the decisions of now; made when first looked at."""
        file = self.draft.files[number]
        if number not in self._diffs:
            self._diffs[number] = FileDiff(self.draft.proposal.changes[number], file)
        self._diffs[number].update(file)
        return self._diffs[number]

    def _refresh(self, *, reveal: bool = False) -> None:
        if not self.is_mounted:
            return
        changes, (file, hunk) = self.draft.proposal.changes, self._place
        has_list = self.size.width >= (WIDE_COLUMNS if self._is_side_by_side else LIST_COLUMNS)
        files = self.query_one(FileList)
        files.display = has_list
        files.show(
            [
                FileEntry(change, draft, change.path in self._stale)
                for change, draft in zip(changes, self.draft.files, strict=True)
            ],
            file,
        )
        head = self.query_one("#head", Static)
        width = self.size.width - (files.styles.width.value if has_list and files.styles.width else 0)
        head.update(head_content(changes[file], self.draft.files[file], file, len(changes), int(width) - 2))
        warnings = warning_content(changes, file, self._stale, self._invisible)
        self.query_one("#warnings", Static).update(warnings)
        self.query_one("#warnings").display = bool(warnings.plain)
        self.query_one("#summary", Static).update(summary_content(self.draft, self._notice or self._search.words))
        view = self.query_one(DiffView)
        view.show(self._diff(file), hunk, side_by_side=self._is_side_by_side, query=self._search.query)
        if reveal:
            self.call_after_refresh(view.reveal_hunk, hunk)
        self._show_keys()

    def _show_keys(self) -> None:
        if self.query_one("#search").has_focus:
            hints = (Hint("⏎", "next"), Hint("shift+⏎", "previous"), Hint("esc", "close the search"))
        else:
            hints = tuple(Hint(key.shown, self._title(key)) for key in KEYS if key.shown and self._applies(key.name))
        self.query_one(KeyBar).hints = hints

    def _title(self, key: Key) -> str:
        match key.name:
            case "switch_view":
                return "unified" if self._is_side_by_side else "side by side"
            case "apply" if self.draft.tally().rejected == self.draft.tally().hunks:
                return "send rejection"
            case _:
                return key.title

    def _applies(self, name: str) -> bool:
        """Whether a key does something here; the footer shows those that do."""
        file, hunk = self._place
        change = self.draft.proposal.changes[file]
        match name:
            case "move_file":
                return len(self.draft.files) > 1
            case "decide_file":
                return len(self.draft.files[file].hunks) > 1
            case "edit":
                return bool(change.hunks) and change.operation != "delete"
            case "undo":
                return self.draft.can_undo or self.draft.hunk(self._place).verdict is not None
            case "found":
                return bool(self._search.query)
            case "switch_view":
                return self.size.width >= SIDE_BY_SIDE_COLUMNS
            case "folds":
                return bool(self._diff(file).folds() & {hunk, hunk + 1})
            case "all_folds":
                return bool(self._diff(file).folds())
            case "sideways":
                return self.query_one(DiffView).max_scroll_x > 0
            case _:
                return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # Deciding a file works on a single hunk too; the footer leaves the key out there, since y and n say the same.
        return self._applies(action) if self.is_mounted and action != "decide_file" else True

    # ── moving ───────────────────────────────────────────────────────────────

    def _go(self, place: Place | None) -> None:
        if place is not None:
            self._place = place
        self._refresh(reveal=True)

    def action_move_hunk(self, by: int) -> None:
        self._notice = ""
        places = self.draft.places()
        index = places.index(self._place) + by
        self._go(places[index] if 0 <= index < len(places) else None)

    def action_move_file(self, by: int) -> None:
        self._notice = ""
        self._go(Place(min(max(self._place.file + by, 0), len(self.draft.files) - 1), 0))

    @on(DiffView.HunkChosen)
    def _hunk_chosen(self, message: DiffView.HunkChosen) -> None:
        self._place = Place(self._place.file, message.hunk)
        self._refresh()

    @on(FileList.FileChosen)
    def _file_chosen(self, message: FileList.FileChosen) -> None:
        self._go(Place(message.number, 0))

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
        self._refresh(reveal=True)

    def action_folds(self) -> None:
        """The folds above and below the hunk."""
        diff = self._diff(self._place.file)
        diff.toggle_folds(diff.folds() & {self._place.hunk, self._place.hunk + 1})
        self._refresh(reveal=True)

    def action_all_folds(self) -> None:
        diff = self._diff(self._place.file)
        diff.toggle_folds(diff.folds())
        self._refresh(reveal=True)

    @on(DiffView.FoldClicked)
    def _fold_clicked(self, message: DiffView.FoldClicked) -> None:
        self._diff(self._place.file).toggle_folds(frozenset({message.fold}))
        self._refresh()

    # ── deciding ─────────────────────────────────────────────────────────────

    def _is_stale(self, number: int) -> bool:
        return self.draft.files[number].path in self._stale

    def _may(self, verdict: Verdict) -> bool:
        """A file that changed on disk cannot be accepted; say so."""
        if verdict == "reject" or not self._is_stale(self._place.file):
            self._notice = ""
            return True
        self._notice = f"{clean_line(self.draft.files[self._place.file].path)} {STALE}: N rejects it"
        self._refresh()
        return False

    def action_decide(self, verdict: Verdict) -> None:
        if self._may(verdict):
            self.draft.decide(self._place, verdict)
            self._go(self.draft.next_undecided(self._place))

    @on(DiffView.VerdictClicked)
    def _verdict_clicked(self, message: DiffView.VerdictClicked) -> None:
        self._place = Place(self._place.file, message.hunk)
        if self._may(message.verdict):
            self.draft.decide(self._place, message.verdict)
            self._refresh()

    def action_decide_file(self, verdict: Verdict) -> None:
        if self._may(verdict):
            self.draft.decide_file(self._place.file, verdict)
            self._go(self.draft.next_undecided(self._place))

    def action_accept_all(self) -> None:
        self._notice = ""
        self.draft.accept_all(self._stale)
        self._go(self.draft.next_undecided(self._place))

    def action_undo(self) -> None:
        self._notice = ""
        place = self.draft.undo()
        self._count_invisible()
        self._go(place)

    def action_edit(self) -> None:
        place, file = self._place, self.draft.proposal.changes[self._place.file]
        draft, hunk = self.draft.hunk(place), file.hunks[self._place.hunk]
        lines = hunk.after if draft.edited is None else draft.edited
        if not self._may("accept"):
            return
        if not is_editable(lines):
            self._notice = "this text spells out a character that it also hides; edit the file itself instead"
            self._refresh()
            return
        newline = "\r\n" if any(line.endswith("\r\n") for line in hunk.before) else "\n"

        def edited(text: str | None) -> None:
            if text is not None:
                self.draft.edit(place, from_editable(text, lines, newline))
                self._count_invisible()
                self._refresh(reveal=True)

        title = f"new text of hunk {place.hunk + 1} of {len(file.hunks)} in {file.target}"
        self.app.push_screen(TextDialog(title, to_editable(lines), save="save and accept", is_code=True), edited)  # pyright: ignore[reportUnknownMemberType]

    def action_comment(self) -> None:
        place = self._place
        file = self.draft.files[place.file]
        title = f"to the model, about hunk {place.hunk + 1} of {len(file.hunks)} in {file.path}"
        self._ask_comment(title, self.draft.hunk(place).comment, lambda text: self.draft.comment(place, text))

    def action_comment_file(self) -> None:
        number = self._place.file
        file = self.draft.files[number]
        title = f"to the model, about {file.path}"
        self._ask_comment(title, file.comment, lambda text: self.draft.comment_file(number, text))

    def _ask_comment(self, title: str, comment: str, keep: Callable[[str], None]) -> None:
        def written(text: str | None) -> None:
            if text is not None:
                keep(text.strip())
                self._refresh(reveal=True)

        self.app.push_screen(TextDialog(title, comment, save="save comment"), written)  # pyright: ignore[reportUnknownMemberType]

    def _count_invisible(self) -> None:
        self._invisible = [
            invisible_lines(change, file)
            for change, file in zip(self.draft.proposal.changes, self.draft.files, strict=True)
        ]

    # ── searching ────────────────────────────────────────────────────────────

    def action_search(self) -> None:
        search = self.query_one("#search", Input)
        search.cursor_blink = False
        search.display = True
        search.focus()
        self.call_after_refresh(self._show_keys)

    @on(Input.Changed, "#search")
    def _search_written(self, message: Input.Changed) -> None:
        self._search.begin(message.value)
        self._refresh()
        self.run_worker(self._find(message.value), group="search", exclusive=True)

    async def _find(self, query: str) -> None:
        texts = [self._diff(number).text for number in range(len(self.draft.files))]
        matches = await asyncio.to_thread(find_matches, texts, query)
        if self._search.take(query, matches):
            self.action_found(1)

    @on(Input.Submitted, "#search")
    def _search_next(self) -> None:
        self.action_found(1)

    def action_found(self, by: int) -> None:
        match = self._search.step(by, from_file=self._place.file)
        if match is None:
            self._refresh()
            return
        diff = self._diff(match.file)
        diff.unfold(match.side, match.line)
        index = diff.rows(self._is_side_by_side).find(match.side, match.line)
        assert index is not None
        hunk = diff.rows(self._is_side_by_side)[index].hunk
        here = self._place.hunk if match.file == self._place.file else 0
        self._place = Place(match.file, here if hunk == NONE else hunk)
        self._refresh()
        self.call_after_refresh(self.query_one(DiffView).reveal_row, index)

    def _close_search(self) -> None:
        search = self.query_one("#search", Input)
        search.display = False
        self.set_focus(None)
        self.call_after_refresh(self._show_keys)

    # ── leaving ──────────────────────────────────────────────────────────────

    def action_apply(self) -> None:
        tally = self.draft.tally()
        blocked = [
            file.path
            for file in self.draft.files
            if file.path in self._stale and any(hunk.verdict == "accept" for hunk in file.hunks)
        ]
        if tally.undecided:
            noun = "hunk is" if tally.undecided == 1 else "hunks are"
            self._notice = f"{tally.undecided} {noun} undecided: y accept, n reject, A accept all; then ⏎"
            self._go(self.draft.next_undecided(Place(self._place.file, self._place.hunk - 1)))
        elif blocked:
            self._notice = f"{clean_line(blocked[0])} {STALE}: N rejects it"
            self._go(Place(next(i for i, file in enumerate(self.draft.files) if file.path == blocked[0]), 0))
        else:
            self.dismiss(self.draft.review())

    def action_later(self) -> None:
        if self.query_one("#search").display:
            self._close_search()
        elif self._search.query:
            self._search.begin("")
            self.query_one("#search", Input).value = ""
            self._refresh()
        else:
            self.dismiss(None)

    def action_help(self) -> None:
        self.app.push_screen(KeysDialog([Hint(key.shown, key.help) for key in KEYS if key.shown]))  # pyright: ignore[reportUnknownMemberType]
