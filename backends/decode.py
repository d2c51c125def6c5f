"""Bytes from a model server, cut anywhere, to JSON objects and server-sent events. No I/O, no clock.

Feed pieces in the order they arrive; the same bytes give the same items however they were cut. Lines end at LF, CRLF
or (in event streams) CR and nowhere else: U+2028, U+0085 and VT are text (THREATS.md S7). What an unfinished last
line held is never an item.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

from backends.errors import UnexpectedAnswer
from backends.frozen import frozen
from backends.types import JsonObject, JsonValue

LINE_LIMIT = 4 * 1024 * 1024
"""Bytes of one line, or of one event with all its lines (THREATS.md N4)."""

DEPTH_LIMIT = 100
"""Levels of nesting in one JSON text; no server needs a tenth of it."""

COUNT_LIMIT = 2**53
"""Tokens, bytes or nanoseconds: a count from here on is a lie, and too large to calculate with."""

_EXCERPT = 120
_JSON_BLANK = " \t\n\r"


# ── JSON ─────────────────────────────────────────────────────────────────────


def parse_json(text: str) -> JsonValue:
    """Strict JSON: no NaN or Infinity, no number beyond a float, at most DEPTH_LIMIT levels; else UnexpectedAnswer."""
    try:
        value = _whole_value(text.strip(_JSON_BLANK))
    except (ValueError, RecursionError) as error:
        raise UnexpectedAnswer("The server sent text that is not valid JSON.", _excerpt(text)) from error
    if text.count("[") + text.count("{") > DEPTH_LIMIT and _is_deeper_than(value, DEPTH_LIMIT):
        raise UnexpectedAnswer(f"The server sent JSON with more than {DEPTH_LIMIT} levels.", _excerpt(text))
    return value


def parse_object(text: str) -> JsonObject:
    """Like `parse_json`, for texts that must hold an object."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise UnexpectedAnswer("The server sent JSON that is not an object.", _excerpt(text))
    return value


def text_at(source: JsonObject, key: str) -> str:
    """The string under `key`; empty when it is missing or something else."""
    value = source.get(key)
    return value if isinstance(value, str) else ""


def count_at(source: JsonObject, key: str) -> int | None:
    """The whole number under `key`, from zero and below COUNT_LIMIT, else None."""
    value = source.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < COUNT_LIMIT else None


def object_at(source: JsonObject, key: str) -> JsonObject:
    """The object under `key`; empty when it is missing or something else."""
    value = source.get(key)
    return value if isinstance(value, dict) else {}


def objects_at(source: JsonObject, key: str) -> list[JsonObject]:
    """The objects in the list under `key`; other items are left out."""
    value = source.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_at(source: JsonObject, key: str) -> list[str]:
    """The strings in the list under `key`; other items are left out."""
    value = source.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _whole_value(text: str) -> JsonValue:
    """Like `_DECODER.decode`, which costs two regular expressions more for the blank that has been taken off here."""
    value, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError(text)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _is_deeper_than(value: JsonValue, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


def _excerpt(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text[:_EXCERPT])


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise UnexpectedAnswer("The server sent bytes that are not UTF-8.") from error


# ── lines ────────────────────────────────────────────────────────────────────


class _Lines:
    """Cuts a byte stream at LF. Each byte is copied a bounded number of times, however small the pieces are."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tail = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        lines = data.split(b"\n")
        if len(lines) > 1:
            if self._tail:
                lines[0] = bytes(self._tail) + lines[0]
            self._tail = bytearray()
        self._tail += lines.pop()
        return lines

    def check_tail(self) -> None:
        self.check(len(self._tail))

    def check(self, size: int) -> None:
        if size > self._limit:
            raise UnexpectedAnswer(f"The server sent a line of more than {self._limit / 1024 / 1024:.0f} MiB.")

    def close(self) -> str:
        rest = self._tail.decode(errors="replace")
        self._tail = bytearray()
        return rest


class JsonLines:
    """NDJSON: one JSON object a line, as Ollama streams. Empty lines are skipped."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._lines = _Lines(limit)

    def feed(self, data: bytes) -> Iterator[JsonObject]:
        """Objects of the lines that `data` completes. The bytes are taken at once, errors come in their place."""
        return self._objects(self._lines.feed(data))

    def close(self) -> str:
        """The text after the last line end: empty when the stream ended whole. For reports, never for use."""
        return self._lines.close()

    def _objects(self, lines: list[bytes]) -> Iterator[JsonObject]:
        for line in lines:
            if len(line) > self._limit:
                self._lines.check(len(line))
            if line and not line.isspace():
                yield parse_object(_text(line))
        self._lines.check_tail()


# ── server-sent events ───────────────────────────────────────────────────────


@frozen
class ServerEvent:
    """One event: `name` is empty unless an `event:` line gave one; `data` are its data lines, joined by LF."""

    data: str
    name: str = ""


@frozen
class Comment:
    """A line that starts with a colon: no data, but a sign of life (mlx.md §5: `keepalive 2048/9041`)."""

    text: str


SseItem: TypeAlias = ServerEvent | Comment


class EventStream:
    """Server-sent events as the many OpenAI-like servers write them (openai.md §5)."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._lines = _Lines(limit)
        self._ended_with_cr = False
        self._is_first = True
        self._name = ""
        self._data: list[str] = []
        self._data_size = 0

    def feed(self, data: bytes) -> Iterator[SseItem]:
        """Items that `data` completes. The bytes are taken at once, errors come in their place."""
        return self._items(self._lines.feed(self._with_lf_only(data)))

    def close(self) -> str:
        """What followed the last complete event: empty when the stream ended whole. For reports, never for use."""
        rest = "\n".join([*self._data, self._lines.close()])
        self._data = []
        return rest.strip()

    def _with_lf_only(self, data: bytes) -> bytes:
        if self._ended_with_cr and data:
            # that CR has already ended the line: a LF behind the cut belongs to it
            data = data.removeprefix(b"\n")
            self._ended_with_cr = False
        if b"\r" in data:
            self._ended_with_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _items(self, lines: list[bytes]) -> Iterator[SseItem]:
        for line in lines:
            if self._is_first:
                self._is_first = False
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line:
                if self._data:
                    yield ServerEvent("\n".join(self._data), self._name)
                self._name, self._data, self._data_size = "", [], 0
                continue
            if len(line) + self._data_size > self._limit:
                self._lines.check(len(line) + self._data_size)
            text = _text(line)
            if text.startswith("data: "):  # as nearly every line does
                self._add(text[6:])
            elif comment := self._take(text):
                yield comment
        self._lines.check_tail()

    def _add(self, value: str) -> None:
        self._data.append(value)
        self._data_size += len(value)

    def _take(self, line: str) -> Comment | None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._add(value)
            case "event":
                self._name = value
            case "":
                return Comment(value)
            case _:
                pass  # id, retry and unknown fields mean nothing to a client that does not reconnect
        return None
