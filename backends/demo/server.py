"""A model server that is a script: Ollama's native protocol on loopback, answered by `backends.demo.script`.

It keeps Ollama's manners where a client can notice them (protocols/ollama.md): one loaded window that reloads when
another is asked for, silence while loading, overflow as an error, and no work after the client has gone.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from backends.decode import count_at, object_at, objects_at, parse_object, text_at
from backends.demo.generation import tokens_of
from backends.demo.http import STREAM_HEAD, NotHttp, Plain, plain_answer, read_request
from backends.demo.script import Step, next_step
from backends.errors import UnexpectedAnswer
from backends.types import JsonObject, JsonValue

MODEL = "demo:latest"
VERSION = "0.33.0-demo"
TRAINED_WINDOW = 131_072
_DEFAULT_WINDOW = 4096
_LOAD_SECONDS = 0.6
_PREFILL_SECONDS = 0.15
_CHARACTERS_A_TOKEN = 4
_BREAKS = "an error was encountered while running the model: unexpected EOF"


class DemoServer:
    """`speed` is in tokens per second; 0 writes as fast as it can. `cancelled` counts answers that the client left."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._window: int | None = None
        self.cancelled = 0

    async def start(self, port: int = 0) -> int:
        """Listens on 127.0.0.1 and gives the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port, limit=2**20)
        return int(self._server.sockets[0].getsockname()[1])

    async def aclose(self) -> None:
        if self._server is None:
            return
        self._server.close()
        connections = [*self._connections]
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        self._server = None

    async def serve_forever(self) -> None:
        assert self._server is not None
        await self._server.serve_forever()

    # ── connections ──────────────────────────────────────────────────────────

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request; the connection is closed after its answer."""
        try:
            method, path, body = await read_request(reader)
            gone = asyncio.ensure_future(reader.read(1))
            answering = asyncio.ensure_future(self._answer(method, path, body, writer))
            try:
                await asyncio.wait({gone, answering}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    raise ConnectionResetError
                answering.result()
            finally:
                gone.cancel()
                answering.cancel()
                await asyncio.gather(gone, answering, return_exceptions=True)
        except ConnectionError:
            self.cancelled += 1
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, NotHttp):
            return  # nobody is left to tell, or nobody who speaks HTTP
        finally:
            writer.close()

    async def _answer(self, method: str, path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        reply = await self._reply(method, path, body)
        if isinstance(reply, Plain):
            writer.write(plain_answer(reply))
            await writer.drain()
            return
        is_begun = False
        async with aclosing(reply) as lines:
            async for line in lines:
                data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
                chunk = b"%x\r\n%s\r\n" % (len(data), data)
                writer.write(chunk if is_begun else STREAM_HEAD + chunk)
                is_begun = True
                await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    # ── calls ────────────────────────────────────────────────────────────────

    async def _reply(self, method: str, path: str, body: bytes) -> Plain | AsyncGenerator[JsonObject, None]:
        match method, path:
            case "GET" | "HEAD", "/":
                return Plain("Ollama is running")
            case "GET", "/api/version":
                return Plain({"version": VERSION})
            case "GET", "/api/tags":
                return Plain({"models": [{**_ENTRY, "capabilities": _CAPABILITIES}]})
            case "GET", "/api/ps":
                loaded: list[JsonValue] = [{**_ENTRY, "context_length": self._window}] if self._window else []
                return Plain({"models": loaded})
            case "POST", "/api/show" | "/api/chat" | "/api/pull":
                return await self._post(path, body)
            case _:
                return Plain("404 page not found", 404)

    async def _post(self, path: str, body: bytes) -> Plain | AsyncGenerator[JsonObject, None]:
        try:
            request = parse_object(body.decode())
        except (UnexpectedAnswer, UnicodeDecodeError):
            return Plain({"error": "unexpected EOF"}, 400)
        model = text_at(request, "model")
        if model.removesuffix(":latest") != "demo":
            return Plain({"error": f"model '{model}' not found"}, 404)
        match path:
            case "/api/show":
                return Plain(_SHOW)
            case "/api/pull":
                return _pulled()
            case _:
                return await self._chat(request)

    async def _chat(self, request: JsonObject) -> Plain | AsyncGenerator[JsonObject, None]:
        messages = objects_at(request, "messages")
        if not messages and request.get("keep_alive") == 0:
            self._window = None
            return Plain(_line(done=True, done_reason="unload"))
        started = time.monotonic()
        window = await self._load(request)
        if not messages:
            return Plain(_line(done=True, done_reason="load"))
        prompt = len(json.dumps([messages, request.get("tools")], ensure_ascii=False)) // _CHARACTERS_A_TOKEN
        if prompt > window:
            return Plain({"error": _overflow(prompt, window)}, 400)
        loaded = time.monotonic()
        if self._speed:
            await asyncio.sleep(_PREFILL_SECONDS)
        times = {
            "load_duration": int((loaded - started) * 1e9) or 1,
            "prompt_eval_count": prompt,
            "prompt_eval_duration": int(_PREFILL_SECONDS * 1e9),
        }
        return self._write(next_step(messages), request, window - prompt, times)

    async def _load(self, request: JsonObject) -> int:
        """Loads the window that the request names, or Ollama's default when it names none."""
        wanted = count_at(object_at(request, "options"), "num_ctx") or _DEFAULT_WINDOW
        window = min(wanted, TRAINED_WINDOW)
        if window != self._window:
            self._window = window
            if self._speed:
                await asyncio.sleep(_LOAD_SECONDS)
        return window

    async def _write(
        self, step: Step, request: JsonObject, room: int, times: dict[str, int]
    ) -> AsyncGenerator[JsonObject, None]:
        with_logprobs = request.get("logprobs") is True
        room = min(room, count_at(object_at(request, "options"), "num_predict") or room)
        started = time.monotonic()
        written, reason = 0, "stop"
        for token in tokens_of(step):
            if written >= room:
                reason = "length"
                break
            written += 1
            await self._pace(started, written)
            message: JsonObject = {"role": "assistant", "content": token.text if token.place == "content" else ""}
            if token.place == "thinking":
                message["thinking"] = token.text
            if with_logprobs:
                yield _line(message, logprobs=[{"token": token.text, "bytes": [*token.text.encode()]}])
            elif token.place in ("thinking", "content"):
                yield _line(message)
        if step.fate == "breaks":
            yield {"error": _BREAKS}
            return
        message = {"role": "assistant", "content": ""}
        if step.call is not None:
            if reason == "length":
                raw = json.dumps(step.call.arguments)[: room // 2]
                yield {"error": f"error parsing tool call: raw='{raw}', err=unexpected end of JSON input"}
                return
            function: JsonObject = {"index": 0, "name": step.call.name, "arguments": step.call.arguments}
            message["tool_calls"] = [{"id": f"call_{time.monotonic_ns():x}", "function": function}]
        counts = {"eval_count": written, "eval_duration": int((time.monotonic() - started) * 1e9)}
        yield _line(message, done=True, done_reason=reason, **times, **counts)

    async def _pace(self, started: float, written: int) -> None:
        """Keeps to the speed on average; without one, lets the rest of the program have its turn."""
        behind = started + written / self._speed - time.monotonic() if self._speed else 0.0
        await asyncio.sleep(max(0.0, behind))


# ── answers ──────────────────────────────────────────────────────────────────

_CAPABILITIES: list[JsonValue] = ["completion", "tools", "thinking"]
_DETAILS: JsonObject = {
    "format": "script",
    "family": "gptoss",
    "families": ["gptoss"],
    "parameter_size": "0",
    "quantization_level": "script",
    "context_length": TRAINED_WINDOW,
}
_ENTRY: JsonObject = {
    "name": MODEL,
    "model": MODEL,
    "modified_at": "2026-01-01T00:00:00Z",
    "size": 0,
    "digest": "0" * 64,
    "details": _DETAILS,
}
_SHOW: JsonObject = {
    "license": "MIT",
    "modelfile": "# a script, no model",
    "parameters": "temperature                    1",
    "template": "",
    "details": _DETAILS,
    "model_info": {"general.architecture": "gptoss", "gptoss.context_length": TRAINED_WINDOW},
    "capabilities": _CAPABILITIES,
    "modified_at": "2026-01-01T00:00:00Z",
}


async def _pulled() -> AsyncGenerator[JsonObject, None]:
    """The script is always there; this says so in the words of a pull."""
    for status in ("pulling manifest", "verifying sha256 digest", "writing manifest", "success"):
        yield {"status": status}


def _line(message: JsonObject | None = None, *, done: bool = False, **more: JsonValue) -> JsonObject:
    said: JsonObject = message or {"role": "assistant", "content": ""}
    return {"model": MODEL, "created_at": datetime.now(UTC).isoformat(), "message": said, "done": done, **more}


def _overflow(prompt: int, window: int) -> str:
    words = f"request ({prompt} tokens) exceeds the available context size ({window} tokens), try increasing it"
    detail = {
        "code": 400,
        "message": words,
        "type": "exceed_context_size_error",
        "n_prompt_tokens": prompt,
        "n_ctx": window,
    }
    return json.dumps({"error": detail})
