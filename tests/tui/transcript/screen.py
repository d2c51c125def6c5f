"""A screen with nothing but a transcript on it, in the app's colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.app import App, ComposeResult
from textual.filter import LineFilter

from themes import shipped
from tui.text import Gate
from tui.theme import as_textual
from tui.transcript.blocks import Block
from tui.transcript.view import TranscriptView


class TranscriptApp(App[None]):
    def __init__(self, blocks: Iterable[Block] = (), theme: str = "dark", *, gated: bool = True) -> None:
        self._themes = {one.name: one for one in shipped()}
        super().__init__()
        for one in self._themes.values():
            self.register_theme(as_textual(one))
        self.theme = theme
        self.view = TranscriptView()
        self.copied: list[str] = []
        self.activated: list[int] = []
        self.was_left = False
        self._blocks = blocks
        self._gated = gated

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(next(iter(self._themes.values())).colours)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *([Gate()] if self._gated else [])]

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.document.extend(self._blocks)
        self.view.focus()

    def on_transcript_view_copy_requested(self, message: TranscriptView.CopyRequested) -> None:
        self.copied.append(message.text)

    def on_transcript_view_block_activated(self, message: TranscriptView.BlockActivated) -> None:
        self.activated.append(message.block_id)

    def on_transcript_view_left(self) -> None:
        self.was_left = True

    def rows(self) -> list[str]:
        """The screen as text, without the scroll bar's column."""
        strips = self.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]
        return ["".join(segment.text for segment in strip)[:-1].rstrip() for strip in strips]
