"""What an action is: something a person can do, with its keys and its words. Knows no screen."""

from __future__ import annotations

from typing import Literal

from backends.frozen import frozen

Situation = Literal["idle", "running", "proposal", "command"]
"""What the chat screen is doing: nothing, a turn, or a turn that waits for a review or for leave to run a command."""

Group = Literal[
    "conversation",
    "approval",
    "model",
    "screen",
    "writing",
    "reading",
    "finding",
    "review",
    "dialogs",
    "lists",
    "forms",
]

Where = Literal[
    "screen", "composer", "transcript", "find", "diff", "review", "search", "changes", "dialog", "picker", "profiles",
    "choice", "form", "profile_form", "text", "commit", "question", "trust", "setup",
]  # fmt: skip
"""Where a key means the action: anywhere on the chat screen, while writing or reading, or in a part of another one."""

ANY: frozenset[Situation] = frozenset({"idle", "running", "proposal", "command"})
IDLE: frozenset[Situation] = frozenset({"idle"})
BUSY: frozenset[Situation] = frozenset({"running", "proposal", "command"})


@frozen
class Action:
    """Something a person can do. `keys` in Textual's spelling, the first is shown; `slash` without its slash.

    `argument` names what may follow the slash command. `is_fixed`: its keys cannot be changed.
    """

    name: str
    title: str
    help: str
    group: Group
    keys: tuple[str, ...] = ()
    slash: str = ""
    argument: str = ""
    when: frozenset[Situation] = ANY
    where: Where = "screen"
    is_hinted: bool = False
    is_fixed: bool = False

    @property
    def key(self) -> str:
        """The key as people read it; empty when there is none."""
        return key_name(self.keys[0]) if self.keys else ""

    @property
    def usage(self) -> str:
        """The slash command with its argument; empty when there is none."""
        return f"/{self.slash} {self.argument}".strip() if self.slash else ""


_KEY_NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "question_mark": "?",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "colon": ":",
    "semicolon": ";",
    "asterisk": "*",
    "plus": "+",
    "equals_sign": "=",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}


def key_name(key: str) -> str:
    """A key as people read it: `shift+⏎`, `F1`, `ctrl+y`."""
    *modifiers, last = key.split("+")
    name = _KEY_NAMES.get(last, last.upper() if last[0] == "f" and last[1:].isdigit() else last)
    return "+".join([*modifiers, name])
