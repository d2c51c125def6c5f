"""One call as a server delivered it, to one call that fits its tool, or a refusal. The order is that of gpt-oss.md §6.

A valid call leaves as it came. Knows tools by their schemas and the table in `trained`; does no I/O.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from backends.frozen import frozen
from backends.repair.json_text import is_bounded, read_leniently, read_strictly, write
from backends.repair.names import find_tool, unknown_tool
from backends.repair.outcome import CannotRead, Outcome, Refusal, Repaired
from backends.repair.patches import bare_patch, begins_like_patch, command_line, patch_in_command, without_fence
from backends.repair.schema import fit_arguments, properties_of, required_of
from backends.repair.trained import EXEC, PATCH, renamed
from backends.types import JsonObject, JsonValue, ToolCall, ToolSpec

_BEFORE_OBJECT = re.compile(r"(?:<\|\w+\|>|\s|\ufeff|```|(?:json|code|commentary)\b)+(?=[{\[\"'])")
_LOST_MEMBERS = re.compile(r"\s*,?\s*(?:\"[^\"]*\"|'[^']*'|\w+)\s*:")
_WRAPPER_NAMES = ("name", "tool", "tool_name", "function", "recipient_name")
_WRAPPER_KEYS = ("arguments", "parameters", "args", "input")


def repair_call(
    name: str,
    arguments: JsonValue,
    tools: Sequence[ToolSpec],
    finish_reason: str = "stop",
    call_id: str = "",
) -> Outcome:
    """One reading of a call, or none.

    `arguments` is the JSON text as generated, or the value a server has already parsed. `finish_reason` "length" says
    that generation was cut off. An empty `call_id` gets a new one.
    """
    reading = _Reading(
        name, arguments, tuple(tools), finish_reason == "length", call_id or f"call_{os.urandom(6).hex()}"
    )
    try:
        return reading.untouched() or reading.mended()
    except CannotRead as no:
        raw = arguments if isinstance(arguments, str) else write(arguments)
        return Refusal(no.reason, no.explanation, f"{name} {raw}".strip())


@frozen
class _Reading:
    name: str
    arguments: JsonValue
    tools: tuple[ToolSpec, ...]
    is_cut: bool
    call_id: str

    def untouched(self) -> Repaired | None:
        """The call itself when it is valid as it stands."""
        tool = next((tool for tool in self.tools if tool.name == self.name), None)
        if tool is None:
            return None
        try:
            value = read_strictly(self.arguments) if isinstance(self.arguments, str) else self.arguments
        except ValueError:
            return None
        if not isinstance(value, dict) or not is_bounded(value) or _patch_elsewhere(tool, value, self.tools):
            return None
        try:
            fitted, coercions = fit_arguments(value, tool.parameters)
        except CannotRead:
            return None
        if coercions:
            return None
        text = self.arguments if isinstance(self.arguments, str) else write(fitted)
        return Repaired(ToolCall(self.call_id, tool.name, fitted, text))

    def mended(self) -> Repaired:
        tool = find_tool(self.name, self.tools)
        repairs = [] if tool and tool.name == self.name else ["name"]
        arguments, mends = self._read(tool)
        repairs += mends
        if isinstance(arguments, dict):
            inner = _wrapped(arguments, tool, self.tools)
            if inner is not None:
                tool, arguments, more = self._unwrapped(inner, tool)
                repairs += ["wrapper removed", *more]
        if tool is None:
            tool = self._inferred(arguments)
        if isinstance(arguments, str):
            tool, arguments = self._patch_call(tool, arguments)
            repairs.append("bare patch")
        return self._fitted(tool, arguments, repairs)

    # ── arguments ────────────────────────────────────────────────────────────

    def _read(self, tool: ToolSpec | None) -> tuple[JsonObject | str, list[str]]:
        """The arguments as one object, or as the text of one whole patch."""
        if isinstance(self.arguments, str):
            return self._read_text(self.arguments, tool, 0)
        return self._as_object(self.arguments, tool, 0)

    def _as_object(self, value: JsonValue, tool: ToolSpec | None, depth: int) -> tuple[JsonObject | str, list[str]]:
        if not is_bounded(value):
            raise CannotRead("not_json", "The arguments are nested too deeply or hold a number out of range.")
        match value:
            case dict():
                return value, []
            case [dict() as only]:
                return only, ["list removed"]
            case [str(only)] if (patch := bare_patch(only)) is not None:
                return patch, ["list removed"]
            case None if tool is not None and not required_of(tool.parameters):
                return {}, ["empty arguments"]
            case str() if depth == 0 and (patch := bare_patch(value)) is not None:
                return patch, ["quotes removed"]
            case str() if depth == 0:
                inner, mends = self._read_text(value, tool, 1)
                return inner, ["decoded twice", *mends]
            case _:
                raise CannotRead("schema", "The arguments are not an object.")

    def _read_text(self, text: str, tool: ToolSpec | None, depth: int) -> tuple[JsonObject | str, list[str]]:
        if not text.strip():
            return self._empty(tool)
        if (patch := bare_patch(text)) is not None:
            return patch, []
        if begins_like_patch(text):
            raise CannotRead("truncated", "The patch ends before *** End Patch; nothing was changed.")
        mends: list[str] = []
        if (inside := without_fence(text)) is not None:
            text, mends = inside, ["fence removed"]
        if leading := _BEFORE_OBJECT.match(text):
            if leading.group().strip():
                mends.append("leading text removed")
            text = text[leading.end() :]
        if text.lstrip()[:1] not in ("{", "[", '"', "'"):
            return self._as_object(self._scalar(text), tool, depth)
        value, more, rest = read_leniently(text, self.is_cut)
        if rest.strip():
            if _LOST_MEMBERS.match(rest):
                raise CannotRead("not_json", "The arguments go on after their closing brace.")
            more = (*more, "trailing text removed")
        fitted, last = self._as_object(value, tool, depth)
        return fitted, [*mends, *more, *last]

    def _scalar(self, text: str) -> JsonValue:
        try:
            return read_strictly(text)
        except ValueError as error:
            reason = "truncated" if self.is_cut else "not_json"
            raise CannotRead(reason, "The arguments are not a JSON object.") from error

    def _empty(self, tool: ToolSpec | None) -> tuple[JsonObject, list[str]]:
        if self.is_cut:
            raise CannotRead("truncated", "The call ends before its arguments.")
        if tool is None:
            raise unknown_tool("", self.tools)
        return {}, ["empty arguments"]

    # ── the tool ─────────────────────────────────────────────────────────────

    def _unwrapped(
        self, inner: tuple[str, JsonValue], tool: ToolSpec | None
    ) -> tuple[ToolSpec | None, JsonObject | str, list[str]]:
        name, value = inner
        named = find_tool(name, self.tools) if name else None
        if tool and named and tool.name != named.name:
            raise CannotRead("ambiguous_tool", f"The call is addressed to `{tool.name}` and names `{named.name}`.")
        tool = tool or named
        within = _Reading(self.name, value, self.tools, self.is_cut, self.call_id)
        arguments, mends = within._read(tool)
        return tool, arguments, mends

    def _inferred(self, arguments: JsonObject | str) -> ToolSpec | None:
        """With the name lost: the one tool that takes exactly these keys, in its own spelling before another."""
        if isinstance(arguments, str):
            return None
        for respell in (False, True):
            fitting = [tool for tool in self.tools if arguments and _takes(tool, arguments, respell)]
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                names = " or ".join(f"`{tool.name}`" for tool in fitting)
                raise CannotRead("ambiguous_tool", f"The call names no tool, and its arguments fit {names}.")
        raise unknown_tool("", self.tools)

    def _patch_call(self, tool: ToolSpec | None, patch: str) -> tuple[ToolSpec, JsonObject]:
        patch_tool = _patch_tool(self.tools)
        if patch_tool is None:
            raise unknown_tool("apply_patch" if tool is None else self.name, self.tools)
        if tool is not None and tool.name != patch_tool.name:
            raise CannotRead("not_json", f"`{tool.name}` does not take a patch.")
        return patch_tool, {_patch_parameter(patch_tool): patch}

    def _fitted(self, tool: ToolSpec | None, arguments: JsonObject, repairs: list[str]) -> Repaired:
        if tool is None:
            raise unknown_tool(self.name, self.tools)
        own = renamed(arguments, tool.name, frozenset(properties_of(tool.parameters)))
        if list(own) != list(arguments):
            repairs.append("parameter renamed")
        own, more = _in_the_tools_form(tool, own)
        repairs += more
        if patched := _patch_elsewhere(tool, own, self.tools):
            tool, own = patched
            repairs.append("patch taken out of a command")
        fitted, coercions = fit_arguments(own, tool.parameters)
        call = ToolCall(self.call_id, tool.name, fitted, write(fitted))
        return Repaired(call, (*dict.fromkeys(repairs), *coercions))


def _wrapped(arguments: JsonObject, tool: ToolSpec | None, tools: Sequence[ToolSpec]) -> tuple[str, JsonValue] | None:
    """Name (may be empty) and arguments of a call that was written into the arguments."""
    if tool is not None and any(key in properties_of(tool.parameters) for key in arguments):
        return None
    keys = set(arguments) - ({"type"} if arguments.get("type") == "function" else set())
    inner = arguments.get("function")
    if keys == {"function"} and isinstance(inner, dict):
        return _wrapped(inner, tool, tools)
    for key in _WRAPPER_KEYS:
        named = next((arguments[name] for name in _WRAPPER_NAMES if keys == {name, key}), None)
        if isinstance(named, str):
            return named, arguments[key]
        if keys == {key} and isinstance(arguments[key], dict if key == "input" else dict | str):
            takers = [each for each in tools if key in properties_of(each.parameters)]
            if tool is not None or not takers:
                return "", arguments[key]
    return None


def _takes(tool: ToolSpec, arguments: JsonObject, respell: bool) -> bool:
    properties = frozenset(properties_of(tool.parameters))
    own = renamed(arguments, tool.name, properties) if respell else arguments
    if not set(own) <= properties:
        return False
    try:
        fit_arguments(_in_the_tools_form(tool, own)[0], tool.parameters)
    except CannotRead:
        return False
    return True


def _in_the_tools_form(tool: ToolSpec, arguments: JsonObject) -> tuple[JsonObject, list[str]]:
    """An argv list as the shell line that a tool wants; a patch out of the list or command it was wrapped in."""
    for key in ("command", "cmd"):
        wants_text = tool.name in EXEC.offered and _is_text(tool, key)
        if wants_text and (line := command_line(arguments.get(key))) is not None:
            return arguments | {key: line}, ["argv joined"]
    if tool.name in PATCH.offered:
        key = _patch_parameter(tool)
        if (patch := _patch_in(arguments.get(key))) is not None:
            return arguments | {key: patch}, ["patch unwrapped"]
    return arguments, []


def _patch_in(value: JsonValue) -> str | None:
    if not isinstance(value, list):
        return None
    lines = [line for line in value if isinstance(line, str)]
    if len(lines) != len(value):
        return None
    if len(lines) == 1:
        return bare_patch(lines[0])
    return patch_in_command(value) or bare_patch("\n".join(line.removesuffix("\n") for line in lines) + "\n")


def _patch_elsewhere(
    tool: ToolSpec, arguments: JsonObject, tools: Sequence[ToolSpec]
) -> tuple[ToolSpec, JsonObject] | None:
    """A command that does nothing but call `apply_patch`, which is a tool and not a program (gpt-oss.md §3)."""
    patch_tool = _patch_tool(tools)
    if tool.name not in EXEC.offered or patch_tool is None:
        return None
    others = {key for key, value in arguments.items() if value not in ("", ".", None)} - {"command", "cmd"}
    patch = patch_in_command(arguments.get("command", arguments.get("cmd")))
    if patch is None or others:
        return None
    return patch_tool, {_patch_parameter(patch_tool): patch}


def _patch_tool(tools: Sequence[ToolSpec]) -> ToolSpec | None:
    return next((tool for tool in tools if tool.name in PATCH.offered), None)


def _patch_parameter(tool: ToolSpec) -> str:
    required = required_of(tool.parameters)
    return required[0] if len(required) == 1 else "patch"


def _is_text(tool: ToolSpec, key: str) -> bool:
    schema = properties_of(tool.parameters).get(key)
    return isinstance(schema, dict) and schema.get("type") == "string"
