"""The Ollama backend: which requests are sent, in which order, and how long to wait for them.

What the answers mean is read in the modules beside it; nothing here parses text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from time import monotonic

from backends.answer import Answer, Limits
from backends.decode import JsonLines, parse_object, text_at
from backends.errors import BackendError, RequestRefused, ServerFailed, WindowOverflow
from backends.events import Phase, StreamEvent, TransferProgress, Waiting
from backends.failures import without_secrets, words_of
from backends.ollama.answer import AnswerReader
from backends.ollama.ask import Features, chat_body, placement
from backends.ollama.cards import (
    UNKNOWN_CARD,
    Card,
    Installed,
    Loaded,
    find_installed,
    is_same_model,
    model_info,
    own_spelling,
)
from backends.ollama.facts import Facts, json_object
from backends.ollama.faults import CallUnparsed, error_in_answer, model_missing
from backends.ollama.transfer import TransferReader
from backends.opening import ended, opening
from backends.patience import patiently
from backends.together import together
from backends.transport import Transport
from backends.types import ChatRequest, JsonObject, ModelInfo, Provider, ServerInfo, Window

START_HINT = "Start it: ollama serve"
_SHOWS_AT_ONCE = 4
_PULL_BYTES = 1024**3


class OllamaBackend:
    """A local Ollama, or its cloud. `logprobs` False never asks for them (see `Features`).

    `poll_seconds` lie between two looks at a model that loads.
    """

    def __init__(
        self,
        provider: Provider,
        limits: Limits | None = None,
        *,
        logprobs: bool = True,
        poll_seconds: float = 1.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._poll_seconds = poll_seconds
        self._provider = provider
        self._limits = limits or Limits()
        # recipes written for the OpenAI shapes end in /v1; the native API lies beside it
        address = replace(provider, base_url=provider.base_url.removesuffix("/v1"))
        self._transport = Transport(address, START_HINT, self._limits, error_in_answer)
        self._wants_logprobs = logprobs
        self._facts = Facts(self._transport, clock)
        self._features: dict[str, Features] = {}
        self._placed: dict[str, int] = {}
        self._running: dict[str, int] = {}

    @property
    def provider(self) -> Provider:
        return self._provider

    async def aclose(self) -> None:
        await self._transport.aclose()

    # ── server and models ────────────────────────────────────────────────────

    async def server(self) -> ServerInfo:
        return ServerInfo("ollama", await self._facts.version())

    async def models(self) -> tuple[ModelInfo, ...]:
        installed, loaded = await self._facts.installed(), await self._facts.loaded()
        limit = asyncio.Semaphore(_SHOWS_AT_ONCE)

        async def info(entry: Installed) -> ModelInfo:
            async with limit:
                card = UNKNOWN_CARD if entry.is_remote else await self._facts.card_if_told(entry.name)
            return model_info(entry, card, _entry_of(entry.name, loaded))

        return tuple(await together(map(info, installed)))

    async def resolve(self, model: str) -> str:
        if entry := find_installed(model, await self._facts.installed()):
            return entry.name
        raise model_missing(own_spelling(model))

    async def window(self, model: str, wanted: int) -> Window:
        """Ollama gives each request the window it names, up to the trained one, and reloads the model for it.

        Only when a model that this backend has loaded shows another window does the server's word count.
        """
        name = own_spelling(model)
        card = await self._facts.card(name)
        trained = card.trained_window
        if card.is_remote:
            return Window(trained or wanted, trained, is_known=False)
        tokens = min(wanted, trained or wanted)
        loaded = _entry_of(name, await self._facts.loaded_before_asking())
        if loaded and loaded.window and self._placed.get(name) == tokens:
            tokens = loaded.window
        is_loaded = loaded is not None and loaded.window == tokens
        return Window(tokens, trained, is_loaded=is_loaded, can_raise=trained is None or tokens < trained)

    async def load(self, model: str, window: int) -> AsyncGenerator[TransferProgress, None]:
        name = own_spelling(model)
        card = await self._facts.card(name)
        tokens = min(window, card.trained_window or window)
        loaded = _entry_of(name, await self._facts.loaded())
        if loaded is None or loaded.window != tokens:
            body: JsonObject = {"model": name, **placement(tokens)}
            request = asyncio.create_task(self._transport.post_json("/api/chat", body, wait=self._limits.first_byte))
            try:
                while not request.done():
                    yield TransferProgress(f"loading {name} with {tokens:,} tokens")
                    await asyncio.wait({request}, timeout=self._poll_seconds)
                if text_at(json_object(request.result()), "done_reason") != "load":
                    raise ServerFailed(f"Ollama did not load {name}.", words_of(request.result()))
            finally:
                await ended(request)
        self._placed[name] = tokens
        yield TransferProgress("loaded", fraction=1.0)

    async def unload(self, model: str) -> None:
        name = own_spelling(model)
        await self._transport.post_json("/api/chat", {"model": name, "keep_alive": 0}, wait=30.0)
        self._placed.pop(name, None)

    async def pull(self, model: str) -> AsyncGenerator[TransferProgress, None]:
        """Closing the generator stops the download; the parts are kept and the next pull goes on (ollama.md §10)."""
        name = own_spelling(model)
        self._facts.forget(name)
        async with aclosing(self._transfer("/api/pull", {"model": name}, name)) as progress:
            async for step in progress:
                yield step

    async def create_variant(self, name: str, source: str, window: int) -> None:
        """A model `name` that shares the weights of `source` and is loaded with `window` tokens by every client."""
        # an unknown source would be downloaded without asking (ollama.md §10)
        base = await self.resolve(source)
        body: JsonObject = {"model": name, "from": base, "parameters": {"num_ctx": window}}
        async with aclosing(self._transfer("/api/create", body, name)) as progress:
            async for _ in progress:
                pass
        self._facts.forget(name)

    async def _transfer(self, path: str, body: JsonObject, name: str) -> AsyncGenerator[TransferProgress, None]:
        reader, lines = TransferReader(name, self._provider.name), JsonLines()
        idle = self._limits.first_byte
        async with self._transport.stream(path, body, idle=idle, size=_PULL_BYTES) as answer:
            async with aclosing(answer.pieces()) as pieces:
                async for piece in pieces:
                    for line in lines.feed(piece):
                        answer.touch()
                        yield reader.feed(line)
            reader.close()

    # ── a step ───────────────────────────────────────────────────────────────

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        return patiently(lambda: self._step(request))

    async def _step(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        name = own_spelling(request.model)
        card = await self._facts.card_if_told(name)
        window = min(request.window, card.trained_window or request.window)
        features = self._features.get(name) or self._features_of(card)
        while True:
            body = chat_body(name, request, window, features)
            try:
                async with aclosing(self._ask(name, window, body, request)) as events:
                    async for event in events:
                        yield event
            except WindowOverflow as overflow:
                # not every wording has the numbers (ollama.md §3)
                overflow.window = overflow.window or window
                raise
            except RequestRefused as refusal:
                features = _without(features, refusal)
                self._features[name] = features
            else:
                return

    async def _ask(
        self, name: str, window: int, body: JsonObject, request: ChatRequest
    ) -> AsyncGenerator[StreamEvent, None]:
        reader = AnswerReader(request.tools, self._provider.name)
        before = await self._facts.loaded_if_told()
        # a call is written in silence unless every token gets its line (ollama.md §5)
        idle = self._limits.first_byte if request.tools and "logprobs" not in body else self._limits.idle
        self._running[name] = self._running.get(name, 0) + 1
        try:
            async with opening(self._transport.stream("/api/chat", body, idle=idle)) as head:
                async with aclosing(self._wait_for(head, name, window, before)) as signs:
                    async for sign in signs:
                        yield sign
                answer = head.result()
                self._placed[name] = window
                async with aclosing(_read(answer, reader)) as events:
                    async for event in events:
                        yield event
        except CallUnparsed as unparsed:
            for event in reader.unparsed(unparsed.text):
                yield event
        except BackendError as error:
            without_secrets(error, self._provider)
            raise
        finally:
            self._running[name] -= 1

    async def _wait_for(
        self, head: asyncio.Task[Answer], name: str, window: int, loaded: tuple[Loaded, ...] | None
    ) -> AsyncGenerator[Waiting, None]:
        """Signs of life until the head of the answer arrives: nothing comes while a model loads (ollama.md §8)."""
        phase = self._first_phase(name, window, loaded)
        yield Waiting(phase)
        if phase in ("reading", "queued"):
            await asyncio.wait({head})
        while not head.done():
            await asyncio.wait({head}, timeout=self._poll_seconds)
            if head.done():
                return
            listed = await self._facts.names_loaded()
            # a model that waits for another one to leave is not listed yet, one that loads is
            now = "queued" if listed and not any(is_same_model(name, other) for other in listed) else "loading"
            if listed is not None and now != phase:
                phase = now
                yield Waiting(phase)

    def _first_phase(self, name: str, window: int, loaded: tuple[Loaded, ...] | None) -> Phase:
        if self._running[name] > 1:
            return "queued"
        if loaded is None:
            return "connecting"
        entry = _entry_of(name, loaded)
        return "reading" if entry is not None and entry.window == window else "loading"

    def _features_of(self, card: Card) -> Features:
        is_gpt_oss = card.family in ("gptoss", "gpt-oss")
        return Features(
            thinking=card.can("thinking") is not False,
            levels=is_gpt_oss or not card.family,
            logprobs=self._wants_logprobs and is_gpt_oss,
        )


async def _read(answer: Answer, reader: AnswerReader) -> AsyncGenerator[StreamEvent, None]:
    lines = JsonLines()
    async with aclosing(answer.pieces()) as pieces:
        async for piece in pieces:
            for line in lines.feed(piece):
                events = reader.feed(line)
                if events or "logprobs" in line:
                    answer.touch()
                for event in events:
                    yield event
                if reader.is_done:
                    return
    rest = lines.close()
    if answer.content_type != "application/json" or not rest.endswith("}"):
        raise reader.cut(rest)
    # one object for all: something between here and Ollama does not stream
    for event in reader.feed(parse_object(rest)):
        yield event
    if not reader.is_done:
        raise reader.cut("")


def _without(features: Features, refusal: RequestRefused) -> Features:
    """What is left to ask for after the server refused a feature; a refusal of something else is raised."""
    if refusal.parameter == "think" and features.thinking:
        return replace(features, thinking=False)
    if refusal.parameter == "logprobs" and features.logprobs:
        return replace(features, logprobs=False)
    raise refusal


def _entry_of(name: str, loaded: tuple[Loaded, ...]) -> Loaded | None:
    return next((entry for entry in loaded if is_same_model(entry.name, name)), None)
