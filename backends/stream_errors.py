"""What an error inside a stream with status 200 says: the typed error, or a call that the server lost. No I/O."""

from __future__ import annotations

import json
import re

from backends.errors import BackendError, Busy, ModelMissing, ServerFailed, Unauthorized
from backends.failures import hide_secrets, overflow_in, plain_line, words_of
from backends.types import JsonObject, JsonValue, Provider

_UNPARSED_CALL = re.compile(r"(failed to parse|error parsing) (a )?(tool call|input)", re.IGNORECASE)
_BUSY = ("rate_limit_exceeded", "overloaded_error", "server_overloaded", "slow_down")
_WRONG_KEY = ("invalid_api_key", "authentication_error")


def error_words(data: JsonObject, provider: Provider) -> str:
    """The server's own words in an error event or body of any shape."""
    return hide_secrets(plain_line(words_of(data)) or plain_line(json.dumps(data)), provider)


def is_unparsed_call(words: str) -> bool:
    """Whether the server gave up on a call that the model wrote badly (lmstudio.md §5): a failed sample."""
    return bool(_UNPARSED_CALL.search(words))


def error_in_stream(data: JsonObject, provider: Provider) -> BackendError:
    """The error that `{"error": …}` or `{"code", "message"}` means when no status tells."""
    words = error_words(data, provider)
    overflow = overflow_in(json.dumps(data), provider.name)
    if overflow is not None:
        overflow.server_words = words
        return overflow
    code = _code(data)
    if code in _BUSY or code == 429:
        return Busy(f"{provider.name} is busy.", words, "Try again in a moment.")
    if code in _WRONG_KEY or code == 401:
        step = f"Check the value of {provider.env_key}." if provider.env_key else ""
        return Unauthorized(f"{provider.name} refuses access.", words, step, env_key=provider.env_key)
    if code == "model_not_found":
        return ModelMissing(f"{provider.name} does not have this model.", words, "Choose another model.")
    return ServerFailed(f"{provider.name} broke off its answer.", words, "Ask again; if it stays, look into its log.")


def _code(data: JsonObject) -> JsonValue:
    inner = data.get("error")
    source = inner if isinstance(inner, dict) else data
    return source.get("code") or source.get("type")
