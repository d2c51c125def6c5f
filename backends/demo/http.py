"""The little HTTP that the demo server speaks: one request in, and the bytes of an answer out."""

from __future__ import annotations

import asyncio
import json
import re

from backends.frozen import frozen
from backends.types import JsonValue

STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found"}
_BODY_LIMIT = 64 * 1024 * 1024


@frozen
class Plain:
    """A finished answer: a status and a JSON value, or a text."""

    body: JsonValue
    status: int = 200


class NotHttp(Exception):
    """The bytes are no request that this server can read."""


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Method, path without query, and body. Raises NotHttp for what is no HTTP request."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, protocol = (*first.split(" "), "", "", "")[:3]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = headers.get("content-length", "0")
    if not protocol.startswith("HTTP/1.") or not re.fullmatch(r"\d{1,9}", length) or int(length) > _BODY_LIMIT:
        raise NotHttp
    return method, target.partition("?")[0], await reader.readexactly(int(length))


def plain_answer(reply: Plain) -> bytes:
    is_text = isinstance(reply.body, str)
    body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body, separators=(",", ":"))
    kind = "text/plain; charset=utf-8" if is_text else "application/json; charset=utf-8"
    data = body.encode()
    head = (
        f"HTTP/1.1 {reply.status} {_REASONS[reply.status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + data
