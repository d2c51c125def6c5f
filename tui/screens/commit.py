"""/commit: the files that would be committed, and the message to be changed before. Commits nothing itself."""

# pyright: reportUnknownMemberType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from textual import events, work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.screens.guard import Guard
from tui.text import clean, clean_line
from tui.widgets.diff.summary import count
from tui.widgets.fields import Editor

_ASKED = "the model writes a message … or write your own"


class CommitScreen(Dialog[str]):
    """Answers the message, or None. What is written here stays when the model's proposal comes late.

    `propose` asks the model and is cancelled with the screen; it returns "" when nothing came of it. None: `message`
    is the person's own.
    """

    DEFAULT_CSS = """
    CommitScreen VerticalScroll { height: auto; max-height: 8; }
    CommitScreen TextArea { height: 9; margin-top: 1; padding: 0; background: $surface; border: none; }
    """
    IS_GUARDED = True
    AUTO_FOCUS = "Editor"
    PLACES = ("commit",)
    IN_TURN = frozenset({"commit"})

    def __init__(
        self,
        files: Sequence[str],
        notes: Sequence[str],
        message: str = "",
        propose: Callable[[], Awaitable[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._propose = propose
        self._guard = Guard(self, clock, self.tell_keys)
        self._editor = Editor(
            message, show_line_numbers=False, compact=True, placeholder=_ASKED if propose else "why was this changed?"
        )
        self._editor.cursor_blink = False
        lines = [
            *(Content.assemble(("+ ", "$success"), (clean_line(file), "$foreground")) for file in files),
            *(Content.assemble(("! ", "$warning"), (clean_line(note), "$warning")) for note in notes),
        ]
        title = f"Commit {count(len(files), 'file')}; what is staged stays staged"
        super().__init__(
            title,
            "{commit.commit} commit   {dialog.close} cancel",
            VerticalScroll(Static(Content("\n").join(lines))),
            self._editor,
        )

    def on_mount(self) -> None:
        self._guard.begin()
        if self._propose is not None:
            self._ask(self._propose)

    @work(exclusive=True)
    async def _ask(self, propose: Callable[[], Awaitable[str]]) -> None:
        proposed = clean(await propose())
        if not self._editor.text:
            self._editor.text = proposed
            self._editor.placeholder = "the model proposed nothing; write your own"

    def keeps_out(self, event: events.Key) -> bool:
        return self._guard.keeps_out(event)

    def on_key(self, event: events.Key) -> None:
        if self.keeps_out(event):
            event.stop()
            event.prevent_default()

    def action_commit(self) -> None:
        if self._editor.text.strip():
            self.dismiss(self._editor.text)
