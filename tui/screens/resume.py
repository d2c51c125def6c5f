"""/resume: the sessions of this folder, searched in all that was said, with the end of the marked one beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from textual import on, work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agent.record.file import SessionUnavailable
from agent.record.shelf import SessionSummary
from agent.sessions.closed import Preview, SearchResult
from backends.frozen import frozen
from tui.screens.dialog import Dialog
from tui.text import clean_line, ellipsis
from tui.widgets.picker import Picker, Row

_PAUSE_SECONDS = 0.15
"""How long the person has to stop typing before the sessions are read."""
_PREVIEW_CELLS = 300


@frozen
class Shelf:
    """What the screen asks: the end of a session, and which sessions hold some words."""

    preview: Callable[[str], Awaitable[Preview]]
    search: Callable[[str], Awaitable[SearchResult]]


class ResumeScreen(Dialog[str]):
    """Answers the id of the session that was chosen among `sessions`; one with a problem cannot be."""

    DEFAULT_CSS = """
    ResumeScreen > #box { max-width: 120; }
    ResumeScreen OptionList { text-wrap: nowrap; text-overflow: ellipsis; max-height: 25vh; }
    ResumeScreen VerticalScroll { height: auto; max-height: 33vh; margin-top: 1; scrollbar-size-vertical: 1; }
    """

    def __init__(self, sessions: Sequence[SessionSummary], shelf: Shelf) -> None:
        self._sessions = tuple(sessions)
        self._shelf = shelf
        self._sought = ""
        self._excerpts: dict[str, str] = {}
        self._picker = Picker(map(self._row, self._sessions), "type to search in everything that was said")
        self._preview = Static()
        pane = VerticalScroll(self._preview)
        pane.can_focus = False
        super().__init__("Go on with", "{list.take} open   {dialog.close} close", self._picker, pane)

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        if not self._problem(message.key):
            self.dismiss(message.key)

    @on(Picker.Marked)
    def _marked(self, message: Picker.Marked) -> None:
        self._show(message.key)

    @work(exclusive=True, group="preview")
    async def _show(self, session_id: str) -> None:
        if problem := self._problem(session_id):
            self._preview.update(Content.styled(clean_line(problem), "$warning"))
            return
        try:
            preview = await self._shelf.preview(session_id)
        except (SessionUnavailable, OSError) as error:
            self._preview.update(Content.styled(clean_line(str(error)), "$warning"))
        else:
            self._preview.update(Content("\n").join(_said(who, text) for who, text in preview.said))

    @on(Picker.Filtered)
    def _filtered(self, message: Picker.Filtered) -> None:
        self._search(message.words)

    @work(exclusive=True, group="search")
    async def _search(self, words: str) -> None:
        """Rows whose session holds the words pass the picker's own filter, which then only knows titles."""
        await asyncio.sleep(_PAUSE_SECONDS)
        found = (await self._shelf.search(words)).found if words.strip() else ()
        self._sought, self._excerpts = words.lower(), {one.id: one.excerpt for one in found}
        self._picker.set_rows(map(self._row, self._sessions), "")

    def _problem(self, session_id: str) -> str:
        return next((one.problem for one in self._sessions if one.id == session_id), "")

    def _row(self, session: SessionSummary) -> Row:
        excerpt = self._excerpts.get(session.id)
        words = self._sought if excerpt is not None else ""
        when = datetime.fromtimestamp(session.changed).astimezone()
        about = "cannot be read" if session.problem else f"{session.length:>13}"
        content = Content.assemble(
            (f"{when:%Y-%m-%d %H:%M}  ", "$text-muted"),
            (f"{about:<14}  ", "$warning" if session.problem else "$text-muted"),
            clean_line(session.title) or "—",
            (f"  …{clean_line(excerpt)}…" if excerpt else "", "$secondary"),
        )
        return Row(session.id, f"{session.title} {session.id} {words}".lower(), content)


def _said(who: str, text: str) -> Content:
    return Content.assemble((f"{clean_line(who)}  ", "bold $primary"), ellipsis(" ".join(text.split()), _PREVIEW_CELLS))
