"""Where the person writes: the composer, and what it needs from outside: earlier sessions, the files, an editor.

Knows nothing of turns; what was written goes up as the composer's messages.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Textual gives `Widget.app` an unfinished type.
from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Horizontal
from textual.widgets import Static

from agent.own_reports import split_reports
from agent.record.prompts import PromptHistory
from tui.actions import Registry
from tui.conversation.enclosures import Enclosures
from tui.conversation.files import FileSource
from tui.widgets.completions import Completions
from tui.widgets.composer import Composer


class Writing(Horizontal):
    """The line with the composer. `completions` floats above it; the screen places it. Without a `history`, earlier
    sessions are not known."""

    def __init__(self, folder: Path, enclosures: Enclosures, history: PromptHistory | None, registry: Registry) -> None:
        super().__init__(id="writing")
        self.completions = Completions()
        self._enclosures = enclosures
        self._history = history
        self._files = FileSource(folder)
        self.composer = Composer(self.completions, registry, "ask, @file, /command, !shell", enclosures, self._files)

    def compose(self) -> ComposeResult:
        yield Static("❯", id="glyph")
        yield self.composer

    def on_unmount(self) -> None:
        self._files.close()

    # ── earlier messages ─────────────────────────────────────────────────────

    def on_mount(self) -> None:
        if self._history is not None:
            self._recall(self._history)

    @work(group="history")
    async def _recall(self, history: PromptHistory) -> None:
        self.composer.remember(await asyncio.to_thread(history.read))

    def remember(self, text: str) -> None:
        """Keep a message that was not written here, but on the command line."""
        self.composer.keep(text)
        if self._history is not None:
            self._keep(self._history, text)

    @on(Composer.Prompted)
    def _prompted(self, message: Composer.Prompted) -> None:
        if self._history is not None:
            # what a command told belongs to its own moment, not to the message
            self._keep(self._history, split_reports(self._enclosures.whole(message.text))[1])

    @work(group="history")
    async def _keep(self, history: PromptHistory, text: str) -> None:
        try:
            await asyncio.to_thread(history.append, text)
        except OSError as error:  # a full disk must not stop the conversation
            self._history = None
            self.app.log.warning(f"what is written is not remembered: {error}")

    def give_back(self, unsent: Sequence[str]) -> None:
        """Messages that were not sent, before what is being written."""
        self.composer.put("\n\n".join(filter(None, (*unsent, self.composer.text))))

    def search(self) -> None:
        """Let the person find an earlier message. Opened at once, since its keys are typed ahead."""
        from tui.screens.history import HistoryScreen

        self.app.push_screen(HistoryScreen(self.composer.earlier), self._found)

    def _found(self, chosen: str | None) -> None:
        if chosen is not None:
            self.composer.put(self._enclosures.fold(chosen))

    def bring_back(self, text: str) -> None:
        """A message that was sent before, to be changed and sent again."""
        self.composer.put(self._enclosures.take_back(text))
        self.composer.focus()

    # ── another editor ───────────────────────────────────────────────────────

    def edit(self) -> str:
        """Hand the message to the person's editor, on the whole terminal; what went wrong, or nothing.

        Everything waits meanwhile, so this is for a time when no turn runs.
        """
        from agent.processes.editor import EditorProblem, edit_text

        written, problem = self._enclosures.whole(self.composer.text), ""
        try:
            with self.app.suspend():
                try:  # in here, since Textual takes the terminal back only where nothing is raised
                    written = edit_text(written)
                except EditorProblem as error:
                    problem = str(error)
        except SuspendNotSupported:
            problem = "this terminal cannot be handed to another program"
        if not problem:
            self.composer.put(self._enclosures.fold(written.rstrip("\n")))
        return problem
