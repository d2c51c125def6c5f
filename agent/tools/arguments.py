"""Arguments of a call as typed values. Calls arrive valid against their schema; this only picks and defaults."""

from __future__ import annotations

from backends.types import ToolCall


def text_argument(call: ToolCall, name: str, default: str = "") -> str:
    value = call.arguments.get(name)
    return value if isinstance(value, str) else default


def count_argument(call: ToolCall, name: str, default: int, most: int) -> int:
    """A number from 1 to `most`; anything else is the default."""
    value = call.arguments.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 1:
        return default
    return most if value >= most else int(value)
