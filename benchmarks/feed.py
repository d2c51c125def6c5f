"""A model server that is a feed: Ollama's protocol, answers of a set size, shape and rate, each chunk one token.

The prompt says what comes: `feed shape=markdown tokens=1500 rate=300 end=7` (rate 0: as fast as the client reads). The
answer's last word is then `Zq7`, which stands in no prompt.
Runs as a process of its own, so that its work is nobody's figure: `with feed() as address`.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.sample import markdown, paragraphs

MODEL = "gpt-oss:20b"
WINDOW = 131_072
_BATCH = 64 * 1024
_DETAILS = {"format": "feed", "family": "gptoss", "families": ["gptoss"], "context_length": WINDOW}
_ENTRY = {"name": MODEL, "model": MODEL, "size": 0, "digest": "0" * 64, "details": _DETAILS}
_SHOW = {
    "details": _DETAILS,
    "model_info": {"general.architecture": "gptoss", "gptoss.context_length": WINDOW},
    "capabilities": ["completion", "tools", "thinking"],
}
_PLAIN = {
    "/": "Ollama is running",
    "/api/version": {"version": "0.13.0"},
    "/api/tags": {"models": [_ENTRY | {"capabilities": _SHOW["capabilities"]}]},
    "/api/ps": {"models": [_ENTRY | {"context_length": WINDOW}]},
    "/api/show": _SHOW,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a prompt asks for."""

    shape: str = "markdown"
    tokens: int = 1
    rate: int = 0
    end: str = "Zq"
    steps: int = 0

    @classmethod
    def read(cls, prompt: str) -> Order:
        words = dict(re.findall(r"(\w+)=(\w+)", prompt))
        return cls(
            words.get("shape", "markdown"),
            int(words.get("tokens", 1)),
            int(words.get("rate", 0)),
            f"Zq{words.get('end', '')}",
            int(words.get("steps", 0)),
        )

    def pieces(self) -> list[str]:
        match self.shape:
            case "paragraph":
                return paragraphs(self.tokens, 1, self.end)
            case "paragraphs":
                return paragraphs(self.tokens, 50, self.end)
            case _:
                return markdown(self.tokens, self.end)


def lines(order: Order, *, with_logprobs: bool, done: int = 0) -> Iterator[bytes]:
    """The answer as Ollama writes it, a line a token and one at the end, which calls a tool in the first `steps` steps
    of a turn. `done` steps of it are over."""
    pieces = order.pieces()
    for piece in pieces:
        line: dict[str, object] = {
            "model": MODEL,
            "created_at": "2026-01-01T00:00:00.000000Z",
            "message": {"role": "assistant", "content": piece},
            "done": False,
        }
        if with_logprobs:
            line["logprobs"] = [{"token": piece, "logprob": -0.1, "bytes": list(piece.encode())}]
        yield json.dumps(line, separators=(",", ":")).encode() + b"\n"
    counts = {
        "prompt_eval_count": 1000,
        "eval_count": len(pieces),
        "eval_duration": 10**9,
        "prompt_eval_duration": 10**6,
    }
    message: dict[str, object] = {"role": "assistant", "content": ""}
    if done < order.steps:
        call = {"name": "open_file", "arguments": {"path": "login.py", "line_start": done + 1}}
        message["tool_calls"] = [{"id": f"call_{done}", "function": call}]
    last = {
        "model": MODEL,
        "message": message,
        "done": True,
        "done_reason": "stop",
        **counts,
    }
    yield json.dumps(last, separators=(",", ":")).encode() + b"\n"


# ── the server ───────────────────────────────────────────────────────────────

log: list[dict[str, object]] = []
"""What was asked since /log was last read: when it came, when its answer was out (monotonic clock), and the body."""


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            path, body = await _request(reader)
            if path == "/api/chat":
                begun = time.monotonic()
                request = json.loads(body)
                await _chat(writer, request)
                log.append({"begun": begun, "ended": time.monotonic(), "body": request})
            elif path == "/log":
                await _plain(writer, log)
                log.clear()
            else:
                await _plain(writer, _PLAIN.get(path, "404 page not found"))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client is done
    finally:
        writer.close()


async def _plain(writer: asyncio.StreamWriter, value: object) -> None:
    data = json.dumps(value).encode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data))
    writer.write(data)
    await writer.drain()


async def _request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
    return head.split(" ", 2)[1], await reader.readexactly(int(length[1]) if length else 0)


async def _chat(writer: asyncio.StreamWriter, request: dict[str, object]) -> None:
    messages = request["messages"]
    assert isinstance(messages, list)
    asked = max((number for number, message in enumerate(messages) if message["role"] == "user"), default=0)
    done = sum(message["role"] == "tool" for message in messages[asked:])
    order = Order.read(messages[asked]["content"])
    answer = lines(order, with_logprobs=request.get("logprobs") is True, done=done)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
    await (_paced(writer, answer, order.rate) if order.rate else _at_once(writer, answer))
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _paced(writer: asyncio.StreamWriter, answer: Iterator[bytes], rate: int) -> None:
    """One chunk a token, on time on average."""
    clock = asyncio.get_running_loop().time
    started = clock()
    for number, line in enumerate(answer):
        if (ahead := started + number / rate - clock()) > 0:
            await asyncio.sleep(ahead)
        writer.write(b"%x\r\n%s\r\n" % (len(line), line))
        await writer.drain()


async def _at_once(writer: asyncio.StreamWriter, answer: Iterator[bytes]) -> None:
    batch = bytearray()
    for line in answer:
        batch += b"%x\r\n%s\r\n" % (len(line), line)
        if len(batch) > _BATCH:
            writer.write(bytes(batch))
            batch.clear()
            await writer.drain()
    writer.write(bytes(batch))


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def feed() -> Generator[str]:
    """The address of a feed that runs as long as the block."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.feed"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_main())
