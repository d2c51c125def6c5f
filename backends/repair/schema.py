"""Arguments against a tool's JSON schema: fit them where nothing is lost, or say what does not fit.

Knows the part of JSON schema that tools use (types, required, enum, nested objects and lists); a keyword it does not
know restricts nothing. A key beside the named `properties` is refused unless `additionalProperties` allows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from backends.repair.json_text import read_strictly
from backends.repair.outcome import CannotRead
from backends.types import JsonObject, JsonValue

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,15})\.\d{1,15}")

_IS_TYPE: dict[str, Callable[[JsonValue], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def fit_arguments(arguments: JsonObject, schema: JsonObject) -> tuple[JsonObject, tuple[str, ...]]:
    """`arguments` as the schema wants them, and what was coerced; the same object when they fit as they are.

    Raises CannotRead("schema") with the path of what does not fit.
    """
    fitting = _Fitting()
    fitted = fitting.object(arguments, schema, "")
    return (fitted, tuple(dict.fromkeys(fitting.coercions))) if fitting.coercions else (arguments, ())


def properties_of(schema: JsonValue) -> dict[str, JsonValue]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def required_of(schema: JsonObject) -> list[str]:
    required = schema.get("required")
    return [name for name in required if isinstance(name, str)] if isinstance(required, list) else []


class _Fitting:
    """One pass over one set of arguments; gathers the names of its coercions."""

    def __init__(self) -> None:
        self.coercions: list[str] = []

    def object(self, value: JsonObject, schema: JsonObject, path: str) -> JsonObject:
        properties, required = properties_of(schema), required_of(schema)
        more = schema.get("additionalProperties")
        is_open = more is True or isinstance(more, dict) or ("properties" not in schema and more is not False)
        fitted: JsonObject = {}
        for name, member in value.items():
            inner = f"{path}.{name}" if path else name
            if member is None and name not in required and not _allows_null(properties.get(name)) and not is_open:
                self.coercions.append("null dropped")
            elif name in properties:
                fitted[name] = self.value(member, properties[name], inner)
            elif not is_open:
                raise _misfit(f"`{inner}` is not a parameter")
            else:
                fitted[name] = self.value(member, more, inner) if isinstance(more, dict) else member
        if missing := [name for name in required if name not in fitted]:
            raise _misfit(f"`{f'{path}.' if path else ''}{missing[0]}` is missing")
        return fitted

    def value(self, value: JsonValue, schema: JsonValue, path: str) -> JsonValue:
        if not isinstance(schema, dict):
            return value
        if branches := _branches(schema):
            return self._any_of(value, branches, path)
        types = _types(schema)
        if not types or any(_IS_TYPE[name](value) for name in types):
            fitted = value
        else:
            fitted = self._coerce(value, types, path)
        fitted = self._inside(fitted, schema, path)
        allowed = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(allowed, list) and not any(_same(fitted, each) for each in allowed):
            raise _misfit(f"`{path}` is not one of the allowed values")
        return fitted

    def _inside(self, value: JsonValue, schema: JsonObject, path: str) -> JsonValue:
        if isinstance(value, dict) and ("properties" in schema or "required" in schema):
            return self.object(value, schema, path)
        if isinstance(value, list) and isinstance(items := schema.get("items"), dict):
            return [self.value(item, items, f"{path}[{number}]") for number, item in enumerate(value)]
        return value

    def _any_of(self, value: JsonValue, branches: list[JsonValue], path: str) -> JsonValue:
        """The first branch that takes the value as it is; coercion inside a choice would be a guess."""
        for branch in branches:
            attempt = _Fitting()
            try:
                fitted = attempt.value(value, branch, path)
            except CannotRead:
                continue
            if not attempt.coercions:
                return fitted
        raise _misfit(f"`{path}` fits none of its forms")

    def _coerce(self, value: JsonValue, types: list[str], path: str) -> JsonValue:
        readings = [(name, found) for name in types for found in _lossless(value, name)]
        if len(readings) != 1:
            raise _misfit(f"`{path}` should be {' or '.join(types)}")
        name, found = readings[0]
        self.coercions.append(f"{path.partition('.')[0].partition('[')[0]} read as {name}")
        return found


def _lossless(value: JsonValue, wanted: str) -> list[JsonValue]:
    """The one value of type `wanted` that says exactly the same, as a list of at most one."""
    match wanted, value:
        case "integer", str() if _INTEGER.fullmatch(value) and value != "-0":
            return [int(value)]
        case "integer", float() if value.is_integer() and abs(value) < 2**53:
            return [int(value)]
        case "number", str() if _INTEGER.fullmatch(value) or _DECIMAL.fullmatch(value):
            return [int(value) if _INTEGER.fullmatch(value) else float(value)]
        case "boolean", "true" | "True":
            return [True]
        case "boolean", "false" | "False":
            return [False]
        case "string", int() if not isinstance(value, bool):
            return [str(value)]
        case "string", [str(only)]:
            return [only]
        case (("array" | "object"), str()):
            return _nested(value, list if wanted == "array" else dict)
        case _:
            return []


def _nested(text: str, kind: type) -> list[JsonValue]:
    try:
        value = read_strictly(text)
    except ValueError:
        return []
    return [value] if isinstance(value, kind) else []


def _branches(schema: JsonObject) -> list[JsonValue]:
    for keyword in ("anyOf", "oneOf"):
        if isinstance(branches := schema.get(keyword), list) and branches:
            return branches
    return []


def _types(schema: JsonObject) -> list[str]:
    declared = schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    types = [name for name in names if isinstance(name, str) and name in _IS_TYPE]
    return [*types, "null"] if types and schema.get("nullable") is True else types


def _allows_null(schema: JsonValue) -> bool:
    if not isinstance(schema, dict):
        return True
    if branches := _branches(schema):
        return any(_allows_null(branch) for branch in branches)
    types = _types(schema)
    return not types or "null" in types


def _same(one: JsonValue, other: JsonValue) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _misfit(what: str) -> CannotRead:
    return CannotRead("schema", f"The arguments do not fit the tool: {what}.")
