"""JSON as models write it: read strictly where possible, leniently where there is one reading, refused otherwise.

Pure text in, JSON value out. Knows no tools and no schemas. Nothing is ever completed inside a string or a number.
"""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from backends.repair.outcome import CannotRead
from backends.types import JsonObject, JsonValue

DEPTH_LIMIT = 64
INTEGER_LIMIT = 2**63

_BLANKS = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,60})?(?:[eE][+-]?\d{1,4})?")
_WORD = re.compile(r"[A-Za-z_$][\w$-]*")
_STRING_END = re.compile(r"[\"'\\\x00-\x1f]")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_LITERALS: dict[str, JsonValue] = {"true": True, "false": False, "null": None}
_PYTHON_LITERALS: dict[str, JsonValue] = {"True": True, "False": False, "None": None}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PATTERN_ESCAPES = frozenset("dDwWsSBAZz.()[]{}*+?^|-")
"""After a backslash these mean themselves in a pattern and nothing in JSON, so the backslash was meant to stay."""


def read_strictly(text: str) -> JsonValue:
    """RFC 8259 JSON with unique keys, finite numbers, 64-bit integers and at most 64 levels; ValueError otherwise."""
    try:
        value: JsonValue = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not is_bounded(value):
        raise ValueError("nested too deeply")
    return value


def is_bounded(value: JsonValue, depth: int = 0) -> bool:
    """Whether a parsed value keeps the limits that text is held to: depth, finite numbers, 64-bit integers."""
    match value:
        case dict() | list():
            inner = value.values() if isinstance(value, dict) else value
            return depth < DEPTH_LIMIT and all(is_bounded(each, depth + 1) for each in inner)
        case bool():
            return True
        case int():
            return -INTEGER_LIMIT <= value < 2 * INTEGER_LIMIT
        case float():
            return math.isfinite(value)
        case _:
            return True


def read_leniently(text: str, is_cut: bool) -> tuple[JsonValue, tuple[str, ...], str]:
    """The first value in `text`, what had to be mended in it, and the text behind it.

    `is_cut` says that generation stopped at a limit: then missing closers are not supplied. Raises CannotRead.
    """
    reader = _Reader(text, is_cut)
    value = reader.value(0)
    if not is_bounded(value):
        raise reader.wrong("a number is too large")
    return value, tuple(dict.fromkeys(reader.mended)), text[reader.position :]


def write(value: JsonValue) -> str:
    """Canonical JSON text, non-ASCII characters as themselves unless they cannot be encoded."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key appears twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


class _Reader:
    """Recursive descent over text that is nearly JSON; every liberty it takes is named in `mended`."""

    def __init__(self, text: str, is_cut: bool) -> None:
        self.position = 0
        self.mended: list[str] = []
        self._text = text
        self._is_cut = is_cut
        self._open_lists = 0

    def wrong(self, why: str) -> CannotRead:
        reason = "truncated" if self._is_cut else "not_json"
        return CannotRead(reason, f"The arguments are not valid JSON: {why} at character {self.position}.")

    def cut(self, where: str) -> CannotRead:
        return CannotRead("truncated", f"The arguments end {where}; nothing was run.")

    def value(self, depth: int) -> JsonValue:
        self._skip_blanks()
        if depth >= DEPTH_LIMIT:
            raise self.wrong("nested too deeply")
        match self._peek():
            case "":
                raise self.cut("before a value")
            case "{":
                return self._object(depth)
            case "[":
                return self._list(depth)
            case '"' | "'":
                return self._string()
            case _:
                return self._scalar()

    def _object(self, depth: int) -> JsonObject:
        self.position += 1
        members: JsonObject = {}
        while self._has_more("}", not members):
            key = self._key()
            self._skip_blanks()
            if self._peek() == "":
                raise self.cut("after a key")
            if self._peek() != ":":
                raise self.wrong("a colon is missing")
            self.position += 1
            if key in members:
                raise self.wrong("a key appears twice")
            members[key] = self.value(depth + 1)
        return members

    def _list(self, depth: int) -> list[JsonValue]:
        self.position += 1
        self._open_lists += 1
        items: list[JsonValue] = []
        while self._has_more("]", not items):
            items.append(self.value(depth + 1))
        self._open_lists -= 1
        return items

    def _has_more(self, closer: str, is_first: bool) -> bool:
        """Steps over a comma, or over `closer` when the container ends here."""
        self._skip_blanks()
        if not is_first and self._peek() == "]" and closer == "}" and not self._open_lists:
            self._mend("stray bracket removed")
            self.position += 1
            self._skip_blanks()
        has_comma = not is_first and self._peek() == ","
        if has_comma:
            self.position += 1
            self._skip_blanks()
        if self._peek() == closer:
            self.position += 1
            if has_comma:
                self._mend("trailing comma removed")
            return False
        if self._peek() == "":
            if is_first or has_comma or self._is_cut:
                raise self.cut("before the last closing bracket")
            self._mend("closing bracket added")
            return False
        if not is_first and not has_comma:
            raise self.wrong("a comma or a closing bracket is missing")
        return True

    def _key(self) -> str:
        if self._peek() in ('"', "'"):
            return self._string()
        word = _WORD.match(self._text, self.position)
        if not word:
            raise self.wrong("a key is missing")
        if word.end() == len(self._text):
            raise self.cut("in a key")
        self._mend("key quoted")
        self.position = word.end()
        return word.group()

    def _scalar(self) -> JsonValue:
        if number := _NUMBER.match(self._text, self.position):
            self.position = number.end()
            if self.position == len(self._text):
                raise self.cut("in a number")
            if self._peek() not in " \t\r\n,]}/":
                raise self.wrong("a number goes on strangely")
            return json.loads(number.group())
        word = _WORD.match(self._text, self.position)
        if word and word.group() in _LITERALS:
            self.position = word.end()
            return _LITERALS[word.group()]
        if word and word.group() in _PYTHON_LITERALS:
            self.position = word.end()
            self._mend("Python literal translated")
            return _PYTHON_LITERALS[word.group()]
        rest = self._text[self.position :]
        if any(name.startswith(rest) for name in (*_LITERALS, *_PYTHON_LITERALS, "-")):
            raise self.cut("in a value")
        raise self.wrong("a value is missing")

    def _string(self) -> str:
        quote = self._peek()
        if quote == "'":
            self._mend("quotes corrected")
        self.position += 1
        parts: list[str] = []
        while stop := _STRING_END.search(self._text, self.position):
            parts.append(self._text[self.position : stop.start()])
            self.position = stop.end()
            if stop.group() == quote:
                return "".join(parts)
            if stop.group() == "\\":
                parts.append(self._escape(quote))
            else:
                if stop.group() < " ":
                    self._mend("control character escaped")
                parts.append(stop.group())
        raise self.cut("inside a string")

    def _escape(self, quote: str) -> str:
        sign = self._peek()
        self.position += 1
        if sign == "":
            raise self.cut("inside a string")
        if sign in _ESCAPES:
            return _ESCAPES[sign]
        if sign == "u":
            return self._unicode_escape()
        if sign == "'":
            if quote != "'":
                self._mend("escape corrected")
            return "'"
        if sign in _PATTERN_ESCAPES:
            self._mend("backslash doubled")
            return f"\\{sign}"
        raise self.wrong(f"the escape \\{sign} has no meaning")

    def _unicode_escape(self) -> str:
        first = self._hex()
        is_pair = 0xD800 <= first < 0xDC00 and self._text.startswith("\\u", self.position)
        if not is_pair:
            return chr(first)
        self.position += 2
        second = self._hex()
        if 0xDC00 <= second < 0xE000:
            return chr(0x10000 + ((first - 0xD800) << 10) + second - 0xDC00)
        return chr(first) + chr(second)

    def _hex(self) -> int:
        digits = _HEX.match(self._text, self.position)
        if not digits:
            if len(self._text) - self.position < 4:
                raise self.cut("inside a string")
            raise self.wrong("a \\u escape is not four digits")
        self.position = digits.end()
        return int(digits.group(), 16)

    def _skip_blanks(self) -> None:
        blanks = _BLANKS.match(self._text, self.position)
        if blanks and blanks.end() > self.position:
            if "/" in blanks.group():
                self._mend("comment removed")
            self.position = blanks.end()

    def _peek(self) -> str:
        return self._text[self.position : self.position + 1]

    def _mend(self, name: str) -> None:
        self.mended.append(name)
