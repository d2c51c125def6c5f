"""The LM Studio backend. Knows its endpoints and habits; what its answers look like is in the files beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace

from backends.answer import Answer, Limits
from backends.chat_completions import ChatDecoder, chat_messages, chat_tools
from backends.conclusion import speaks_harmony
from backends.decode import count_at, object_at, text_at
from backends.errors import BackendError, RequestRefused, ServerFailed, Unauthorized, UnexpectedAnswer
from backends.events import CallRejected, StepEnd, StreamEvent, TransferProgress, Waiting
from backends.failures import plain_line, words_of
from backends.lmstudio.catalogue import Entry, Instance, find, read_v0, read_v1, window_in
from backends.lmstudio.failures import error_in_words, model_missing, overflow
from backends.opening import opening
from backends.patience import patiently
from backends.providers import own_name
from backends.reading import read_events
from backends.transport import Transport
from backends.types import ChatRequest, JsonObject, JsonValue, ModelInfo, Provider, ServerInfo, Window

LOAD_SECONDS = 1800.0
"""Loading answers only when it has ended, after minutes for a large model on a slow disk (lmstudio.md §3)."""

PATIENT_SECONDS = 30.0
"""For questions on the way to an answer: a machine that is busy with a model may be slow."""

_NEARLY = 0.98
"""Share of the window from which an empty answer is an overflow: the engine keeps a little (lmstudio.md §6)."""


_GOES_ON = "downloading; only its app stops it"
"""Its API cannot (lmstudio.md §10). Short, because a bar of 80 columns stands behind it."""


class LmStudioBackend:
    """See `backends.Backend`. The base URL may end in `/v1`, as recipes write it."""

    def __init__(self, provider: Provider, limits: Limits | None = None, poll_seconds: float = 1.0) -> None:
        self.provider = provider
        root = replace(provider, base_url=provider.base_url.removesuffix("/").removesuffix("/v1"))
        self._transport = Transport(root, "Start it: lms server start", limits, self._particular)
        self._poll_seconds = poll_seconds
        self._takes_effort = True

    async def aclose(self) -> None:
        await self._transport.aclose()

    # ── what is there ────────────────────────────────────────────────────────

    async def server(self) -> ServerInfo:
        is_greeted = await self._is_greeted()
        try:
            _, is_current = await self._catalogue()
        except Unauthorized:
            if not is_greeted:
                raise
            return ServerInfo("lmstudio", remark="it wants an API token")
        return ServerInfo("lmstudio", remark="" if is_current else "older than 0.4: models are loaded with lms load")

    async def _is_greeted(self) -> bool:
        try:
            greeting = await self._transport.get_json("/lmstudio-greeting")
        except (RequestRefused, UnexpectedAnswer, Unauthorized):
            return False
        return isinstance(greeting, dict) and greeting.get("lmstudio") is True

    async def models(self) -> tuple[ModelInfo, ...]:
        entries, _ = await self._catalogue()
        return tuple(entry.info() for entry in entries)

    async def resolve(self, model: str) -> str:
        return (await self._entry(model))[0].key

    async def window(self, model: str, wanted: int) -> Window:
        entry, is_current = await self._entry(model)
        trained = entry.trained_window
        if instance := entry.roomiest:
            tokens = instance.window or wanted
            can_raise = is_current and (trained is None or trained > tokens)
            return Window(tokens, trained, instance.window is not None, is_loaded=True, can_raise=can_raise)
        # without the load endpoint the first chat loads with the app's own setting, which nothing tells
        return Window(min(wanted, trained or wanted), trained, is_known=is_current, can_raise=is_current)

    async def _catalogue(self, wait: float | None = None) -> tuple[tuple[Entry, ...], bool]:
        """All language models, and whether the server has the API that loads them (0.4.0)."""
        for path, read in (("/api/v1/models", read_v1), ("/api/v0/models", read_v0)):
            try:
                answer = await self._transport.get_json(path, wait=wait)
            except RequestRefused:
                continue  # another kind of server has no such path
            entries = read(answer)
            if entries is not None:
                return entries, read is read_v1
        raise UnexpectedAnswer(
            f"{self._transport.origin} does not answer like LM Studio.",
            next_step="Check that base_url is the right server, and that LM Studio is 0.3.6 or newer.",
        )

    async def _entry(self, model: str, wait: float | None = None) -> tuple[Entry, bool]:
        entries, is_current = await self._catalogue(wait)
        entry = find(entries, model)
        if entry is None:
            raise model_missing(own_name("lmstudio", model))
        return entry, is_current

    # ── load, unload, pull ───────────────────────────────────────────────────

    async def load(self, model: str, window: int) -> AsyncGenerator[TransferProgress, None]:
        entry, is_current = await self._entry(model)
        wanted = min(window, entry.trained_window or window)
        if any((instance.window or 0) >= wanted for instance in entry.instances):
            yield TransferProgress("already loaded")
            return
        if not is_current:
            raise _too_old(f"lms load {entry.key} --context-length {wanted}")
        # loading a loaded model makes a second copy of it
        for instance in entry.instances:
            yield TransferProgress(f"unloading {instance.id}")
            await self._unload(instance)
        yield TransferProgress(f"loading {entry.key}")
        instance = await self._load(entry, wanted)
        yield TransferProgress(f"loaded with {instance.window:,} tokens" if instance.window else "loaded", fraction=1.0)

    async def _load(self, entry: Entry, window: int) -> Instance:
        """The instance as it really came up: the wish for a window may be ignored (lmstudio.md §3)."""
        body: JsonObject = {"model": entry.key, "context_length": window, "echo_load_config": True}
        loading = await self._transport.post_json("/api/v1/models/load", body, wait=LOAD_SECONDS)
        answer = self._answered(loading, f"lms load {entry.key} --context-length {window}")
        name = text_at(answer, "instance_id")
        given = window_in(object_at(answer, "load_config"))
        if name and given is not None:
            return Instance(name, given)
        loaded = (await self._entry(entry.key))[0].roomiest
        if loaded is None:
            raise ServerFailed(f"LM Studio did not load {entry.key}.", plain_line(words_of(answer)))
        return loaded

    async def unload(self, model: str) -> None:
        entry, is_current = await self._entry(model)
        if entry.instances and not is_current:
            raise _too_old(f"lms unload {entry.key}")
        for instance in entry.instances:
            await self._unload(instance)

    async def _unload(self, instance: Instance) -> None:
        try:
            self._answered(
                await self._transport.post_json("/api/v1/models/unload", {"instance_id": instance.id}, wait=60)
            )
        except BackendError as error:
            if "not loaded" not in error.server_words:
                raise

    async def pull(self, model: str) -> AsyncGenerator[TransferProgress, None]:
        """Closing this stops the watching only, which its status says."""
        name = own_name("lmstudio", model)
        started = await self._transport.post_json("/api/v1/models/download", {"model": name}, wait=60)
        job = self._answered(started, f"lms get {name}")
        while True:
            status = text_at(job, "status")
            if status == "failed":
                raise ServerFailed(
                    f"LM Studio could not download {name}.", plain_line(words_of(job)), f"Try: lms get {name}."
                )
            told = _GOES_ON if status == "downloading" else status
            yield TransferProgress(told, count_at(job, "downloaded_bytes"), count_at(job, "total_size_bytes"))
            if status in ("completed", "already_downloaded"):
                return
            if status not in ("downloading", "paused"):
                raise UnexpectedAnswer(f"LM Studio says of its download: {plain_line(status)}.")
            job_id = text_at(job, "job_id")
            await asyncio.sleep(self._poll_seconds)
            job = self._answered(await self._transport.get_json(f"/api/v1/models/download/status/{job_id}"))
            job.setdefault("job_id", job_id)

    # ── chat ─────────────────────────────────────────────────────────────────

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        return patiently(lambda: self._stream(request))

    async def _stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        # asked before every step: a model that was unloaded meanwhile must not come back with a small window
        entry, is_current = await self._entry(request.model, wait=PATIENT_SECONDS)
        instance = entry.roomiest
        if instance is None and is_current:
            # a chat request would load it too, but with the app's own, small window (lmstudio.md §3)
            yield Waiting("loading")
            instance = await self._load(entry, min(request.window, entry.trained_window or request.window))
            entry = replace(entry, instances=(instance,))
        for is_last in (False, True):
            try:
                async with aclosing(self._ask(request, entry, instance)) as events:
                    async for event in events:
                        yield event
                return
            except RequestRefused as error:
                names_effort = "reasoning_effort" in f"{error.parameter} {error.server_words}"
                if is_last or not self._takes_effort or not names_effort:
                    raise
                self._takes_effort = False

    async def _ask(
        self, request: ChatRequest, entry: Entry, instance: Instance | None
    ) -> AsyncGenerator[StreamEvent, None]:
        origin = f"{self.provider.id}/{entry.key}"
        decoder = ChatDecoder(self.provider, request, origin, needs_done=True)
        body = self._body(request, entry, instance.id if instance else entry.key, origin)
        try:
            async with opening(self._transport.stream("/v1/chat/completions", body)) as head:
                async with aclosing(self._wait_for(head, entry.key, instance)) as signs:
                    async for sign in signs:
                        yield sign
                async with aclosing(read_events(head.result(), decoder, "LM Studio")) as events:
                    checked = ""
                    async for event in events:
                        if decoder.model != checked:
                            checked = decoder.model
                            if not entry.answers_to(checked):
                                raise _other_model(entry.key, checked)
                        if isinstance(event, StepEnd) and (lost := self._lost(event, decoder, request, instance)):
                            yield lost
                        yield event
        except ServerFailed as error:
            raise error_in_words(error.status or 200, error.server_words, self.provider) or error from None

    async def _wait_for(
        self, head: asyncio.Task[Answer], model: str, instance: Instance | None
    ) -> AsyncGenerator[Waiting, None]:
        """Signs of life until the answer begins: no byte comes while the server loads the model (lmstudio.md §11)."""
        if instance is None:
            yield Waiting("loading")
        while instance is None and not head.done():
            await asyncio.wait({head}, timeout=self._poll_seconds)
            with suppress(BackendError):  # a server that is busy loading may not tell
                instance = None if head.done() else (await self._entry(model))[0].roomiest
        yield Waiting("reading")
        await asyncio.wait({head})

    def _body(self, request: ChatRequest, entry: Entry, name: str, origin: str) -> JsonObject:
        body: JsonObject = {
            "model": name,
            "messages": chat_messages(request, origin),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.tools:
            body["tools"] = chat_tools(request.tools, protects=speaks_harmony(entry.key))
        if self._takes_effort and entry.has_thinking is not False:
            body["reasoning_effort"] = request.effort
        wishes: dict[str, int | float | None] = {
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
            "seed": request.sampling.seed,
            "max_tokens": request.max_output_tokens,
        }
        return body | {key: value for key, value in wishes.items() if value is not None}

    def _lost(
        self, end: StepEnd, decoder: ChatDecoder, request: ChatRequest, instance: Instance | None
    ) -> CallRejected | None:
        """What an empty answer hides: an overflow, which is raised, or a call that the engine left out (§5, §6)."""
        if end.reason != "stop" or decoder.has_text:
            return None
        prompt, window = end.usage.prompt_tokens, instance.window if instance else None
        if not decoder.has_reasoning and prompt and window and prompt >= window * _NEARLY:
            raise overflow("", prompt, window)
        has_output = decoder.has_reasoning or bool(end.usage.output_tokens)
        if not request.tools or not has_output:
            return None
        return CallRejected("dropped", "the server left out a call that it could not parse", "")

    # ── errors ───────────────────────────────────────────────────────────────

    def _particular(self, status: int, body: str) -> BackendError | None:
        return error_in_words(status, body, self.provider)

    def _answered(self, answer: JsonValue, command: str = "") -> JsonObject:
        """The object of an answer with status 200, which may still be the error of an unknown path (lmstudio.md §1).

        `command` does the same where the API is too old for it.
        """
        if not isinstance(answer, dict):
            raise UnexpectedAnswer("LM Studio sent something that is not an object.")
        if "error" not in answer:
            return answer
        words = plain_line(words_of(answer))
        if words.startswith("Unexpected endpoint"):
            raise _too_old(command, words)
        raise error_in_words(200, words, self.provider) or ServerFailed("LM Studio refused.", words)


def _too_old(command: str, words: str = "") -> RequestRefused:
    step = f"Update LM Studio to 0.4, or run: {command}" if command else "Update LM Studio to 0.4."
    return RequestRefused("This LM Studio cannot do that over its API.", words, step)


def _other_model(wanted: str, given: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"LM Studio answers with the model {plain_line(given)} instead of {wanted}.",
        next_step=f"Load {wanted}, or choose the other model in the profile.",
    )
