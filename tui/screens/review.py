"""The review: every change of a proposal, hunk by hunk, before anything is written.

It wires a `Draft` of decisions to the widgets that show it. It writes nothing, asks no server, and knows nothing of the
turn that waits for the review.
"""

# pyright: reportUnknownMemberType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

from textual import events, on, work
from textual.app import ComposeResult
from textual.screen import Screen

from agent.edits.proposal import Proposal, Review, Verdict
from tui.bound import bind, registry_here
from tui.screens import review_writing
from tui.screens.guard import Guard
from tui.screens.review_dialogs import KeysDialog
from tui.screens.review_keys import DEEDS, ESSENTIAL, REVIEWING, Told, listed, writing_keys
from tui.screens.review_words import invisible_lines, still_rejected, summary_content, warning_content, why_not
from tui.screens.review_writing import About, Errand
from tui.widgets.diff.draft import Draft, Place
from tui.widgets.diff.pane import DiffPane, Look
from tui.widgets.diff.rows import NONE
from tui.widgets.diff.search_line import SearchLine
from tui.widgets.diff.view import DiffView
from tui.widgets.keybar import KeyBar
from tui.widgets.status import Hint
from tui.widgets.words import Words

_LOW_ROWS = 18
"""On lower screens the words around the diff are kept short."""

_LOOK_SECONDS = 1.0
"""How often the files are looked at while the review is open."""


class ReviewScreen(Screen[Review | None]):
    """Dismisses with a finished review, or None to decide later: `draft` keeps the decisions for the next time.

    `draft`: an earlier draft of the same proposal. `stale` tells the paths that changed on disk; it blocks, and is
    asked in a thread, now and then and before the review ends. `clock` in seconds, monotonic.
    """

    CSS_PATH = "review.tcss"
    AUTO_FOCUS = ""  # the search line is hidden and must not take the keys

    def __init__(
        self,
        proposal: Proposal,
        *,
        draft: Draft | None = None,
        stale: Callable[[], Collection[str]] = frozenset,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._registry = registry_here()
        self._writing_keys = writing_keys(self._registry)
        bind(self, "review", "diff", deeds=DEEDS)
        self.draft = draft or Draft(proposal)
        self._ask_stale = stale
        self._stale: frozenset[str] = frozenset()
        self._guard = Guard(self, clock, self._tell_keys)
        place = self.draft.next_undecided(Place(0, NONE)) or Place(0, 0)
        self._pane = DiffPane(proposal.changes, self.draft.files, place)
        self._search = SearchLine(lambda: [self._pane.diff(number).text for number in range(len(proposal.changes))])
        self._invisible = self._count_invisible()
        self._notice = ""

    def compose(self) -> ComposeResult:
        yield self._pane
        yield self._search
        yield Words(id="summary")
        yield KeyBar(id="keys", is_quiet=True)

    def on_mount(self) -> None:
        self._draw()  # before the first layout: it is made once, and the first paint shows the hunk
        self._guard.begin()
        self._watch()

    def on_resize(self) -> None:
        self._draw(reveal=True)

    # ── what changes outside ─────────────────────────────────────────────────

    @work(group="stale", exclusive=True)
    async def _watch(self) -> None:
        while True:
            await self._look_at_files()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look_at_files(self) -> None:
        """See which files no longer hold the bytes that the proposal was made from: they can only be rejected."""
        stale = frozenset(await asyncio.to_thread(self._ask_stale))
        if stale != self._stale:
            self._stale = stale
            self._draw()

    # ── what was not meant for this screen ───────────────────────────────────

    def _tell_keys(self, do_count: bool) -> None:
        self.query_one(KeyBar).is_quiet = not do_count

    async def on_key(self, event: events.Key) -> None:
        """Keys in their order. Textual does a binding when its key has gone up to the app: what is typed at once after
        `/`, `c` or `e` would come before it, as decisions."""
        if self._guard.keeps_out(event):
            self._keep(event)
        elif self.app.screen is not self:
            self._keep(event)
            self.app.simulate_key(event.key)
        elif not self._search.has_focus:
            if self._search.display and event.is_printable:
                self._keep(event)
                self._search.insert_text_at_cursor(event.character or "")
            elif action := self._writing_keys.get(event.key):
                self._keep(event)
                await self.run_action(action)

    def _keep(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    # ── drawing ──────────────────────────────────────────────────────────────

    def _draw(self, *, reveal: bool = False) -> None:
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
        self.query_one("#summary", Words).say(
            summary_content(self.draft, self._notice, self._search.search.words, self._key("review.apply"))
        )
        if self._search.display:
            hints = tuple(Hint(one.key, one.title) for one in self._registry.at("search"))
        else:
            told = [one for one in REVIEWING if one.kind in ESSENTIAL or not self._is_low]
            hints = tuple(
                Hint(one.keys(self._registry), self._key_title(one)) for one in told if self._applies(one.kind)
            )
        self.query_one(KeyBar).hints = hints

    def _key(self, name: str) -> str:
        return self._registry[name].key

    def _key_title(self, told: Told) -> str:
        tally = self.draft.tally()
        match told.kind:
            case "view":
                return self._pane.other_view
            case "apply" if tally.rejected == tally.hunks:
                return "send rejection"
            case _:
                return told.title

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

    def action_look(self, how: Look, by: int = 1) -> None:
        self._notice = self._pane.look(how, by)
        self._draw_lines()

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
        self._notice = why_not(path, self._stale, is_readable=self._pane.is_readable)
        if self._notice:
            self._draw()
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
            self._draw()
        elif verdict == "reject" or self._may_accept(self._here()):
            self._notice = ""
            self.draft.decide(self._pane.place, verdict)
            self._go_on()

    def action_decide_file(self, verdict: Verdict) -> None:
        number = self._pane.place.file
        if verdict == "reject":
            self._notice = ""
            self.draft.reject_file(number)
        elif self._may_accept(self._here()):
            self._notice = still_rejected(self.draft.accept_file(number), self._key("review.accept"))
        else:
            return
        self._go_on()

    def action_accept_all(self) -> None:
        if self._may_accept(""):
            self._notice = still_rejected(self.draft.accept_all(self._stale), self._key("review.accept"))
            self._go_on()

    @on(DiffView.VerdictClicked)
    def _verdict_clicked(self, message: DiffView.VerdictClicked) -> None:
        if self._guard.keeps_out(message):
            return
        self._pane.place = Place(self._pane.place.file, message.hunk)
        if message.verdict == "reject" or self._may_accept(self._here()):
            self._notice = ""
            self.draft.decide(self._pane.place, message.verdict)
            self._draw()

    def action_undo(self) -> None:
        self._notice = ""
        self._pane.place = self.draft.undo() or self._pane.place
        self._invisible = self._count_invisible()
        self._draw(reveal=True)

    # ── writing ──────────────────────────────────────────────────────────────

    def action_edit(self) -> None:
        if self._may_accept(self._here()):
            errand = review_writing.edit(self.draft, self._pane.place)
            if errand is None:
                self._notice = "this text spells out a character that it also hides; edit the file itself instead"
                self._draw()
            else:
                self._write(errand)

    def action_comment(self, about: About) -> None:
        self._write(review_writing.comment(self.draft, self._pane.place, about))

    def _write(self, errand: Errand) -> None:
        def written(text: str | None) -> None:
            if text is not None:
                self._notice = ""
                errand.save(text)
                self._invisible = self._count_invisible()
                self._draw(reveal=True)

        self.app.push_screen(errand.dialog, written)

    def _count_invisible(self) -> list[int]:
        return [
            invisible_lines(change, file)
            for change, file in zip(self.draft.proposal.changes, self.draft.files, strict=True)
        ]

    # ── leaving ──────────────────────────────────────────────────────────────

    async def action_apply(self) -> None:
        await self._look_at_files()
        tally = self.draft.tally()
        blocked = [number for number, file in enumerate(self.draft.files) if file.path in self._stale and file.accepts]
        if tally.undecided:
            noun = "hunk is" if tally.undecided == 1 else "hunks are"
            ways = f"{self._key('review.accept')} accept, {self._key('review.reject')} reject"
            ways += f", {self._key('review.accept_all')} accept all; then {self._key('review.apply')}"
            self._notice = f"{tally.undecided} {noun} undecided: {ways}"
            if self.draft.hunk(self._pane.place).verdict is not None:
                self._go_on()
            self._draw()
        elif blocked:
            self._pane.place = Place(blocked[0], 0)
            self._may_accept(self._here())
            self._pane.reveal()
        else:
            self.dismiss(self.draft.review())

    @on(SearchLine.Left)
    def _search_left(self) -> None:
        self._search.close()
        self._draw_lines()

    def action_later(self) -> None:
        if self._search.display:
            self._search_left()
        elif self._search.search.query:
            self._search.forget()
            self._draw()
        else:
            self.dismiss(None)

    def action_help(self) -> None:
        self.app.push_screen(KeysDialog([Hint(keys, what) for keys, what in listed(self._registry)]))
