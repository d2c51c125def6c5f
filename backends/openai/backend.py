"""Any server with OpenAI's API, in the cloud or on the desk: chat completions or Responses, by `wire_api` (openai.md).

Knows how the service differs from the many that copy it. Models are managed elsewhere; nothing is loaded from here.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from backends.answer import Limits
from backends.chat_completions import ChatDecoder, chat_messages, chat_tools
from backends.conclusion import speaks_harmony
from backends.decode import count_at, object_at, objects_at, text_at
from backends.errors import (
    BackendError,
    ModelMissing,
    RequestRefused,
    SeedRefused,
    Unauthorized,
    UnexpectedAnswer,
)
from backends.events import StepEnd, StreamEvent, TransferProgress, Waiting
from backends.failures import plain_line, words_in, words_of
from backends.harmony import neutralise
from backends.openai.dialects import (
    LLAMA_CPP,
    NO_SUCH_MODEL,
    is_in_the_house,
    is_openai,
    overflow,
    plain_name,
    trained_window,
    window_of,
)
from backends.openai.refused import RefusedParameters
from backends.patience import patiently
from backends.reading import StreamDecoder, read_events
from backends.responses import ResponsesDecoder, responses_input, responses_tools
from backends.transport import Transport
from backends.types import ChatRequest, JsonObject, ModelInfo, Provider, ServerInfo, Window

_TRIES = 4
"""Requests at most until a server is content with the parameters; none of the refused ones began an answer."""


class OpenAIBackend:
    """See `backends.Backend`. What a server refused once is not sent again while this object lives."""

    def __init__(self, provider: Provider, limits: Limits | None = None) -> None:
        self.provider = provider
        self._limits = limits or Limits()
        self._transport = Transport(provider, "", self._limits, self._particular)
        self._is_openai = is_openai(provider.base_url)
        self._is_local = is_in_the_house(provider.base_url)
        self._refused = RefusedParameters()
        self._cache_key = secrets.token_hex(8)

    async def aclose(self) -> None:
        await self._transport.aclose()

    # ── what is there ────────────────────────────────────────────────────────

    async def server(self) -> ServerInfo:
        listed = await self._listed()
        is_llama_cpp = any(item.get("owned_by") == LLAMA_CPP for item in listed.values())
        return ServerInfo("openai", remark=LLAMA_CPP if is_llama_cpp else "")

    async def models(self) -> tuple[ModelInfo, ...]:
        return tuple(
            ModelInfo(
                name, loaded_window=window_of(item), trained_window=trained_window(name), is_remote=not self._is_local
            )
            for name, item in (await self._listed()).items()
        )

    async def resolve(self, model: str) -> str:
        listed = await self._listed()
        if model in listed:
            return model
        alike = [name for name in listed if plain_name(name) == plain_name(model)]
        if len(alike) == 1:
            return alike[0]
        if self._is_openai:
            return model  # the list holds no aliases and no dated names
        raise ModelMissing(
            f"{self.provider.name} does not have the model {model}.",
            next_step=f"It has: {', '.join(sorted(listed)[:8])}." if listed else "It lists no model.",
            model=model,
        )

    async def window(self, model: str, wanted: int) -> Window:
        """Known where `/models` tells or llama.cpp's `/props` does; else the table's value or `wanted`."""
        item = (await self._listed()).get(model, {})
        trained = trained_window(model)
        tokens = window_of(item) or await self._window_of_llama_cpp(item)
        if tokens is not None:
            return Window(tokens, trained, is_known=True, is_loaded=True)
        return Window(trained or wanted, trained, is_known=False, is_loaded=True)

    async def _window_of_llama_cpp(self, item: JsonObject) -> int | None:
        if item.get("owned_by") != LLAMA_CPP:
            return None
        try:
            props = await self._transport.get_json(f"{self._transport.origin}/props")
        except BackendError:
            return None  # it can be switched off, and the trained window is told then
        return count_at(object_at(props, "default_generation_settings"), "n_ctx") if isinstance(props, dict) else None

    async def _listed(self) -> dict[str, JsonObject]:
        """The entries of `GET /models` by name."""
        self._need_key()
        answer = await self._transport.get_json("/models", wait=15)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            raise UnexpectedAnswer(
                f"{self.provider.name} at {self._transport.origin} does not list models as OpenAI does.",
                plain_line(words_of(answer)),
                "Check base_url: it usually ends in /v1.",
            )
        return {name: item for item in objects_at(answer, "data") if (name := text_at(item, "id"))}

    def _need_key(self) -> None:
        if self.provider.env_key and self.provider.key is None:
            raise Unauthorized(
                f"{self.provider.name} needs a key, and {self.provider.env_key} is not set.",
                next_step=f"Set the environment variable {self.provider.env_key}.",
                env_key=self.provider.env_key,
            )

    # ── models are managed elsewhere ─────────────────────────────────────────

    async def load(self, model: str, window: int) -> AsyncGenerator[TransferProgress, None]:
        raise self._not_from_here("load a model or change its window")
        yield TransferProgress("")

    async def unload(self, model: str) -> None:
        raise self._not_from_here("unload a model")

    async def pull(self, model: str) -> AsyncGenerator[TransferProgress, None]:
        raise self._not_from_here("download a model")
        yield TransferProgress("")

    def _not_from_here(self, what: str) -> RequestRefused:
        return RequestRefused(
            f"An OpenAI-compatible API cannot {what}.",
            next_step=f"Do it where {self.provider.name} is started or managed.",
        )

    # ── chat ─────────────────────────────────────────────────────────────────

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        return patiently(lambda: self._stream(request))

    async def _stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self._need_key()
        yield Waiting("reading")
        for tries_left in reversed(range(_TRIES)):
            body = self._body(request)
            try:
                async with aclosing(self._ask(request, body)) as events:
                    async for event in events:
                        yield event
                return
            except (RequestRefused, Unauthorized) as error:
                if not tries_left or not self._refused.learn(error, body):
                    raise
                if "seed" in body and not self._takes_seed:
                    raise SeedRefused(f"{self.provider.name} takes no seed.", error.server_words) from error

    async def _ask(self, request: ChatRequest, body: JsonObject) -> AsyncGenerator[StreamEvent, None]:
        origin = self._origin(request)
        decoder: StreamDecoder
        if self.provider.wire_api == "responses":
            path, decoder = "/responses", ResponsesDecoder(self.provider, request, origin)
        else:
            path = "/chat/completions"
            decoder = ChatDecoder(self.provider, request, origin, needs_done=self._is_openai)
        # many servers hold a call back until it is whole, and write it in silence
        idle = self._limits.first_byte if request.tools and not self._is_openai else self._limits.idle
        async with (
            self._transport.stream(path, body, idle=idle) as answer,
            aclosing(read_events(answer, decoder, self.provider.name)) as events,
        ):
            async for event in events:
                yield replace(event, takes_seed=self._takes_seed) if isinstance(event, StepEnd) else event

    @property
    def _takes_seed(self) -> bool:
        return not self._is_openai and "seed" not in self._refused

    def _origin(self, request: ChatRequest) -> str:
        return f"{self.provider.id}/{request.model}"

    def _body(self, request: ChatRequest) -> JsonObject:
        is_responses = self.provider.wire_api == "responses"
        return self._refused.accepted(self._responses_body(request) if is_responses else self._chat_body(request))

    def _chat_body(self, request: ChatRequest) -> JsonObject:
        limit = "max_completion_tokens" if self._is_openai else "max_tokens"
        body: JsonObject = {
            "model": request.model,
            "messages": chat_messages(request, self._origin(request), "developer" if self._is_openai else "system"),
            "stream": True,
            "stream_options": {"include_usage": True},
            "reasoning_effort": request.effort,
        }
        if request.tools:
            body["tools"] = chat_tools(request.tools, protects=speaks_harmony(request.model))
            body["parallel_tool_calls"] = False
        return body | self._sampling(request) | _present(limit, request.max_output_tokens)

    def _responses_body(self, request: ChatRequest) -> JsonObject:
        protects = speaks_harmony(request.model)
        reasoning: JsonObject = {"effort": request.effort}
        body: JsonObject = {
            "model": request.model,
            "instructions": neutralise(request.instructions) if protects else request.instructions,
            "input": responses_input(request, self._origin(request)),
            "stream": True,
            "reasoning": reasoning,
        }
        if request.tools:
            body["tools"] = responses_tools(request.tools, protects=protects)
            body["parallel_tool_calls"] = False
        if not self._is_local:
            reasoning["summary"] = "auto"
            body["store"] = False
            body["include"] = ["reasoning.encrypted_content"]
            body["prompt_cache_key"] = self._cache_key
        return body | self._sampling(request) | _present("max_output_tokens", request.max_output_tokens)

    def _sampling(self, request: ChatRequest) -> JsonObject:
        """Nothing for the cloud, whose reasoning models refuse it; gpt-oss elsewhere wants its published values."""
        if self._is_openai:
            return {}
        sampling = request.sampling
        return {
            **_present("temperature", sampling.temperature),
            **_present("top_p", sampling.top_p),
            **_present("seed", sampling.seed),
        }

    # ── this server ──────────────────────────────────────────────────────────

    def _particular(self, status: int, body: str) -> BackendError | None:
        if status in (400, 413, 422):
            return overflow(body, self.provider.name)
        if status == 404 and NO_SUCH_MODEL.search(body):
            return ModelMissing(
                f"{self.provider.name} does not have this model.", words_in(body), "Choose a model that it lists."
            )
        return None


def _present(name: str, value: int | float | None) -> JsonObject:
    return {} if value is None else {name: value}
