"""What the many OpenAI-compatible servers say differently: windows, overflow, missing models, addresses. No I/O."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from backends.decode import count_at
from backends.errors import WindowOverflow
from backends.failures import overflow_in, words_in
from backends.types import JsonObject

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

NO_SUCH_MODEL = re.compile(r"model_not_found|model\b.{0,200}\b(not found|does not exist)", re.IGNORECASE | re.DOTALL)

_LENGTHS = (
    re.compile(
        r"length (?P<prompt>\d{1,12})\)? is longer than the maximum model length of (?P<window>\d{1,12})"
    ),  # vLLM
    re.compile(r"prompt is too long: (?P<prompt>\d{1,12}) tokens > (?P<window>\d{1,12}) maximum"),
)
_TOO_LONG = re.compile(
    r"exceeds? the (model's )?(context (window|length)|maximum context)|prompt is too long", re.IGNORECASE
)


def overflow(body: str, name: str) -> WindowOverflow | None:
    """The error when a refusal says, in any dialect, that the prompt does not fit."""
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


def window_of(item: JsonObject) -> int | None:
    """The window that an entry of `/models` tells, under any of the names in use; in tokens."""
    return next((size for name in _WINDOW_FIELDS if (size := count_at(item, name))), None)


def trained_window(model: str) -> int | None:
    """What is known of a model by its name alone."""
    name = plain_name(model)
    return next((window for start, window in _KNOWN_WINDOWS if name.startswith(start)), None)


def plain_name(model: str) -> str:
    """A model's name without publisher and habits of spelling, to compare by."""
    return model.lower().rpartition("/")[2].replace(":", "-").replace("_", "-")


def is_openai(base_url: str) -> bool:
    """Whether the service itself answers there, with its newer names of parameters and its `[DONE]`."""
    host = urlsplit(base_url).hostname or ""
    return host.endswith((".openai.com", ".openai.azure.com"))


def is_in_the_house(base_url: str) -> bool:
    """Whether the server stands on this machine or in this house, where nothing keeps or encrypts reasoning."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".localhost", ".lan", ".internal"))
