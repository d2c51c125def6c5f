"""A call inside an error: Ollama fails the whole request when the arguments are not a JSON object (gpt-oss.md §4).

The text of the arguments is quoted in the error; the name of the tool is not. No I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from backends.repair.call import repair_call
from backends.repair.outcome import Outcome
from backends.types import JsonValue, ToolSpec

_PARSE_ERROR = re.compile(r"error parsing tool call: raw='(?P<raw>.*)', err=", re.DOTALL)


def repair_error(
    body: str, tools: Sequence[ToolSpec], finish_reason: str = "stop", call_id: str = ""
) -> Outcome | None:
    """The call that an error message quotes; None when the error is about something else.

    `body` is the response body, one `{"error": …}` line of a stream, or the bare message.
    """
    quoted = _PARSE_ERROR.search(_message(body))
    return repair_call("", quoted["raw"], tools, finish_reason, call_id) if quoted else None


def _message(body: str) -> str:
    try:
        value: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        return body
    while isinstance(value, dict):
        value = value.get("error", value.get("message", ""))
    return value if isinstance(value, str) else body
