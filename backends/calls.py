"""Pieces of `tool_calls` from chat-completion chunks to the first call (openai.md §5). No I/O.

Later calls are not kept: gpt-oss writes one call a turn, and what follows it was made up (corpora rule 6).
"""

from __future__ import annotations

import json

from backends.decode import count_at, parse_json, text_at
from backends.errors import UnexpectedAnswer
from backends.events import CallProgress
from backends.types import JsonObject, JsonValue


class FirstCall:
    """Feed every entry of every `tool_calls` list. `is_present` tells whether a call has begun."""

    def __init__(self) -> None:
        self.is_present = False
        self.id = ""
        self.name = ""
        self._index: int | None = None
        self._pieces: list[str] = []
        self._is_open = True

    @property
    def arguments(self) -> str:
        """JSON text as the model wrote it, or whatever the server made of it."""
        return "".join(self._pieces)

    def feed(self, entry: JsonValue) -> CallProgress | None:
        """Takes one entry in; None when it belongs to a later call."""
        part: JsonObject = entry if isinstance(entry, dict) else {"arguments": entry}
        function = part.get("function")
        inner = function if isinstance(function, dict) else part
        index, identity, name = count_at(part, "index"), text_at(part, "id"), text_at(inner, "name")
        if not self.is_present:
            self.is_present, self._index = True, index
        elif not self._continues(index, identity, name):
            return None
        self.id = self.id or identity
        self.name = self.name or name
        piece = _arguments(inner.get("arguments"))
        self._pieces.append(piece)
        return CallProgress(self.name, piece)

    def _continues(self, index: int | None, identity: str, name: str) -> bool:
        is_other_id = bool(identity and self.id and identity != self.id)
        if index is not None and self._index is not None:
            # some servers number every call 0, others give a call a new id in every piece
            is_new = is_other_id and (any(self._pieces) or name not in ("", self.name))
            return index == self._index and not is_new
        if is_other_id or (name and not identity and _is_complete(self.arguments)):
            self._is_open = False
        return self._is_open or bool(identity and identity == self.id)


def _is_complete(arguments: str) -> bool:
    if not arguments.rstrip().endswith("}"):
        return False
    try:
        parse_json(arguments)
    except UnexpectedAnswer:
        return False
    return True


def _arguments(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
