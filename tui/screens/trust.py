"""The question whether a folder's notes may steer the model: their text, or what changed in it since the last yes.

The keys type no text, and what was pressed before the question could be read answers nothing (THREATS.md T7, W2).
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator

from textual import events
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from agent.permissions.trust import SteeringFile, TrustQuestion
from tui.screens.dialog import Dialog
from tui.screens.guard import Guard
from tui.text import clean_line

_STYLES = {"+": "$diff-add-fg", "-": "$diff-del-fg", "@": "$text-muted"}


class TrustScreen(Dialog[bool]):
    """Answers True only for a yes. `clock` in seconds, monotonic."""

    DEFAULT_CSS = """
    TrustScreen > #box { max-width: 120; }
    TrustScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    """
    IS_GUARDED = True
    PLACES = ("trust",)

    def __init__(self, question: TrustQuestion, clock: Callable[[], float] = time.monotonic) -> None:
        text = VerticalScroll(Static(_text(question)))
        keys = "{trust.yes} use them   {trust.no} {dialog.close} not now   ↑ ↓ scroll"
        super().__init__("May these notes steer the model?", keys, text)
        self._guard = Guard(self, clock, self.tell_keys)

    def on_mount(self) -> None:
        self._guard.begin()

    def on_key(self, event: events.Key) -> None:
        if self._guard.keeps_out(event):
            event.stop()
            event.prevent_default()

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_no(self) -> None:
        self.dismiss(None)


def _text(question: TrustQuestion) -> Content:
    lines = [
        Content(f"{clean_line(str(question.folder))} brings notes for the model. They are not used until you say yes."),
        Content("Yes also lets commands that are proven harmless run here without a question, in the sandbox."),
    ]
    for file in question.files:
        lines += [Content(""), *_file(file)]
    return Content("\n").join(lines)


def _file(file: SteeringFile) -> Iterator[Content]:
    if file.before is None:
        yield Content.styled(clean_line(file.note.words), "bold $primary")
        yield from (Content(clean_line(line)) for line in file.note.text.splitlines())
        return
    yield Content.styled(f"{clean_line(file.note.words)}, changed since you trusted it", "bold $primary")
    before, after = file.before.splitlines(), file.note.text.splitlines()
    for line in list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]:
        yield Content.styled(clean_line(line), _STYLES.get(line[:1], "$foreground"))
    if before == after:
        yield Content.styled("the part that is used is the same; what comes after it differs", "$text-muted")
