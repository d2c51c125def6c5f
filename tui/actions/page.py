"""The page `docs/keys.md`, from the registry."""

from __future__ import annotations

from tui.actions.action import Action, key_name
from tui.actions.registry import USUAL

_HEAD = """\
# Keys and commands

Written by `python -m tui.actions` from the registry that the program itself uses; do not edit.

Keys are changed in the configuration, by the names in the last column:

```toml
[ui.keys]
copy = "ctrl+b"
find = "ctrl+f f10"
review.accept = "a"
```

Modifiers are `ctrl`, `alt` and `shift`; several keys are separated by spaces. Hints and help (`F1`) tell the keys as
you have them. A key that another action has where both would be meant, and one that writes where text is written, are
refused with their line. What answers the model in the conversation, or trusts a folder, takes only `ctrl` and a letter,
or a function key; the review, where no text is written, takes letters.

An action without a name in the last column has fixed keys. So has what is the same in every terminal program: `tab`,
`⏎` in a field of a form, the keys that move the cursor and edit, the arrows and page keys that scroll a page. `--plain`
has no keys but the terminal's own: `ctrl+c` stops the turn, or leaves when none runs, and `ctrl+d` leaves.
"""


def markdown() -> str:
    lines = [_HEAD.rstrip("\n")]
    for title, actions in USUAL.groups():
        lines += ["", f"## {title}", "", "| key | command | what it does | name |", "|---|---|---|---|"]
        lines += [_row(action) for action in actions]
    return "\n".join(lines) + "\n"


def _row(action: Action) -> str:
    keys = " ".join(f"`{key_name(key)}`" for key in action.keys)
    usage = f"`{action.usage}`".replace("|", "\\|") if action.usage else ""
    return f"| {keys} | {usage} | {action.help} | {'' if action.is_fixed else f'`{action.name}`'} |"
