"""Recorded exchanges, and a loopback server that plays them or any scripted reply back, cut as a test wants it.

    exchange = load("ollama", "chat_plain")
    async with ReplayServer({"POST /api/chat": exchange.reply()}) as server:
        ...  # ask server.url
    assert server.requests[0].json == ...

A route holds one reply for every request, a list of replies used up in order (the last one stays), or a function from
the request to a reply. Recorded times are not replayed: a pause is said where it is the point.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

FOLDER = Path(__file__).parent

Cutter: TypeAlias = "Callable[[bytes], list[bytes]]"
End = Literal["close", "reset", "hang"]
Framing = Literal["close", "chunked", "length"]


# ── cutting ──────────────────────────────────────────────────────────────────


def in_one_piece(body: bytes) -> list[bytes]:
    return [body]


def in_single_bytes(body: bytes) -> list[bytes]:
    return [body[index : index + 1] for index in range(len(body))]


def in_random_pieces(seed: int) -> Cutter:
    def cut(body: bytes) -> list[bytes]:
        chance = random.Random(seed)
        borders = sorted(chance.randrange(len(body) + 1) for _ in range(chance.randrange(1, 40)))
        return [body[start:end] for start, end in zip([0, *borders], [*borders, len(body)], strict=True)]

    return cut


def cuts(body: bytes, most: int = 3_000) -> range:
    """Where to break a body off: behind every byte of a short one, at `most` places spread over a longer one."""
    return range(0, len(body), -(-len(body) // most))


# ── exchanges ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server sends: status, headers, body pieces (`pause` seconds before each), and how it ends.

    `framing` "close" leaves the body's end to the end of the connection, so that a cut looks like an end; "chunked" and
    "length" let the client see a cut. `delay` seconds pass before the first byte.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    pieces: tuple[bytes, ...] = ()
    framing: Framing = "close"
    end: End = "close"
    delay: float = 0.0
    pause: float = 0.0
    reason: str = ""
    length: int | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    def cut(self, cutter: Cutter) -> Reply:
        return replace(self, pieces=tuple(cutter(self.body)))

    def cut_off_at(self, size: int, end: End = "close") -> Reply:
        """Only the first `size` bytes of the body, then the end; the declared length stays that of the whole."""
        return replace(self, pieces=(self.body[:size],), end=end, length=len(self.body))


def json_reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    named = {"Content-Type": "application/json", **(headers or {})}
    return Reply(status, tuple(named.items()), (json.dumps(value).encode(),))


def text_reply(
    text: str, status: int = 200, content_type: str = "text/plain", headers: Mapping[str, str] | None = None
):
    named = {"Content-Type": content_type, **(headers or {})}
    return Reply(status, tuple(named.items()), (text.encode(),))


def lines_reply(values: Iterable[object], content_type: str = "application/x-ndjson") -> Reply:
    """One JSON value a line, each its own piece."""
    pieces = tuple(json.dumps(value).encode() + b"\n" for value in values)
    return Reply(headers=(("Content-Type", content_type),), pieces=pieces)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded (or constructed) exchange; see README.md of the folder it came from for the fields of `request`."""

    server: str
    name: str
    request: dict[str, Any]
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    pieces: tuple[bytes, ...]
    is_whole: bool

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def route(self) -> str:
        return f"{self.request['method']} {self.request['path'].partition('?')[0]}"

    def reply(self, cutter: Cutter | None = None) -> Reply:
        """The answer, in the recorded pieces unless a cutter is given. Chunking was removed when it was recorded."""
        framing_headers = ("transfer-encoding", "connection", "content-length")
        headers = tuple((name, value) for name, value in self.headers if name.lower() not in framing_headers)
        reply = Reply(self.status, headers, self.pieces, reason=self.reason)
        return reply.cut(cutter) if cutter else reply


@cache
def load(server: str, name: str) -> Exchange:
    folder = FOLDER / server
    raw = (folder / f"{name}.response.txt").read_bytes()
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    _, status, reason = ([*first.split(" ", 2), "", ""])[:3] if first else ("", "0", "")
    events = [json.loads(line) for line in (folder / f"{name}.timing.jsonl").read_text().splitlines()]
    pieces: list[bytes] = []
    position = 0
    for event in events:
        if size := event.get("body"):
            pieces.append(body[position : position + size])
            position += size
    if position < len(body):
        pieces.append(body[position:])
    return Exchange(
        server=server,
        name=name,
        request=json.loads((folder / f"{name}.request.json").read_text()),
        status=int(status),
        reason=reason,
        headers=tuple((key, value.strip()) for key, _, value in (line.partition(":") for line in lines)),
        pieces=tuple(pieces),
        is_whole=bool(events) and events[-1].get("event") == "eof" and events[-1].get("chunked_complete", True),
    )


def names(server: str, prefix: str = "") -> list[str]:
    """Names of the exchanges kept for a server, sorted."""
    return sorted(path.name.removesuffix(".request.json") for path in (FOLDER / server).glob(f"{prefix}*.request.json"))


# ── the server ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; `headers` has lower-case names, `path` its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def route(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}"


Responder: TypeAlias = "Callable[[Request], Reply]"
Route: TypeAlias = "Reply | Sequence[Reply] | Responder"

NOT_FOUND = text_reply("404 page not found", 404)


class ReplayServer:
    """HTTP/1.1 on 127.0.0.1 and a port of its own. `closed_early` counts answers that the client walked away from."""

    def __init__(self, routes: Mapping[str, Route] | Responder, host: str = "127.0.0.1") -> None:
        self._routes = routes
        self._host = host
        self._used: dict[str, int] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.requests: list[Request] = []
        self.received_bytes = 0
        self.closed_early = 0
        self.port = 0
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, 0, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def asked(self, route: str) -> list[Request]:
        """The requests that went to `METHOD /path`, in their order."""
        return [request for request in self.requests if request.route == route]

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Waits for something that the server counts: requests received, answers that the client left."""
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await self._read(reader)
            self.requests.append(request)
            self._changed.set()
            await self._answer(self._reply_to(request), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.closed_early += 1
            self._changed.set()
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Request:
        head = await reader.readuntil(b"\r\n\r\n")
        self.received_bytes += len(head)
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received_bytes += len(body)
        return Request(method, path, headers, body)

    def _reply_to(self, request: Request) -> Reply:
        if callable(self._routes):
            return self._routes(request)
        route = self._routes.get(request.route, NOT_FOUND)
        if isinstance(route, Reply):
            return route
        if callable(route):
            return route(request)
        turn = self._used.get(request.route, 0)
        self._used[request.route] = turn + 1
        return route[min(turn, len(route) - 1)]

    async def _answer(self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        walked_away = asyncio.ensure_future(reader.read(1))
        sending = asyncio.ensure_future(self._send(reply, writer))
        try:
            await asyncio.wait({walked_away, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise ConnectionResetError
            await sending
        finally:
            for task in (walked_away, sending):
                task.cancel()
            await asyncio.gather(walked_away, sending, return_exceptions=True)

    async def _send(self, reply: Reply, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(reply.delay)
        if reply.status:
            writer.write(_head(reply))
            await writer.drain()
        for piece in reply.pieces:
            await asyncio.sleep(reply.pause)
            if piece:
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.framing == "chunked" else piece)
                await writer.drain()
        match reply.end:
            case "hang":
                await asyncio.Event().wait()
            case "reset":
                writer.transport.abort()
            case "close":
                if reply.framing == "chunked" and reply.length is None:
                    writer.write(b"0\r\n\r\n")
                    await writer.drain()


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {reply.reason or 'Whatever'}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    match reply.framing:
        case "chunked":
            lines.append("Transfer-Encoding: chunked")
        case "length":
            lines.append(f"Content-Length: {len(reply.body) if reply.length is None else reply.length}")
        case "close":
            pass
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1")
