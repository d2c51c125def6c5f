"""The floor of a start: a Textual app with one Input, and nothing else."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Input(placeholder="❯ ask")


if __name__ == "__main__":
    Bare().run()
