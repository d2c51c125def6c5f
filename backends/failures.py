"""From an HTTP answer that is not a success to a typed error. No I/O.

Finds the server's own words in whatever it sent (an object, a string, HTML, half a body) and sorts the status by what
a caller would do. What only one kind of server says is read in that server's file, not here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from backends.decode import parse_json
from backends.errors import (
    BackendError,
    Busy,
    ModelMissing,
    RequestRefused,
    ServerFailed,
    Unauthorized,
    UnexpectedAnswer,
    WindowOverflow,
)
from backends.types import JsonValue, Provider

WORDS_LIMIT = 500
"""Characters of a server's own words that go into an error."""

_QUOTA_CODES = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_OVERFLOW_CODES = ("exceed_context_size_error", "context_length_exceeded")
_BUSY_STATUSES = (429, 503, 529)
_WORD_KEYS = ("message", "error", "detail", "msg", "description", "title")


def error_for_status(status: int, headers: Mapping[str, str], body: bytes, provider: Provider) -> BackendError:
    """The error for a finished answer with a status of 300 or more. `headers` finds names in lower case."""
    words = server_words(body, provider)
    what = f"{provider.name} answered with status {status}."
    if 300 <= status < 400:
        target = plain_line(hide_secrets(headers.get("location", ""), provider)) or "an unnamed place"
        return RequestRefused(
            f"{provider.name} redirects to {target}, and redirects are not followed.",
            words,
            "Put the final address into base_url if it is the right server.",
            status=status,
        )
    overflow = overflow_in(body_text(body), provider.name)
    if overflow is not None and status < 500:
        return overflow
    if status in (401, 403):
        return _unauthorized(status, words, provider)
    if status in _BUSY_STATUSES or _error_field(body, "code") in _QUOTA_CODES:
        return _busy(status, headers, body, words, provider)
    if status == 404:
        return RequestRefused(
            f"{provider.name} does not know this (status 404).", words, "Check the model and base_url.", status=status
        )
    if status == 413:
        return RequestRefused(
            f"The request is larger than {provider.name} accepts (status 413).",
            words,
            "Compact the conversation or attach less.",
            status=status,
        )
    if status < 500:
        return RequestRefused(what, words, status=status, parameter=_error_field(body, "param"))
    return ServerFailed(what, words, "Look into the server's log, then try again.", status=status)


def model_missing(model: str, words: str, next_step: str) -> ModelMissing:
    return ModelMissing(f"The server does not have the model {model}.", words, next_step, model=model)


def _unauthorized(status: int, words: str, provider: Provider) -> Unauthorized:
    if not provider.env_key:
        step = "If it needs a key, name its environment variable as env_key of this provider."
    elif provider.key is None:
        step = f"Set the environment variable {provider.env_key}."
    else:
        step = f"Check the value of {provider.env_key}."
    return Unauthorized(f"{provider.name} refuses access (status {status}).", words, step, env_key=provider.env_key)


def _busy(status: int, headers: Mapping[str, str], body: bytes, words: str, provider: Provider) -> BackendError:
    if _error_field(body, "code") in _QUOTA_CODES or _error_field(body, "type") in _QUOTA_CODES:
        return RequestRefused(
            f"The quota at {provider.name} is used up.",
            words,
            "Waiting does not help: look at the plan.",
            status=status,
        )
    wait = retry_after(headers, datetime.now(UTC))
    step = f"It asks to wait {wait:.0f} s." if wait is not None else "Try again in a moment."
    return Busy(f"{provider.name} is busy (status {status}).", words, step, retry_after_seconds=wait)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, or `retry-after` as seconds or as a date."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp())


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", text) else None


# ── a prompt that does not fit ───────────────────────────────────────────────

_SIZE_PATTERNS = (
    # llama.cpp, also inside Ollama's JSON in a string (ollama.md §3)
    re.compile(
        r"request \((?P<prompt>\d{1,12}) tokens\) exceeds the available context size \((?P<window>\d{1,12}) tokens\)"
    ),
    re.compile(r"n_prompt_tokens\W+(?P<prompt>\d{1,12})[\s\S]{0,80}?n_ctx\W+(?P<window>\d{1,12})"),
    # OpenAI and those who copy it (openai.md §4)
    re.compile(r"maximum context length is (?P<window>\d{1,12}) tokens[\s\S]{0,160}?(?P<prompt>\d{1,12}) tokens"),
    re.compile(r"maximum context length is (?P<window>\d{1,12}) tokens"),
)
_OVERFLOW_PHRASES = (
    "the prompt is longer than the context length",  # Ollama with shift:false (ollama.md §3)
    "input length exceeds",
    *_OVERFLOW_CODES,
)


def overflow_in(text: str, name: str) -> WindowOverflow | None:
    """A WindowOverflow when `text` (an error body or line) says that the prompt does not fit, with its numbers."""
    for pattern in _SIZE_PATTERNS:
        if match := pattern.search(text):
            sizes = {key: int(value) for key, value in match.groupdict().items()}
            return _overflow(text, name, sizes.get("prompt"), sizes.get("window"))
    if any(phrase in text for phrase in _OVERFLOW_PHRASES):
        return _overflow(text, name, None, None)
    return None


def _overflow(text: str, name: str, prompt: int | None, window: int | None) -> WindowOverflow:
    needs = f"{prompt:,} tokens do not fit" if prompt is not None else "The prompt does not fit"
    into = f" into the window of {window:,} tokens" if window is not None else " into the window"
    return WindowOverflow(
        f"{needs}{into} at {name}.",
        words_in(text),
        "Compact the conversation or raise the window.",
        prompt_tokens=prompt,
        window=window,
    )


# ── the server's own words ───────────────────────────────────────────────────


def server_words(body: bytes, provider: Provider) -> str:
    """What the server said, for people: first line, at most 500 characters, no control characters, no key."""
    return hide_secrets(words_in(body_text(body)), provider)


def body_text(body: bytes) -> str:
    return body[: 64 * 1024].decode(errors="replace")


def words_in(text: str) -> str:
    """The message in an error body of any shape: JSON object, string or list, cut-off JSON, HTML, plain text."""
    text = text.strip()
    if text.startswith(("{", "[", '"')):
        try:
            return plain_line(words_of(parse_json(text)))
        except UnexpectedAnswer:
            cut = re.search(r'"(?:message|error|detail)"\s*:\s*"((?:[^"\\]|\\.)*)', text)
            return plain_line(cut[1] if cut else text)
    if text.startswith("<"):
        import html  # here, because it brings every name that HTML knows, and few errors are pages

        title = re.search(r"<(title|h1)[^>]*>(.*?)</\1>", text, re.IGNORECASE | re.DOTALL)
        return plain_line(html.unescape(title[2] if title else re.sub(r"<[^>]*>", " ", text)))
    return plain_line(text)


def words_of(value: JsonValue) -> str:
    """The message in a parsed error: `{"error": {"message"}}`, `{"error": "text"}`, `{"detail": …}`, a bare string."""
    match value:
        case str():
            # Ollama hands on its engine's error as JSON in a string (ollama.md §3)
            return words_in(value) if value.lstrip().startswith("{") else value
        case dict():
            return next((words for key in _WORD_KEYS if key in value and (words := words_of(value[key]))), "")
        case list():
            return next((words for item in value if (words := words_of(item))), "")
        case _:
            return ""


def plain_line(text: str) -> str:
    """The first line with anything in it, printable, at most 500 characters."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    cleaned = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in line)
    return " ".join(cleaned.split())[:WORDS_LIMIT]


def hide_secrets(text: str, provider: Provider) -> str:
    """`text` without the provider's key, header and query values, which servers like to quote back."""
    for secret in secrets_of(provider):
        text = text.replace(secret, "••••")
    return text


def secrets_of(provider: Provider) -> list[str]:
    """What must be shown and written nowhere; values so short that they may be any word are left out."""
    key = [provider.key.reveal()] if provider.key is not None else []
    return [value for value in (*key, *provider.headers.values(), *provider.query.values()) if len(value) >= 6]


def without_secrets(error: BackendError, provider: Provider) -> BackendError:
    """The same error, its words cleaned by `hide_secrets`."""
    error.message = hide_secrets(error.message, provider)
    error.server_words = hide_secrets(error.server_words, provider)
    return error


def _error_field(body: bytes, field: str) -> str:
    """`code`, `type` or `param` of an error object as text; empty when there is none."""
    try:
        value = parse_json(body_text(body))
    except UnexpectedAnswer:
        return ""
    if isinstance(value, dict):
        inner = value.get("error")
        found = (inner if isinstance(inner, dict) else value).get(field)
        return found if isinstance(found, str) else ""
    return ""
