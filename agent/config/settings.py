"""Every setting: one field with its type, its default and its help. The reference page and the errors follow from it.

Knows no file and no command line; turns a value from either into the typed one, or says what was expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias, cast

from agent.permissions.default_rules import DEFAULT_RULES
from backends.frozen import frozen
from backends.providers import KINDS
from backends.types import MINIMUM_WINDOW

SettingValue: TypeAlias = str | int | bool | tuple[str, ...] | dict[str, str]
ValueType: TypeAlias = Literal["text", "number", "flag", "texts", "text table"]

_WORDS: dict[ValueType, str] = {
    "text": "a text in quotes",
    "number": "a whole number",
    "flag": "true or false",
    "texts": "a list of texts",
    "text table": "a table of texts",
}


@frozen
class Field:
    """One setting. `name` is its dotted path in the file; `least` and `most` are the bounds of a number."""

    name: str
    type: ValueType
    default: SettingValue
    help: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 2**31 - 1

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    @property
    def expected(self) -> str:
        if self.choices:
            return "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
        if self.type != "number":
            return _WORDS[self.type]
        return f"{_WORDS[self.type]} from {self.least:,} to {self.most:,}"


class WrongValue(ValueError):
    """A value that a field does not take; `str()` says what was expected, `suggestion` is the nearest that it does."""

    def __init__(self, field: Field, value: object) -> None:
        # A table may hold a key, so what stands in its place is not shown.
        found = f"not {_shown(value)}" if field.type != "text table" else "and is not"
        super().__init__(f"{field.name} must be {field.expected}, {found}")
        self.suggestion = nearest(value, field.choices) if isinstance(value, str) else ""


LARGEST_WINDOW = 16 * 1024 * 1024
"""Tokens. No model has as many; a larger number is a slip of the hand that would fill the memory."""

_MIXED = object()
"""In place of a list that holds more than texts."""

_EFFORT = ("low", "medium", "high")
_MODES = ("read-only", "ask", "auto-edit")
_NOTIFY = ("away", "always", "never")
_SANDBOX = ("auto", "on", "off")

PROFILE_FIELDS: tuple[Field, ...] = (
    Field("model", "text", "", "The model, in this server's or another's spelling, e.g. gpt-oss:20b."),
    Field("model_provider", "text", "", "The id of the provider that is asked for the model."),
    Field("model_reasoning_effort", "text", "medium", "How much the model thinks before it answers.", _EFFORT),
    Field(
        "model_context_window",
        "number",
        MINIMUM_WINDOW,
        "Tokens of context to load the model with.",
        least=1_024,
        most=LARGEST_WINDOW,
    ),
    Field("permissions.mode", "text", "ask", "What may happen without a question.", _MODES),
    Field("permissions.sandbox", "text", "auto", "Shut commands in: when possible, always or never.", _SANDBOX),
    Field("permissions.allow", "texts", DEFAULT_RULES, "Beginnings of commands that run unasked in the sandbox."),
    Field("ui.theme", "text", "auto", "The theme; `auto` is light or dark, as the terminal says (docs/themes.md)."),
    Field("ui.notify", "text", "away", "Tell of a long turn's end, or a question: when the window is away.", _NOTIFY),
)
"""At the top of the file for all, and in a profile for it alone."""

TOP_FIELDS: tuple[Field, ...] = (
    *PROFILE_FIELDS,
    Field("profile", "text", "", "The profile to start with."),
    Field("oss_provider", "text", "", "The provider that --oss uses."),
    Field("local_only", "flag", False, "Forbid every profile whose server is not on this machine."),
    Field("ui.animations", "flag", True, "Whether anything on the screen moves by itself."),
    Field("ui.copy_on_select", "flag", False, "Copy what the mouse selects when its button is let go."),
    Field("ui.keys", "text table", {}, "Keys of your own, by the names of actions; docs/keys.md lists them."),
)

PROVIDER_FIELDS: tuple[Field, ...] = (
    Field("name", "text", "", "The name shown for this provider."),
    Field("base_url", "text", "", "Where it listens, e.g. http://localhost:1234/v1."),
    Field("env_key", "text", "", "The environment variable that holds its key."),
    Field("wire_api", "text", "chat", "The protocol of an OpenAI-compatible server.", ("chat", "responses")),
    Field("http_headers", "text table", {}, "Headers to send along."),
    Field("env_http_headers", "text table", {}, "Headers whose values are read from environment variables."),
    Field("query_params", "text table", {}, "Parameters to add to every address."),
    Field("kind", "text", "", "What kind of server it is, where detection must be overruled.", KINDS),
    Field("base_urls", "texts", (), "Several addresses of one service; `oss-tui batch` spreads its tasks over them."),
    Field(
        "parallel",
        "number",
        0,
        "Requests that each address serves at once, where it is not the usual number.",
        most=1_024,
    ),
    Field("proxy", "text", "", "A proxy for this provider; the environment's proxies are never used."),
)

SERVER_FIELDS: tuple[Field, ...] = (
    Field("command", "text", "", "The program of a tool server."),
    Field("args", "texts", (), "Its arguments."),
    Field("env", "text table", {}, "Its environment, beside the cleaned one."),
    Field("url", "text", "", "The address of a tool server that runs already."),
    Field("enabled", "flag", True, "Whether it is started."),
    Field("trusted", "flag", False, "Call its tools without asking each time."),
    Field("enabled_tools", "texts", (), "The tools to offer; all when this is empty."),
    Field("bearer_token_env_var", "text", "", "The environment variable that holds the key for its url."),
    Field("startup_timeout_sec", "number", 20, "Seconds that it may take to start.", least=1, most=86_400),
    Field("tool_timeout_sec", "number", 120, "Seconds that one of its tools may take.", least=1, most=86_400),
)
"""Of one `[mcp_servers.ID]`."""

TABLES = ("profiles", "model_providers", "mcp_servers")
"""Tables of named tables."""

# fmt: off
CODEX_ONLY = frozenset((
    "approval_policy", "sandbox_mode", "sandbox_workspace_write", "features", "tools", "model_verbosity",
    "model_reasoning_summary", "model_max_output_tokens", "model_supports_reasoning_summaries",
    "show_raw_agent_reasoning", "hide_agent_reasoning", "notify", "project_doc_max_bytes",
    "project_doc_fallback_filenames", "file_opener", "history", "tui", "projects", "disable_response_storage",
    "chatgpt_base_url", "preferred_auth_method", "experimental_instructions_file", "shell_environment_policy",
    "request_max_retries", "stream_max_retries", "stream_idle_timeout_ms", "requires_openai_auth",
    "startup_timeout_sec", "tool_timeout_sec", "supports_websockets", "analytics", "otel",
    "check_for_update_on_startup",
))
# fmt: on
"""Keys of Codex that mean nothing here: said once, quietly, and never an error."""


def read_value(field: Field, value: object) -> SettingValue:
    """`value` as the field's type. Raises WrongValue."""
    match field.type:
        case "text" if isinstance(value, str) and (not field.choices or value in field.choices):
            return value
        case "flag" if isinstance(value, bool):
            return value
        case "number" if isinstance(value, int) and not isinstance(value, bool) and field.least <= value <= field.most:
            return value
        case "texts" if isinstance(value, list):
            return tuple(_texts(field, cast("list[object]", value)))
        case "text table" if isinstance(value, dict):
            table = dict(_flat(cast("dict[str, object]", value)))
            return dict(zip(table, _texts(field, list(table.values())), strict=True))
        case _:
            raise WrongValue(field, value)


def _flat(table: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Entries by their dotted names: TOML takes a name with a dot for a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{below}", deep) for below, deep in _flat(cast("dict[str, object]", value)))
        else:
            yield name, value


def _texts(field: Field, values: list[object]) -> list[str]:
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        raise WrongValue(field, _MIXED)
    return texts


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or ""."""
    from difflib import get_close_matches  # only a mistake needs it

    return next(iter(get_close_matches(word, list(known), 1, 0.65)), "")


def _shown(value: object) -> str:
    if value is _MIXED:
        return "one of other things"
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value[:60]}"'
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return str(value)[:60]
