"""Calls that arrived as text: Harmony that a server did not parse, or a whole message that is one call.

Everything else is text for the reader: bare JSON, quoted examples, shown patches (corpora/README.md, rule 5). No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from backends.events import ReasoningDelta, TextDelta
from backends.harmony import CONTROL_TOKENS, HarmonyParser, restore
from backends.repair.call import repair_call
from backends.repair.json_text import read_strictly, write
from backends.repair.names import find_tool
from backends.repair.outcome import CannotRead, Outcome, Refusal, TextReading
from backends.types import ToolSpec

Place = Literal["content", "thinking"]

_TOKENS = "|".join(re.escape(token) for token in CONTROL_TOKENS)
_STARTS_AS_HEADER = re.compile(rf"\s*(?:{_TOKENS}|(?:assistant\s*)?to=[\w.]+\s*<\|)")
_LEAKED_HEADER = re.compile(
    r"(?:(?:<\|end\|>)?<\|start\|>assistant[^<`]*|<\|end\|>|(?<![`\"'\w(]))"
    r"(?:<\|channel\|>(?:analysis|commentary|final)|to=[\w.]+<\|channel\|>)[^`\n]{0,120}?<\|message\|>"
)
_RECIPIENT = re.compile(r"\bto=\s*([^\s<{\[\"]+)")
_STRIPPED_START = re.compile(r"\s*(?:assistant\s*)?(?:analysis|commentary|final|to=functions\.)")
_WHOLE_CALL_BEGUN = re.compile(r'\s*\{\s*"name"\s*:\s*"([^"\\]{1,200})"\s*,\s*"(?:arguments|parameters)"\s*:')
_STRIPPED_CALL = re.compile(
    r"(?:^|assistant)\s*(?:(?:analysis|commentary)\s*)?to=(?P<name>[\w.-]+)(?:\s+(?:json|code))?\s*(?=[{\[])"
)


def repair_text(
    text: str,
    tools: Sequence[ToolSpec],
    where: Place = "content",
    finish_reason: str = "stop",
    call_id: str = "",
) -> TextReading:
    """Looks for the one call that `text` is, and says what remains to be shown.

    `where` is the field it came in. For thinking, `show` is visible text that a missed token left in there.
    """
    shown = text if where == "content" else ""
    if _is_harmony(text):
        return _read_harmony(text, tools, where, finish_reason, call_id) or TextReading(None, shown)
    if reading := _read_stripped(text, tools, finish_reason, call_id):
        return reading
    if where == "content" and (outcome := _whole_message_call(text, tools, finish_reason, call_id)):
        return TextReading(outcome, "")
    return TextReading(None, shown)


def _is_harmony(text: str) -> bool:
    """Whether control tokens in `text` are structure; in prose, code, fences and block quotes they are shown."""
    if "<|" not in text:
        return False
    if _STARTS_AS_HEADER.match(text):
        return True
    leak = _LEAKED_HEADER.search(text)
    return leak is not None and not _is_quoted(text[: leak.start()])


def _is_quoted(before: str) -> bool:
    fences = len(re.findall(r"^[ \t]*(?:```|~~~)", before, re.MULTILINE))
    last_line = before.rpartition("\n")[2]
    is_in_code = fences % 2 == 1 or last_line.count("`") % 2 == 1 or before.endswith(("    ", "\t"))
    return is_in_code or last_line.lstrip().startswith(">")


def _read_harmony(
    text: str, tools: Sequence[ToolSpec], where: Place, finish_reason: str, call_id: str
) -> TextReading | None:
    parser = HarmonyParser()
    opened = "<|channel|>analysis<|message|>" if where == "thinking" and not _STARTS_AS_HEADER.match(text) else ""
    events = parser.feed(opened + text)
    sample = parser.finish("length" if finish_reason == "length" else "stop")
    events += sample.events
    show = "".join(event.text for event in events if isinstance(event, TextDelta)).strip()
    if sample.call is not None:
        if sample.call.is_cut:
            refusal = Refusal("truncated", "The call was cut off before its end; nothing was run.", text)
            return TextReading(refusal, show)
        return TextReading(
            repair_call(sample.call.recipient, sample.call.arguments, tools, finish_reason, call_id), show
        )
    if sample.is_unfinished:
        if not _RECIPIENT.search(text):
            return None
        return TextReading(Refusal("truncated", "The call ends before its arguments; nothing was run.", text), show)
    has_heard = show or any(isinstance(event, ReasoningDelta) for event in events)
    return TextReading(None, show) if has_heard else None


def _read_stripped(text: str, tools: Sequence[ToolSpec], finish_reason: str, call_id: str) -> TextReading | None:
    """Harmony whose control tokens were dropped in decoding: `analysis…assistantcommentary to=functions.x json{…}`."""
    if not _STRIPPED_START.match(text):
        return None
    call = _STRIPPED_CALL.search(text)
    if call is None:
        is_thinking_first = text.lstrip().removeprefix("assistant").startswith("analysis")
        thought, border, answer = text.rpartition("assistantfinal")
        return TextReading(None, answer) if is_thinking_first and border and thought else None
    before = text[: call.start()].lstrip()
    show = before.removeprefix("commentary").strip() if before.startswith("commentary") else ""
    arguments = restore(text[call.end() :])
    return TextReading(repair_call(call["name"], arguments, tools, finish_reason, call_id), show)


def _whole_message_call(text: str, tools: Sequence[ToolSpec], finish_reason: str, call_id: str) -> Outcome | None:
    """The call of a message that is exactly one `{name, arguments}` object for an offered tool."""
    begun = _WHOLE_CALL_BEGUN.match(text)
    if finish_reason == "length" and begun and _is_offered(begun[1], tools):
        return Refusal("truncated", "The call was cut off before its end; nothing was run.", text)
    try:
        value = read_strictly(_without_end_tokens(text))
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    name = value.get("name")
    keys = set(value) - {"name"}
    if not isinstance(name, str) or keys not in ({"arguments"}, {"parameters"}) or not _is_offered(name, tools):
        return None
    arguments = value[keys.pop()]
    if isinstance(arguments, dict):
        arguments = write(arguments)
    return repair_call(name, arguments, tools, finish_reason, call_id)


def _is_offered(name: str, tools: Sequence[ToolSpec]) -> bool:
    try:
        return find_tool(name, tools) is not None
    except CannotRead:
        return False


def _without_end_tokens(text: str) -> str:
    text = text.strip()
    while ending := next((token for token in CONTROL_TOKENS if text.endswith(token)), None):
        text = text.removesuffix(ending).rstrip()
    return text
