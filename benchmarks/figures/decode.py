"""From a server's bytes to events, a chunk a token: CPU against `json.loads` of the same lines, for three wires."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from backends.chat_completions import ChatDecoder
from backends.decode import EventStream, JsonLines, ServerEvent
from backends.events import StreamEvent, TextDelta
from backends.mlx.answer import CompletionReader
from backends.ollama.answer import AnswerReader
from backends.types import ChatRequest, Provider
from benchmarks.feed import Order, lines
from benchmarks.row import Row, against
from benchmarks.sample import markdown

TOKENS = 20_000
MARK = 2.5
_PROVIDER = Provider("p", "openai", "Server", "http://127.0.0.1:1")
_REQUEST = ChatRequest("gpt-oss:20b", "", ())

Decode = Callable[[Sequence[bytes]], list[StreamEvent]]


def measure(runs: int) -> list[Row]:
    rows: list[Row] = []
    for name, (make, decode) in WIRES.items():
        chunks = make()
        data = [line.removeprefix(b"data: ") for line in chunks]
        loads = [line for line in data if line.startswith(b"{")]
        floor, costs = [], []
        for _ in range(runs):
            floor.append(_ms(lambda loads=loads: [json.loads(line) for line in loads]))
            costs.append(_ms(lambda decode=decode, chunks=chunks: decode(chunks)))
        text = "".join(event.text for event in decode(chunks) if isinstance(event, TextDelta))
        assert text.strip() == "".join(markdown(TOKENS, "Zq")).strip(), f"{name}: not what was sent"
        rows.append(against(f"decoding 20,000 tokens, {name}: CPU ms", costs, floor, MARK))
    return rows


# ── what the servers write ───────────────────────────────────────────────────


def _ollama() -> list[bytes]:
    return list(lines(Order(tokens=TOKENS), with_logprobs=True))


def _sse(chunks: list[dict[str, object]]) -> list[bytes]:
    return [b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n" for chunk in chunks] + [
        b"data: [DONE]\n\n"
    ]


def _chat() -> list[bytes]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-oss-20b"}
    deltas = [{"index": 0, "delta": {"content": piece}, "finish_reason": None} for piece in markdown(TOKENS, "Zq")]
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    return _sse([{**head, "choices": [choice]} for choice in (*deltas, last)])


def _harmony() -> list[bytes]:
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "gpt-oss-20b"}
    texts = ["<|channel|>", "final", "<|message|>", *markdown(TOKENS, "Zq")]
    choices = [{"index": 0, "text": text, "finish_reason": None} for text in texts]
    return _sse(
        [{**head, "choices": [choice]} for choice in (*choices, {"index": 0, "text": "", "finish_reason": "stop"})]
    )


# ── how they are read ────────────────────────────────────────────────────────


def _read_ollama(chunks: Sequence[bytes]) -> list[StreamEvent]:
    objects, reader = JsonLines(), AnswerReader((), "Server")
    return [event for chunk in chunks for line in objects.feed(chunk) for event in reader.feed(line)]


def _read_chat(chunks: Sequence[bytes]) -> list[StreamEvent]:
    stream, decoder = EventStream(), ChatDecoder(_PROVIDER, _REQUEST, "p")
    return [event for item in _events(stream, chunks) for event in decoder.feed(item)] + decoder.close()


def _read_harmony(chunks: Sequence[bytes]) -> list[StreamEvent]:
    stream, reader = EventStream(), CompletionReader(_PROVIDER, _REQUEST, "p")
    return [event for item in _events(stream, chunks) for event in reader.feed(item)] + reader.close()


def _events(stream: EventStream, chunks: Sequence[bytes]) -> list[ServerEvent]:
    return [item for chunk in chunks for item in stream.feed(chunk) if isinstance(item, ServerEvent)]


WIRES: dict[str, tuple[Callable[[], list[bytes]], Decode]] = {
    "NDJSON": (_ollama, _read_ollama),
    "SSE": (_chat, _read_chat),
    "Harmony": (_harmony, _read_harmony),
}


def _ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)
