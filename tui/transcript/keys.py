"""The keys of the transcript while it has them; the app puts its own, as the person bound them, in their place."""

from __future__ import annotations

from collections.abc import Mapping

KEYS: Mapping[str, str] = {
    "up": "move(-1)",
    "down": "move(1)",
    "pageup": "page(-1)",
    "pagedown": "page(1)",
    "home": "top",
    "g": "top",
    "end": "end",
    "G": "end",
    "j": "cursor(1)",
    "k": "cursor(-1)",
    "left_square_bracket": "prompt(-1)",
    "right_square_bracket": "prompt(1)",
    "enter": "activate",
    "space": "activate",
    "slash": "find",
    "n": "find_step(1)",
    "N": "find_step(-1)",
    "v": "select",
    "y": "copy",
    "c": "copy_code",
    "w": "wrap",
    "escape": "leave",
}
"""What a key does while the transcript has the keys, unless `bind_keys` says otherwise."""

FIND_KEYS: Mapping[str, str] = {
    "enter": "next",
    "down": "next",
    "up": "before",
    "shift+enter": "before",
    "escape": "done",
}
"""What a key does while the last row asks what to find; any other is a letter, or nothing."""
