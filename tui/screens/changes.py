"""/diff: everything the session changed and did not undo, looked at as in the review; here it can be undone by file."""

# pyright: reportUnknownMemberType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen

from agent.edits.proposal import Proposal
from tui.bound import bind, registry_here
from tui.screens.review_keys import CHANGES, LOOKS
from tui.text import clean_line
from tui.widgets.diff.draft import Draft, FileDraft, Place
from tui.widgets.diff.pane import DiffPane, Look
from tui.widgets.diff.summary import count
from tui.widgets.keybar import KeyBar
from tui.widgets.status import Hint
from tui.widgets.words import Words


class ChangesScreen(Screen[str | None]):
    """Shows `changes`, of which there is at least one; they were accepted when they were made.

    `undo` undoes the last change of a file, or all of the step that made it, and returns what happened and what is
    changed now. Dismisses with what happened when nothing is left to show.
    """

    CSS_PATH = "review.tcss"
    AUTO_FOCUS = ""

    def __init__(
        self, changes: Proposal, undo: Callable[[str, bool], Awaitable[tuple[str, Proposal]]] | None = None
    ) -> None:
        super().__init__()
        self._registry = registry_here()
        bind(self, "changes", "diff", deeds=LOOKS)
        self._undo = undo
        self._notice = ""
        self._changes, self._files = changes.changes, _accepted(changes)
        self._pane = DiffPane(self._changes, self._files, Place(0, 0), can_decide=False)

    def compose(self) -> ComposeResult:
        yield self._pane
        yield Words(id="summary")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        if self.is_mounted:
            self._draw()
            self._pane.reveal()

    def _draw(self) -> None:
        self._pane.show(self._files)
        self._draw_lines()

    @on(DiffPane.Moved)
    def _draw_lines(self) -> None:
        self.query_one("#summary", Words).say(self._summary())
        titles = {"view": self._pane.other_view}
        self.query_one(KeyBar).hints = tuple(
            Hint(told.keys(self._registry), titles.get(told.kind, told.title))
            for told in CHANGES
            if self._applies(told.kind)
        )

    def _applies(self, name: str) -> bool:
        return self._undo is not None if name.startswith("undo") else self._pane.applies(name)

    def _summary(self) -> Content:
        if self._notice:
            return Content.assemble(("▲ ", "bold $warning"), (self._notice, "$warning"))
        added, removed = sum(one.added for one in self._changes), sum(one.removed for one in self._changes)
        words = f"this session changed {count(len(self._changes), 'file')}: +{added} −{removed}"
        return Content.assemble(("✓ ", "$success"), (words, "$text-muted"))

    def action_look(self, how: Look, by: int = 1) -> None:
        self._notice = self._pane.look(how, by)
        self._draw_lines()

    def action_undo(self) -> None:
        self._turn_back(whole_step=False)

    def action_undo_step(self) -> None:
        self._turn_back(whole_step=True)

    @work(group="undo", exclusive=True)
    async def _turn_back(self, *, whole_step: bool) -> None:
        if self._undo is None:
            return
        path = self._changes[self._pane.place.file].target
        said, changes = await self._undo(path, whole_step)
        if not changes.changes:
            self.dismiss(said)
            return
        self._notice = clean_line(said)
        self._changes, self._files = changes.changes, _accepted(changes)
        self._pane.begin(self._changes, self._files)

    def action_close(self) -> None:
        self.dismiss(None)


def _accepted(changes: Proposal) -> tuple[FileDraft, ...]:
    draft = Draft(changes)
    draft.accept_all()
    return draft.files
