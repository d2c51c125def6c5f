"""Any server with OpenAI's API, in the cloud or on the desk: chat completions or Responses, by `wire_api` (openai.md).

Knows how the service differs from the many that copy it. Models are managed elsewhere; nothing is loaded from here.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import urlsplit

from backends.chat_completions import ChatDecoder, chat_messages, chat_tools
from backends.decode import count_at, object_at, objects_at, text_at
from backends.errors import BackendError, ModelMissing, RequestRefused, Unauthorized, UnexpectedAnswer, WindowOverflow
from backends.events import StreamEvent, TransferProgress, Waiting
from backends.failures import overflow_in, plain_line, words_in, words_of
from backends.reading import StreamDecoder, read_events
from backends.responses import ResponsesDecoder, responses_input, responses_tools
from backends.transport import Limits, Transport
from backends.types import ChatRequest, JsonObject, ModelInfo, Provider, ServerInfo, Window

LLAMA_CPP = "llamacpp"
"""How llama.cpp's server signs its list of models."""

_WINDOW_FIELDS = ("max_model_len", "context_length", "context_window", "max_context_length")

# Names that begin so, and their windows in tokens: the service does not tell, and the configuration goes before.
_KNOWN_WINDOWS = (
    ("gpt-oss", 131_072),
    ("gpt-5", 400_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4o", 128_000),
    ("o3", 200_000),
    ("o4", 200_000),
)

_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_OPTIONAL = (
    *_OTHER_NAME,
    "temperature",
    "top_p",
    "seed",
    "reasoning_effort",
    "stream_options",
    "parallel_tool_calls",
    "prompt_cache_key",
    "include",
    "store",
    "max_output_tokens",
    "reasoning.summary",
    "reasoning",
)
"""Parameters that a request works without, the narrower name before the wider."""

_REFUSES = re.compile(
    r"unsupported|not supported|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|invalid", re.IGNORECASE
)

_TRIES = 4
"""Requests at most until a server is content with the parameters; none of the refused ones began an answer."""

_NO_SUCH_MODEL = re.compile(r"model_not_found|model\b.{0,200}\b(not found|does not exist)", re.IGNORECASE | re.DOTALL)

_LENGTHS = (
    re.compile(r"length (?P<prompt>\d+)\)? is longer than the maximum model length of (?P<window>\d+)"),  # vLLM
    re.compile(r"prompt is too long: (?P<prompt>\d+) tokens > (?P<window>\d+) maximum"),
)
_TOO_LONG = re.compile(
    r"exceeds? the (model's )?(context (window|length)|maximum context)|prompt is too long", re.IGNORECASE
)


class OpenAIBackend:
    """See `backends.Backend`. What a server refused once is not sent again while this object lives."""

    def __init__(self, provider: Provider, limits: Limits | None = None) -> None:
        self.provider = provider
        self._limits = limits or Limits()
        self._transport = Transport(provider, "", self._limits, self._particular)
        self._is_openai = _is_openai(provider.base_url)
        self._is_local = _is_local(provider.base_url)
        self._dropped: set[str] = set()
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
            ModelInfo(name, loaded_window=_window_of(item), trained_window=_trained(name), is_remote=not self._is_local)
            for name, item in (await self._listed()).items()
        )

    async def resolve(self, model: str) -> str:
        listed = await self._listed()
        if model in listed:
            return model
        alike = [name for name in listed if _spelling(name) == _spelling(model)]
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
        trained = _trained(model)
        tokens = _window_of(item) or await self._window_of_llama_cpp(item)
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

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
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
                if not tries_left or not self._drop_what_it_names(error, body):
                    raise

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
                yield event

    def _origin(self, request: ChatRequest) -> str:
        return f"{self.provider.id}/{request.model}"

    def _body(self, request: ChatRequest) -> JsonObject:
        is_responses = self.provider.wire_api == "responses"
        return self._accepted(self._responses_body(request) if is_responses else self._chat_body(request))

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
            body["tools"] = chat_tools(request.tools)
            body["parallel_tool_calls"] = False
        return body | self._sampling(request) | _present(limit, request.max_output_tokens)

    def _responses_body(self, request: ChatRequest) -> JsonObject:
        reasoning: JsonObject = {"effort": request.effort}
        body: JsonObject = {
            "model": request.model,
            "instructions": request.instructions,
            "input": responses_input(request, self._origin(request)),
            "stream": True,
            "reasoning": reasoning,
        }
        if request.tools:
            body["tools"] = responses_tools(request)
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

    # ── parameters that a server does not take ───────────────────────────────

    def _accepted(self, body: JsonObject) -> JsonObject:
        """The body without what this server refused before, or with it under its other name."""
        for name in self._dropped:
            outer, _, inner = name.partition(".")
            holder = body.get(outer)
            if inner and isinstance(holder, dict):
                holder.pop(inner, None)
            elif not inner and name in body:
                value = body.pop(name)
                other = _OTHER_NAME.get(name)
                if other and other not in self._dropped:
                    body[other] = value
        return body

    def _drop_what_it_names(self, error: RequestRefused | Unauthorized, body: JsonObject) -> bool:
        """Whether the refusal names a parameter of `body` that can be left out, which it is from now on."""
        parameter = error.parameter if isinstance(error, RequestRefused) else ""
        name = parameter if parameter in _OPTIONAL else _named_in(error.server_words, body)
        if not _holds(body, name) or (isinstance(error, Unauthorized) and name != "reasoning.summary"):
            return False
        self._dropped.add(name)
        return True

    # ── this server ──────────────────────────────────────────────────────────

    def _particular(self, status: int, body: str) -> BackendError | None:
        if status in (400, 413, 422):
            return _overflow(body, self.provider.name)
        if status == 404 and _NO_SUCH_MODEL.search(body):
            return ModelMissing(
                f"{self.provider.name} does not have this model.", words_in(body), "Choose a model that it lists."
            )
        return None


def _overflow(body: str, name: str) -> WindowOverflow | None:
    known = overflow_in(body, name)
    if known is not None:
        return known
    sizes = next((match for pattern in _LENGTHS if (match := pattern.search(body))), None)
    if sizes is None and not _TOO_LONG.search(body):
        return None
    prompt, window = (int(sizes["prompt"]), int(sizes["window"])) if sizes else (None, None)
    return WindowOverflow(
        f"The prompt does not fit into the window of the model at {name}.",
        words_in(body),
        "Compact the conversation.",
        prompt_tokens=prompt,
        window=window,
    )


def _named_in(words: str, body: JsonObject) -> str:
    if re.search(r"\breasoning summar(y|ies)\b", words):
        return "reasoning.summary"
    if not _REFUSES.search(words):
        return ""
    return next((name for name in _OPTIONAL if _holds(body, name) and re.search(rf"\b{re.escape(name)}\b", words)), "")


def _holds(body: JsonObject, name: str) -> bool:
    outer, _, inner = name.partition(".")
    holder = body.get(outer)
    return inner in holder if inner and isinstance(holder, dict) else name in body


def _present(name: str, value: int | float | None) -> JsonObject:
    return {} if value is None else {name: value}


def _window_of(item: JsonObject) -> int | None:
    return next((size for name in _WINDOW_FIELDS if (size := count_at(item, name))), None)


def _trained(model: str) -> int | None:
    name = _spelling(model)
    return next((window for start, window in _KNOWN_WINDOWS if name.startswith(start)), None)


def _spelling(model: str) -> str:
    return model.lower().rpartition("/")[2].replace(":", "-").replace("_", "-")


def _is_openai(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return host.endswith((".openai.com", ".openai.azure.com"))


def _is_local(base_url: str) -> bool:
    """Whether the server stands on this machine or in this house, where nothing keeps or encrypts reasoning."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".localhost", ".lan", ".internal"))
