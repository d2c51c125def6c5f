"""An answer as JSON that fits a schema: asked for in a last step without tools, checked here, asked again once.

Beside tools such a request makes gpt-oss call a tool named json (gpt-oss.md §2). Knows no session; it is given a way
to ask.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

from backends.repair.outcome import CannotRead
from backends.repair.schema import fit_arguments
from backends.types import AssistantMessage, JsonObject, JsonValue, Message, UserMessage

Ask: TypeAlias = Callable[[tuple[Message, ...]], Awaitable[str]]
"""Sends messages behind the conversation and returns the text of the answer."""

ATTEMPTS = 2
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)


class NotShaped(Exception):
    """No answer fitted the schema; `str()` says what was wrong with the last one."""


async def shaped_answer(ask: Ask, schema: JsonObject) -> JsonValue:
    """The conversation's result as the schema wants it. Raises NotShaped, and what `ask` raises."""
    words = json.dumps(schema, ensure_ascii=False)
    messages: tuple[Message, ...] = (
        UserMessage(f"Give the result as one JSON value that fits this schema, and nothing else:\n{words}"),
    )
    problem = ""
    for _ in range(ATTEMPTS):
        text = await ask(messages)
        try:
            return fit(text, schema)
        except NotShaped as misfit:
            problem = str(misfit)
            messages += (
                AssistantMessage(text or "(nothing)"),
                UserMessage(f"That does not fit: {problem} Send the corrected JSON value, and nothing else."),
            )
    raise NotShaped(problem)


def fit(text: str, schema: JsonObject) -> JsonValue:
    """The JSON value in `text` as the schema wants it; fences around it are allowed. Raises NotShaped.

    A key that the schema does not name is refused, unless its `additionalProperties` allows it.
    """
    value = _value(text)
    # The checker takes objects, as tools do; any other value is checked as the only member of one.
    wrapped: JsonObject = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    try:
        fitted, _ = fit_arguments({"value": value}, wrapped)
    except CannotRead as misfit:
        raise NotShaped(str(misfit).replace("The arguments do not fit the tool: ", "")) from misfit
    return fitted["value"]


def read_schema(text: str) -> JsonObject:
    """Raises ValueError when the text is not a JSON schema, which is an object."""
    schema = cast(JsonValue, json.loads(text))
    if not isinstance(schema, dict):
        raise ValueError("a JSON schema is an object")
    return schema


def _value(text: str) -> JsonValue:
    fenced = _FENCE.search(text)
    try:
        return cast(JsonValue, json.loads(fenced[1] if fenced else text))
    except (ValueError, RecursionError) as error:
        raise NotShaped(f"It is not JSON: {error}.") from error
