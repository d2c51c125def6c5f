"""Finds the patch in what a model sent: JSON, argument lists, shell lines, heredocs, fences, text around it.

Pure. Takes wrappers off and changes nothing inside; knows nothing of hunks.
"""

from __future__ import annotations

import json
import re
from typing import cast

from backends.frozen import frozen

BEGIN = "*** Begin Patch"
FILE_HEADER = re.compile(
    r"\*\*\*\s*(add|create|new|update|modify|edit|change|delete|remove)\s+file\s*:\s*(.*)", re.IGNORECASE
)

_KEYS = ("patch", "input", "command", "cmd", "diff", "text", "content", "arguments")
_BEGIN = re.compile(r"\*\*\*[ \t]*Begin Patch[ \t]*(?:\*\*\*[ \t]*)?$", re.IGNORECASE)
_END = re.compile(r"\*\*\*[ \t]*End Patch(?!\w)", re.IGNORECASE)
_GLUED_END = re.compile(r"([ +-].*\S.*)\*\*\* End Patch\s*")
_FENCED_JSON = re.compile(r"(`{3,}|~{3,})[^\n]*\n\s*([{\[].*)\n\s*\1", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*['\"\\]?(\w+)")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_SHELL_DOUBLE = re.compile(r"(?:-\w*c|apply_patch)\s+\"")
_SHELL_SINGLE = re.compile(r"(?:-\w*c|apply_patch)\s+'")
_NESTING = 6
_ENVELOPES = 50  # more patches in one message are noise


@frozen
class Envelope:
    """The lines between the markers, without line ends. `is_closed` is False when the end marker is missing."""

    lines: tuple[str, ...]
    is_closed: bool


def peel(text: str) -> str:
    """The patch text inside JSON values and argument lists, however deep; other text unchanged."""
    for _ in range(_NESTING):
        fenced = _FENCED_JSON.fullmatch(text.strip())
        inner = _inside_json(fenced[2] if fenced else text.strip())
        if inner is None:
            break
        text = inner
    bare = text.strip()
    if "\n" not in bare and "\\n" in bare and (BEGIN in bare or FILE_HEADER.match(bare)):
        # The line ends were escaped twice; a real patch never fits in one line.
        return bare.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"').replace("\\\\", "\\")
    return text


def find_envelopes(text: str) -> tuple[Envelope, ...]:
    """Every patch in the text, in order; empty when there is none. A missing begin marker is forgiven."""
    lines = _lines(text)
    first = next((index for index, line in enumerate(lines) if _BEGIN.search(line)), None)
    header = next((index for index, line in enumerate(lines) if FILE_HEADER.match(line)), None)
    if first is None:
        return () if header is None else (_envelope(lines, header, lines[:header]),)
    found: list[Envelope] = []
    start: int | None = first
    while start is not None and len(found) < _ENVELOPES:
        envelope = _envelope(_without_indent(lines, start), start + 1, lines[: start + 1])
        found.append(envelope)
        after = start + 1 + len(envelope.lines)
        start = next((i for i in range(after, len(lines)) if _BEGIN.fullmatch(lines[i].strip())), None)
    return tuple(found)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    marked = [line for line in lines if line.startswith("*** ")]
    if marked and all(line.endswith("\r") for line in marked):
        # Even the markers end in CR: the transport wrote CRLF, the content did not ask for it.
        return [line.removesuffix("\r") for line in lines]
    return lines


def _envelope(lines: list[str], start: int, before: list[str]) -> Envelope:
    last = len(lines)
    while last > start and not lines[last - 1].strip():
        last -= 1
    for index in range(start, len(lines)):
        is_last = index == last - 1
        if _END.match(lines[index]) or (is_last and _END.fullmatch(lines[index].strip())):
            return Envelope(_unquoted(lines[start:index], before), is_closed=True)
        if is_last and (glued := _GLUED_END.fullmatch(lines[index])):  # the line end before the marker was lost
            return Envelope(_unquoted([*lines[start:index], glued[1]], before), is_closed=True)
    stop = _wrapper_end(lines, start, before)
    while stop > start and not lines[stop - 1]:
        stop -= 1
    return Envelope(_unquoted(lines[start:stop], before), is_closed=False)


def _wrapper_end(lines: list[str], start: int, before: list[str]) -> int:
    """Where the fence or heredoc around an unclosed patch ends."""
    closers: set[str] = set()
    for line in before:
        heredoc = _HEREDOC.search(line)
        fence = _FENCE.match(line)
        if heredoc:
            closers.add(heredoc.group(1))
        if fence:
            closers.add(fence.group(1))
    return next((i for i in range(start, len(lines)) if lines[i].rstrip() in closers), len(lines))


def _without_indent(lines: list[str], start: int) -> list[str]:
    """A patch that stands indented as a whole, e.g. in a list, moves to the left edge."""
    indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    inside = [line for line in lines[start + 1 :] if line.strip()]
    if not indent or not all(line.startswith(indent) for line in inside):
        return lines
    return [line.removeprefix(indent) for line in lines]


def _unquoted(lines: list[str], before: list[str]) -> tuple[str, ...]:
    """Undo the quoting of a shell word that holds the whole patch."""
    shell = "\n".join(before)
    if _SHELL_DOUBLE.search(shell):
        return tuple(re.sub(r'\\(["\\$`])', r"\1", line) for line in lines)
    if _SHELL_SINGLE.search(shell):
        return tuple(line.replace("'\"'\"'", "'").replace("'\\''", "'") for line in lines)
    return tuple(lines)


def _inside_json(text: str) -> str | None:
    if not text.startswith(("{", "[", '"')):
        return None
    try:
        # Models write raw newlines into JSON strings; strict=False takes them.
        return _patch_in(cast("object", json.loads(text, strict=False)))
    except (ValueError, RecursionError):
        return None


def _patch_in(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        items = [item for item in cast("list[object]", value) if item is not None]
        patches = [item for item in items if isinstance(item, str) and ("*** " in item or "<<<<<<< " in item)]
        if patches:
            return patches[-1]
        return _patch_in(items[0]) if len(items) == 1 else None
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        for key in _KEYS:
            if key in fields:
                return _patch_in(fields[key])
        return _patch_in(next(iter(fields.values()))) if len(fields) == 1 else None
    return None
