"""The MLX backend: which requests go to mlx_lm.server, and what its silence means.

What the answers look like is read in the modules beside it; wire facts are in protocols/mlx.md.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import urlsplit

from backends.answer import Answer, Limits
from backends.chat_completions import ChatDecoder, chat_messages, chat_tools
from backends.conclusion import speaks_harmony
from backends.decode import Comment, EventStream, objects_at, text_at
from backends.errors import (
    BackendError,
    RequestRefused,
    ServerFailed,
    StreamCut,
    UnexpectedAnswer,
    Unreachable,
    WindowOverflow,
)
from backends.events import StreamEvent, TransferProgress, Waiting
from backends.frozen import frozen
from backends.harmony import render_prompt
from backends.mlx.answer import CompletionReader
from backends.mlx.choice import Choice, choose
from backends.mlx.failures import RESTART, START, error_in_answer
from backends.mlx.folders import LocalModel, find_local, is_path, real_path
from backends.pairing import paired
from backends.patience import patiently
from backends.transport import Transport
from backends.types import ChatRequest, JsonObject, ModelInfo, Provider, ServerInfo, Window

ASSUMED_WINDOW = 131_072
"""Tokens gpt-oss was made for; used when no config.json is at hand (mlx.md §2)."""

LEAST_OUTPUT, MOST_OUTPUT = 1_024, 32_768
_CHARACTERS_PER_TOKEN = 3
"""Fewer than a real prompt has, so that the room left for the answer is never overestimated."""

_LISTING_SECONDS = 15.0
_PROGRESS = re.compile(r"keepalive (\d{1,12})/(\d{1,12})")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@frozen
class _Model:
    """What is known of the model that answers to a wanted name."""

    choice: Choice
    local: LocalModel | None
    is_harmony: bool


class MlxBackend:
    """See `backends.Backend`. The base URL may end in `/v1`, as recipes write it."""

    def __init__(self, provider: Provider, limits: Limits | None = None) -> None:
        self._provider = provider
        root = replace(provider, base_url=provider.base_url.removesuffix("/").removesuffix("/v1"))
        self._transport = Transport(root, f"Start it: {START}", limits, error_in_answer)
        self._is_here = (urlsplit(provider.base_url).hostname or "") in _THIS_MACHINE
        self._known: dict[str, _Model] = {}
        self._version = ""

    @property
    def provider(self) -> Provider:
        return self._provider

    async def aclose(self) -> None:
        await self._transport.aclose()

    # ── what is there ────────────────────────────────────────────────────────

    async def server(self) -> ServerInfo:
        """Raises ServerFailed when the engine behind the open port is dead."""
        health = await self._transport.get_json("/health")
        entries, is_plain = await self._listed()
        if not isinstance(health, dict) or text_at(health, "status") != "ok":
            raise self._not_mlx()
        remarks = [] if is_plain else ["a server with a similar dialect"]
        remarks += [known.choice.remark for known in self._known.values() if known.choice.remark]
        if not entries:
            remarks.append("it lists no model")
        return ServerInfo("mlx", self._version, "; ".join(dict.fromkeys(remarks)))

    async def models(self) -> tuple[ModelInfo, ...]:
        names, _ = await self._listed()
        return tuple(await asyncio.gather(*(self._info(name, names) for name in names)))

    async def resolve(self, model: str) -> str:
        """What to send for `model`: `default_model` unless the server lists it, never a name it would download."""
        return (await self._model(model, probes=True)).choice.sent

    async def window(self, model: str, wanted: int) -> Window:
        """This server enforces no window: it is what the requests are held to, up to what the model was made for."""
        local = (await self._model(model)).local
        trained = local.trained_window if local else None
        tokens = min(wanted, trained or ASSUMED_WINDOW)
        return Window(tokens, trained, is_known=trained is not None, is_loaded=True, can_raise=False)

    async def _info(self, name: str, names: Sequence[str]) -> ModelInfo:
        local = await self._local(name)
        return ModelInfo(
            name,
            trained_window=local.trained_window if local else None,
            is_loaded=name.startswith("/") and len(names) == 1,
            size_bytes=local.size_bytes if local else None,
            quantization=local.quantization if local else "",
            has_tools=True if local and local.kind == "gpt_oss" else None,
            has_thinking=True if local and local.kind == "gpt_oss" else None,
        )

    async def _listed(self) -> tuple[list[str], bool]:
        """Listed names, and whether the list looks as mlx_lm itself writes it."""
        # the server walks through its whole download cache for this
        answer = await self._transport.get_json("/v1/models", wait=_LISTING_SECONDS)
        if not isinstance(answer, dict) or answer.get("object") != "list" or not isinstance(answer.get("data"), list):
            raise self._not_mlx()
        entries = objects_at(answer, "data")
        is_plain = set(answer) == {"object", "data"} and all(
            set(entry) == {"id", "object", "created"} for entry in entries
        )
        return [name for entry in entries if (name := text_at(entry, "id"))], is_plain

    async def _model(self, wanted: str, *, probes: bool = False) -> _Model:
        if probes or wanted not in self._known:
            names, _ = await self._listed()
            path = real_path(wanted) if self._is_here and is_path(wanted) else ""
            choice = choose(wanted, path, names)
            local = await self._local(choice.known_as or wanted)
            is_harmony = local.kind == "gpt_oss" if local else speaks_harmony(choice.known_as or wanted)
            self._known[wanted] = _Model(choice, local, is_harmony)
        return self._known[wanted]

    async def _local(self, name: str) -> LocalModel | None:
        return await asyncio.to_thread(find_local, name) if self._is_here else None

    def _not_mlx(self) -> BackendError:
        return UnexpectedAnswer(
            f"The server at {self._transport.origin} is not mlx_lm.server.",
            next_step="Check base_url and the provider's kind.",
        )

    # ── load, unload, pull: not over this wire (mlx.md §2) ───────────────────

    async def load(self, model: str, window: int) -> AsyncGenerator[TransferProgress, None]:
        """Nothing to do for a model that the server has: it is loaded at the start or by the first request."""
        known = await self._model(model, probes=True)
        if known.choice.remark:
            raise RequestRefused(
                f"mlx_lm.server cannot be told to load {model}.",
                next_step=f"Start it with the model: mlx_lm.server --model {model} --port {self._port}",
            )
        yield TransferProgress(f"held to {window:,} tokens; this server sets no window", fraction=1.0)

    async def unload(self, model: str) -> None:
        raise RequestRefused(
            f"mlx_lm.server keeps {model} until it ends.", next_step="Stop the server to free its memory."
        )

    async def pull(self, model: str) -> AsyncGenerator[TransferProgress, None]:
        raise RequestRefused(
            "mlx_lm.server downloads without progress, so it is not asked to.",
            next_step=f"Run: hf download {model}, then mlx_lm.server --model {model} --port {self._port}",
        )
        yield  # an async generator, as the protocol wants it

    @property
    def _port(self) -> int:
        return urlsplit(self._transport.origin).port or 8080

    # ── a step ───────────────────────────────────────────────────────────────

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        return patiently(lambda: self._step(request))

    async def _step(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        yield Waiting("connecting")
        model = await self._model(request.model)
        origin = f"mlx:{request.model}"
        messages = replace(request, messages=tuple(paired(request.messages)))
        if model.is_harmony:
            reader: CompletionReader | ChatDecoder = CompletionReader(self._provider, request, origin)
            path, body = "/v1/completions", self._completion(messages, model.choice.sent, origin)
        else:
            reader = ChatDecoder(self._provider, request, origin, needs_done=True)
            path, body = "/v1/chat/completions", self._chat(messages, model.choice.sent, origin)
        try:
            async with (
                self._transport.stream(path, body) as answer,
                aclosing(_read(answer, reader, request.window)) as events,
            ):
                yield Waiting("reading")  # the head comes when the model is loaded (mlx.md §5)
                async for event in events:
                    yield event
        except StreamCut as cut:
            raise await self._explained(cut) from cut
        except BackendError:
            self._known.pop(request.model, None)
            raise
        if isinstance(reader, CompletionReader) and reader.fingerprint:
            self._version = reader.fingerprint.partition("-")[0]

    def _completion(self, request: ChatRequest, name: str, origin: str) -> JsonObject:
        # half a surrogate pair is no text to a tokenizer
        prompt = render_prompt(request, origin).encode("utf-8", "replace").decode()
        body: JsonObject = {"model": name, "prompt": prompt, "stop": ["<|call|>"]}
        return body | _settings(request, len(prompt))

    def _chat(self, request: ChatRequest, name: str, origin: str) -> JsonObject:
        messages = chat_messages(request, origin)
        body: JsonObject = {"model": name, "messages": messages}
        if request.tools:
            body["tools"] = chat_tools(request.tools)
        body["chat_template_kwargs"] = {"reasoning_effort": request.effort}
        return body | _settings(request, sum(len(str(message)) for message in messages))

    async def _explained(self, cut: StreamCut) -> StreamCut:
        """Why the answer broke off: this server closes the connection without a word and shows it in /health."""
        self._known.clear()
        try:
            await self._transport.get_json("/health")
        except ServerFailed:
            return StreamCut("The engine of mlx_lm.server died in the middle of an answer.", next_step=RESTART)
        except Unreachable:
            return StreamCut("mlx_lm.server ended in the middle of an answer.", next_step=RESTART)
        except BackendError:
            return cut
        return cut


def _settings(request: ChatRequest, prompt_characters: int) -> JsonObject:
    """Always sent: the server's own defaults are greedy sampling and 512 tokens (mlx.md §1)."""
    room = request.window - prompt_characters // _CHARACTERS_PER_TOKEN
    sampling = request.sampling
    settings: JsonObject = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_output_tokens or max(LEAST_OUTPUT, min(MOST_OUTPUT, room)),
        "temperature": 1.0 if sampling.temperature is None else sampling.temperature,
        "top_p": 1.0 if sampling.top_p is None else sampling.top_p,
    }
    return settings if sampling.seed is None else settings | {"seed": sampling.seed}


async def _read(
    answer: Answer, reader: CompletionReader | ChatDecoder, window: int
) -> AsyncGenerator[StreamEvent, None]:
    """Events of the answer; its comments are prefill progress, counted without the cached part of the prompt."""
    if answer.content_type == "text/html":
        raise UnexpectedAnswer("A web page came instead of an answer.", next_step="Check that base_url is the server.")
    stream = EventStream()
    async with aclosing(answer.pieces()) as pieces:
        async for piece in pieces:
            for item in stream.feed(piece):
                events = _progress(item, window) if isinstance(item, Comment) else reader.feed(item)
                if events or isinstance(item, Comment):
                    answer.touch()
                for event in events:
                    yield event
            if reader.is_done:
                break
    for event in reader.close():
        yield event


def _progress(comment: Comment, window: int) -> list[StreamEvent]:
    counts = _PROGRESS.search(comment.text)
    if not counts:
        return [Waiting("alive")]
    done, total = int(counts[1]), int(counts[2])
    if total > window:
        # the server would read it all and fill its memory (mlx.md §9)
        raise WindowOverflow(
            f"{total:,} tokens do not fit into the window of {window:,} tokens.",
            next_step="Compact the conversation or raise the window.",
            prompt_tokens=total,
            window=window,
        )
    return [Waiting("reading", done, total)]
