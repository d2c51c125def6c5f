"""ctrl+p: find a command by its name."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.content import Content
from textual.widgets import Static

from tui.actions import Action
from tui.screens.dialog import Dialog
from tui.widgets.picker import Picker, Row


class PaletteScreen(Dialog[str]):
    """Answers the name of the action that was chosen among `actions`; below them stands what the marked one does."""

    DEFAULT_CSS = """
    PaletteScreen Picker { height: 50vh; }
    PaletteScreen OptionList { height: 1fr; max-height: 100%; }
    PaletteScreen .note { height: 2; }
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        rows = [
            Row(action.name, f"{action.title} {action.slash} {action.help}".lower(), _row(action)) for action in actions
        ]
        self._help = {action.name: action.help for action in actions}
        self._note = Static(classes="note", markup=False)
        super().__init__(
            "Commands", "{list.take} do it   {dialog.close} close", Picker(rows, "what do you want to do?"), self._note
        )

    @on(Picker.Marked)
    def _tell(self, message: Picker.Marked) -> None:
        self._note.update(self._help[message.key])

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(message.key)


def _row(action: Action) -> Content:
    usage = f"/{action.slash}" if action.slash else ""
    return Content.assemble(f"{action.title:<28}", (f"{usage:<12}", "$primary"), (f"{action.key:<12}", "$accent"))
