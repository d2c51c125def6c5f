"""A saved conversation shown again: `saved FILE` reads a session file and shows its transcript, ready for keys."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input

from agent.record.file import read
from agent.record.past import recall
from benchmarks.programs.stage import Stage
from tui import collector
from tui.transcript.blocks import Block
from tui.transcript.restoring import blocks_of
from tui.transcript.view import TranscriptView


class Saved(Stage):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._view = TranscriptView()

    def compose(self) -> ComposeResult:
        yield self._view
        yield Input(placeholder="❯ ask")

    async def on_mount(self) -> None:
        collector.hold_off()  # as while the program opens a session; `on_ready` takes it up
        self._view.document.extend(await asyncio.to_thread(_blocks, self._path))
        self._view.focus()


def _blocks(path: Path) -> list[Block]:
    return blocks_of(recall(read(path).entries).messages)


if __name__ == "__main__":
    Saved(Path(sys.argv[1])).run()
