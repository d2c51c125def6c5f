"""The one registry of what a person can do: keys, slash commands, palette, key hints, help and docs follow from it.

What doing one means stands in `tui.chat.handlers` and in the screens. `python -m tui.actions` prints `docs/keys.md`.
"""

from tui.actions.action import Action, Group, Situation, Where, key_name
from tui.actions.registry import ACTIONS, APPROVING, TOGETHER, USUAL, Registry

__all__ = [
    "ACTIONS",
    "APPROVING",
    "TOGETHER",
    "USUAL",
    "Action",
    "Group",
    "Registry",
    "Situation",
    "Where",
    "key_name",
]
