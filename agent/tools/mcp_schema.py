"""Tools of an MCP server as the model is told of them: names and parameters as flat and short as gpt-oss needs.

Pure. A flattened schema only describes; what the model sends goes to the server as it is, and the server checks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backends.types import JsonObject, JsonValue, ToolSpec

DESCRIPTION_LIMIT = 600
PARAMETER_LIMIT = 200
"""Characters of a tool's and of a parameter's description: every request pays for them."""

_NAME_LIMIT = 64
_PLAIN_TYPES = ("string", "integer", "number", "boolean", "array", "object")
_MOST_REFERENCES = 20


def tool_name(server: str, tool: str, taken: Iterable[str] = ()) -> str:
    """`server_tool` in small letters, digits and underscores, unlike every name that is `taken`."""
    name = re.sub(r"[^a-z0-9]+", "_", f"{server}_{tool}".lower()).strip("_")[:_NAME_LIMIT] or "tool"
    used = set(taken)
    if name not in used:
        return name
    return next(other for n in range(2, len(used) + 3) if (other := f"{name[: _NAME_LIMIT - 4]}_{n}") not in used)


def flat_spec(name: str, description: str, schema: JsonObject) -> ToolSpec:
    """A spec with one level of parameters; what is nested is told in words."""
    properties = schema.get("properties")
    flat: JsonObject = {}
    if isinstance(properties, dict):
        flat = {key: _parameter(value, schema) for key, value in properties.items()}
    required = schema.get("required")
    listed = required if isinstance(required, list) else []
    named: list[JsonValue] = [key for key in listed if isinstance(key, str) and key in flat]
    parameters: JsonObject = {"type": "object", "properties": flat, "required": named}
    return ToolSpec(name, _short(description, DESCRIPTION_LIMIT) or name.replace("_", " "), parameters)


def _parameter(schema: JsonValue, root: JsonObject) -> JsonObject:
    known = _resolved(schema, root)
    flat: JsonObject = {"type": _type(known)}
    said = known.get("description")
    words = [said] if isinstance(said, str) and said.strip() else []
    match known:
        case {"enum": list(allowed)} if allowed and all(isinstance(value, str) for value in allowed):
            flat["enum"] = allowed
            words.append(f"One of {', '.join(map(str, allowed))}.")
        case {"type": "object", "properties": dict(inner)}:
            words.append(f"Keys: {_keys(inner, known, root)}.")
        case {"type": "array", "items": dict(items)}:
            item = _resolved(items, root)
            flat["items"] = {"type": _type(item)}
            if isinstance(inner := item.get("properties"), dict):
                words.append(f"Each with keys: {_keys(inner, item, root)}.")
        case _:
            pass
    if "default" in known and known["default"] not in (None, ""):
        words.append(f"Default {known['default']}.")
    if words:
        flat["description"] = _short(" ".join(words), PARAMETER_LIMIT)
    return flat


def _keys(properties: JsonObject, schema: JsonObject, root: JsonObject) -> str:
    required = schema.get("required")
    must = required if isinstance(required, list) else []
    return ", ".join(
        f"{key} ({_type(_resolved(value, root))}{'' if key in must else ', optional'})"
        for key, value in properties.items()
    )


def _resolved(schema: JsonValue, root: JsonObject) -> JsonObject:
    """`schema` without references, and of a choice the first that is not null."""
    known = schema if isinstance(schema, dict) else {}
    for _ in range(_MOST_REFERENCES):
        match known:
            case {"$ref": str(path)}:
                target: JsonValue = _at(root, path)
            case {"anyOf": [*branches]} | {"oneOf": [*branches]} | {"allOf": [*branches]}:
                target = next((branch for branch in branches if not _is_null(branch)), None)
            case _:
                return known
        said = {key: value for key, value in known.items() if key in ("description", "default")}
        known = {**(target if isinstance(target, dict) else {}), **said}
    return {}


def _at(root: JsonObject, path: str) -> JsonValue:
    found: JsonValue = root
    for name in path.removeprefix("#/").split("/"):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _is_null(branch: JsonValue) -> bool:
    return isinstance(branch, dict) and branch.get("type") == "null"


def _type(schema: JsonObject) -> str:
    declared = schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    return next((name for name in names if isinstance(name, str) and name in _PLAIN_TYPES), "string")


def _short(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
