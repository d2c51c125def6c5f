"""The border types of `backends`: conversation, tools, requests, and what is known of servers and models.

Everything is frozen data. Sizes of text are tokens unless a name says bytes or characters.
Nothing here knows a wire format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from backends.frozen import frozen

if TYPE_CHECKING:
    from backends.tape import Player, Tape

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"

Effort = Literal["low", "medium", "high"]
BackendKind = Literal["ollama", "lmstudio", "mlx", "openai", "demo"]
WireApi = Literal["chat", "responses"]

MINIMUM_WINDOW = 65_536
"""Tokens: the least window in which agent work with gpt-oss is reliable (DESIGN.md, "minimum")."""


# ── conversation ─────────────────────────────────────────────────────────────


@frozen
class ToolCall:
    """One call by the model, complete and valid against the tool's schema.

    `arguments_text` is the JSON text of `arguments`: the model's own bytes when nothing had to be repaired, so that
    a replay leaves the server's cached prefix intact, and canonical JSON otherwise.
    """

    id: str
    name: str
    arguments: JsonObject
    arguments_text: str


@frozen
class Replay:
    """A message in the words of the server that produced it, for the backend that wrote it and nobody else.

    `origin` names backend and model; another origin ignores `data` and renders the message from its parts.
    """

    origin: str
    data: str


@frozen
class UserMessage:
    text: str


@frozen
class AssistantMessage:
    """What the model said in one step: reasoning, visible text (answer or preamble) and at most one call."""

    text: str = ""
    reasoning: str = ""
    call: ToolCall | None = None
    replay: Replay | None = None


@frozen
class ToolResult:
    """The answer to one call, in the order of the calls."""

    call_id: str
    name: str
    text: str


Message: TypeAlias = UserMessage | AssistantMessage | ToolResult


# ── tools and requests ───────────────────────────────────────────────────────


@frozen
class ToolSpec:
    """A tool as the model sees it. `parameters` is a JSON schema of type object; keep it flat (gpt-oss.md §2)."""

    name: str
    description: str
    parameters: JsonObject


@frozen
class Sampling:
    """gpt-oss is published at temperature 1 and top_p 1 (gpt-oss.md §5); None leaves the server's default."""

    temperature: float | None = 1.0
    top_p: float | None = 1.0
    seed: int | None = None


@frozen
class ChatRequest:
    """One step: everything a backend needs to ask for the next message.

    `window` is the number of tokens the model must be loaded with; the same value in every request of a session, since
    servers reload a model whose window differs. `max_output_tokens` None means as much as the window holds.
    `date` is the ISO day on which the session began: constant, because a moving date empties the server's cache.
    """

    model: str
    instructions: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    effort: Effort = "medium"
    window: int = MINIMUM_WINDOW
    max_output_tokens: int | None = None
    sampling: Sampling = Sampling()
    date: str = ""


@frozen
class Usage:
    """What a step cost, as the server counted it; None where it does not tell.

    `prompt_tokens` is the whole prompt, the cached part included. Times in seconds, as measured by the server.
    """

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    load_seconds: float | None = None
    prompt_seconds: float | None = None
    output_seconds: float | None = None


# ── servers and models ───────────────────────────────────────────────────────


class Secret:
    """A key that never shows itself: every text form is masked; `reveal()` is for the Authorization header alone."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(••••)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not stored")


@frozen
class Provider:
    """A server to talk to. `base_url` has no trailing slash; for `demo` it is empty and filled in when it starts.

    `env_key` names the variable that held `key`, so that an error can say which one to set. `pool` are all addresses of
    a service that has several, `base_url` the first of them; `parallel` is how many requests each serves at once.
    What may hold a secret is in no repr. `tape` keeps what goes over the wire; `player` answers from such a tape in
    place of the server.
    """

    id: str
    kind: BackendKind
    name: str
    base_url: str
    env_key: str = ""
    key: Secret | None = None
    wire_api: WireApi = "chat"
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    query: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    proxy: str = field(default="", repr=False)
    pool: tuple[str, ...] = ()
    parallel: int = 1
    tape: Tape | None = field(default=None, compare=False, repr=False)
    player: Player | None = field(default=None, compare=False, repr=False)


@frozen
class ServerInfo:
    """Who answered at an address. `version` is empty where the server does not tell."""

    kind: BackendKind
    version: str = ""
    remark: str = ""


@frozen
class ModelInfo:
    """A model that a server offers.

    `trained_window` is the most it was made for; `loaded_window` the effective window while it is loaded, else None;
    `preset_window` what the server would load it with unasked (a Modelfile's `num_ctx`). None: unknown.
    """

    name: str
    trained_window: int | None = None
    loaded_window: int | None = None
    preset_window: int | None = None
    is_loaded: bool = False
    size_bytes: int | None = None
    quantization: str = ""
    has_tools: bool | None = None
    has_thinking: bool | None = None
    is_remote: bool = False


@frozen
class Window:
    """The context of the model as it is, or will be, loaded.

    `tokens` is what the server really gives; `is_known` False means that the server does not tell and `tokens` is
    the configured or trained value. `can_raise` tells whether this backend can load the model with more.
    """

    tokens: int
    trained: int | None = None
    is_known: bool = True
    is_loaded: bool = False
    can_raise: bool = False

    @property
    def meets_minimum(self) -> bool:
        return self.tokens >= MINIMUM_WINDOW
