"""/rewind: choose the message to go back to."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.content import Content

from agent.own_reports import split_reports
from agent.sessions.rewinding import Prompt
from tui.screens.dialog import Dialog
from tui.text import clean_line
from tui.units import counted
from tui.widgets.picker import Picker, Row


class PromptsScreen(Dialog[int]):
    """Answers the number of the message that was chosen. The newest stands on top."""

    DEFAULT_CSS = "PromptsScreen OptionList { text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        rows = [Row(str(prompt.number), _said(prompt).lower(), _row(prompt)) for prompt in reversed(prompts)]
        keys = "{list.take} go back to before it, files too   {dialog.close} stay"
        super().__init__("Go back to", keys, Picker(rows, "type to search"))

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(int(message.key))


def _said(prompt: Prompt) -> str:
    """The message on one line; for what a command told, the command."""
    reports, message = split_reports(prompt.text)
    return " ".join(" ".join((*(f"!{report.command}" for report in reports), message)).split())


def _row(prompt: Prompt) -> Content:
    """What it changed comes first, since a long message ends where the row does."""
    changes = counted(prompt.steps, "change") if prompt.steps else ""
    return Content.assemble(
        (f"{prompt.number:>3}  ", "$text-muted"), (f"{changes:<12}", "$warning"), clean_line(_said(prompt))
    )
