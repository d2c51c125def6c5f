"""Parameters that a server refused: left out from then on, or sent under their other name (openai.md §4). No I/O."""

from __future__ import annotations

import re

from backends.errors import RequestRefused, Unauthorized
from backends.types import JsonObject

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


class RefusedParameters:
    """What one server does not take, learnt from its refusals."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def accepted(self, body: JsonObject) -> JsonObject:
        """The body without what was refused before, or with it under its other name."""
        for name in self._names:
            outer, _, inner = name.partition(".")
            holder = body.get(outer)
            if inner and isinstance(holder, dict):
                holder.pop(inner, None)
            elif not inner and name in body:
                value = body.pop(name)
                other = _OTHER_NAME.get(name)
                if other and other not in self._names:
                    body[other] = value
        return body

    def learn(self, error: RequestRefused | Unauthorized, body: JsonObject) -> bool:
        """Whether the refusal names a parameter of `body` that can be left out, which it is from now on."""
        parameter = error.parameter if isinstance(error, RequestRefused) else ""
        name = parameter if parameter in _OPTIONAL else _named_in(error.server_words, body)
        if not _holds(body, name) or (isinstance(error, Unauthorized) and name != "reasoning.summary"):
            return False
        self._names.add(name)
        return True


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
