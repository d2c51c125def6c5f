"""Checksummed JSON lines, both ways and without I/O: records to bytes, damaged bytes to every intact record.

A line is one ASCII JSON object that ends in the checksum of what stands before it, so a torn tail, a NUL run, a flipped
byte or two lines fused into one cost the records they hit and no other.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import cast

from backends.frozen import frozen
from backends.types import JsonObject

_OPENING = b'{"v":'
_CLOSING = re.compile(rb',"sum":"([0-9a-f]{16})"\}')
_CLOSING_LENGTH = len(b',"sum":"0123456789abcdef"}')
_parse = json.JSONDecoder().raw_decode  # `json.loads` looks for blanks and an encoding around each line


@frozen
class Lines:
    """What a file held: intact records in order, and how many damaged pieces were passed over."""

    records: tuple[JsonObject, ...]
    damaged: int


def encode(record: JsonObject, version: int) -> bytes:
    """One line with its line feed. Keys keep their order; text is escaped to ASCII."""
    body = json.dumps({"v": version, **record}, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    head = body[:-1].encode("ascii")
    return b'%b,"sum":"%b"}\n' % (head, _sum(head))


def decode(data: bytes) -> Lines:
    """Every intact record of `data`, whatever lies between them."""
    records: list[JsonObject] = []
    damaged = 0
    for line in data.split(b"\n"):
        if not line:
            continue
        whole = _record(line, 0, len(line))
        if whole is not None:
            records.append(whole)
        else:
            rescued = _rescue(line)
            records += rescued
            damaged += 1
    return Lines(tuple(records), damaged)


def _rescue(line: bytes) -> list[JsonObject]:
    """Intact records inside a damaged line: each ends at a checksum and begins at the nearest opening that fits it."""
    found: list[JsonObject] = []
    floor = 0
    for closing in _CLOSING.finditer(line):
        start = line.rfind(_OPENING, floor, closing.start())
        while start >= floor:
            record = _record(line, start, closing.end())
            if record is not None:
                found.append(record)
                floor = closing.end()
                break
            start = line.rfind(_OPENING, floor, start)
    return found


def _record(line: bytes, start: int, end: int) -> JsonObject | None:
    head = line[start : end - _CLOSING_LENGTH]
    if line[start + len(head) : end] != b',"sum":"%b"}' % _sum(head):
        return None
    try:
        text = line[start:end].decode()
        record, read = _parse(text)
    except (ValueError, RecursionError):
        return None
    return cast("JsonObject", record) if isinstance(record, dict) and read == len(text) else None


def _sum(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest()[:16].encode("ascii")
