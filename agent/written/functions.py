"""Reads a call as Qwen3-Coder writes it: `<function=NAME>` with a `<parameter=KEY>` for each argument. Pure."""

from __future__ import annotations

import re

from backends.types import JsonObject

_FUNCTION = re.compile(r"\s*<function=([\w.-]+)>(.*)</function>\s*", re.DOTALL)
_PARAMETER = re.compile(r"\s*<parameter=([\w.-]+)>\n?(.*?)\n?</parameter>\s*", re.DOTALL)


def read_function(text: str) -> tuple[str, JsonObject] | None:
    """Name and arguments, each a string as it stands; None when `text` is no such call from end to end."""
    function = _FUNCTION.fullmatch(text)
    if function is None:
        return None
    body, at = function[2], 0
    arguments: JsonObject = {}
    while parameter := _PARAMETER.match(body, at):
        arguments[parameter[1]] = parameter[2]
        at = parameter.end()
    return (function[1], arguments) if not body[at:].strip() else None
