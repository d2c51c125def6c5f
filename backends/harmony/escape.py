"""Keeps control-token text in data from becoming control tokens, and takes the protection away again.

Knows only the spelling of control tokens. A server tokenises `<|end|>` inside a file or a message as structure
(protocols/mlx.md §8), so that text could forge messages; the sign put in its middle is taken out of what comes back.
"""

from __future__ import annotations

import re

CONTROL_TOKENS = (
    "<|start|>",
    "<|end|>",
    "<|message|>",
    "<|channel|>",
    "<|constrain|>",
    "<|return|>",
    "<|call|>",
    "<|endoftext|>",
)

_SIGN = "¦"
_OPENING = re.compile(f"<({_SIGN}*)\\|")
_BROKEN_OPENING = re.compile(f"<{_SIGN}({_SIGN}*)\\|")


def neutralise(text: str) -> str:
    """`text` without any control token: one more `¦` between every `<` and `|`; `restore` is its exact inverse."""
    return _OPENING.sub(f"<{_SIGN}\\1|", text)


def restore(text: str) -> str:
    """What `neutralise` was given; text that was never neutralised and holds no broken opening stays as it is."""
    return _BROKEN_OPENING.sub("<\\1|", text) if "<" in text else text
