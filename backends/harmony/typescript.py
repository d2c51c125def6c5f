"""Tool signatures in the TypeScript form in which gpt-oss was trained to read them.

Pure text; knows JSON schema and nothing of messages. Follows the official openai-harmony renderer to the character,
its odd indentation included: every deviation is a prompt the model has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

from backends.types import JsonObject, JsonValue, ToolSpec


def render_tools(tools: tuple[ToolSpec, ...]) -> str:
    """The `# Tools` section of the developer message, without a final newline."""
    lines = ["# Tools", "", "## functions", "", "namespace functions {", ""]
    for tool in tools:
        lines += [f"// {line}" for line in _lines(tool.description)]
        lines += [f"type {tool.name} = {_signature(tool.parameters)} => any;", ""]
    lines.append("} // namespace functions")
    return "\n".join(lines)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _signature(parameters: JsonObject) -> str:
    return f"(_: {_type(parameters, '')})" if parameters else "()"


def _type(schema: JsonValue, indent: str) -> str:
    if not isinstance(schema, dict):
        return "any"
    match schema.get("oneOf"), schema.get("type"):
        case list() as variants, _:
            return _union(variants, indent)
        case _, list() as names if names:
            return " | ".join("number" if name == "integer" else str(name) for name in names)
        case _, "object":
            return _object(schema, indent)
        case _, "array":
            return f"{_type(schema['items'], indent)}[]" if "items" in schema else "Array<any>"
        case _, "string":
            return " | ".join(f'"{word}"' for word in _words(schema.get("enum"))) or "string"
        case _, "number" | "integer":
            return "number"
        case _, "boolean":
            return "boolean"
        case _:
            return "any"


def _nullable_type(schema: JsonValue, indent: str) -> str:
    rendered = _type(schema, indent)
    if isinstance(schema, dict) and schema.get("nullable") is True and "null" not in rendered:
        return f"{rendered} | null"
    return rendered


def _object(schema: JsonObject, indent: str) -> str:
    parts: list[str] = []
    if isinstance(description := schema.get("description"), str):
        parts.append(f"{indent}// {description}\n")
    parts.append("{\n")
    required = _words(schema.get("required"))
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for name, value in properties.items():
            field = cast("JsonObject", value) if isinstance(value, dict) else {}
            parts += _property(name if name in required else f"{name}?", field, indent)
    parts.append(f"{indent}}}")
    return "".join(parts)


def _property(name: str, schema: JsonObject, indent: str) -> Iterator[str]:
    variants = schema.get("oneOf")
    if isinstance(title := schema.get("title"), str):
        yield f"{indent}// {title}\n{indent}//\n"
    description = schema.get("description")
    if isinstance(description, str) and not isinstance(variants, list):
        yield f"{indent}// {description}\n"
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        yield f"{indent}// Examples:\n"
        yield from (f'{indent}// - "{example}"\n' for example in examples if isinstance(example, str))
    if isinstance(variants, list):
        yield from _one_of_property(name, schema, variants, indent)
        return
    default = f" // {_default(schema)}" if "default" in schema else ""
    yield f"{indent}{name}: {_nullable_type(schema, indent + '    ')},{default}\n"


def _one_of_property(name: str, schema: JsonObject, variants: list[JsonValue], indent: str) -> Iterator[str]:
    own = schema.get("description")
    shown_above = isinstance(own, str) and not _first_variant_says(variants, own)
    if shown_above:
        yield f"{indent}// {own}\n"
    if "default" in schema:
        yield f"{indent}// {_default(schema)}\n"
    yield f"{indent}{name}:\n"
    for position, variant in enumerate(variants):
        hidden = (own,) if position or not shown_above else (own, _described(variant))
        yield f"{indent} | {_nullable_type(variant, indent + '   ')}{_remark(variant, hidden)}\n"
    yield f"{indent},\n"


def _union(variants: list[JsonValue], indent: str) -> str:
    return "".join(
        f"\n{indent} | {_nullable_type(variant, indent + '   ')}{_remark(variant, (), quotes_always=True)}"
        for variant in variants
    )


def _first_variant_says(variants: list[JsonValue], text: str) -> bool:
    return bool(variants) and _described(variants[0]) == text


def _described(schema: JsonValue) -> JsonValue:
    return schema.get("description") if isinstance(schema, dict) else None


def _remark(variant: JsonValue, hidden: tuple[JsonValue, ...], quotes_always: bool = False) -> str:
    """The comment behind one variant of a union: its description, unless said elsewhere, and its default."""
    if not isinstance(variant, dict):
        return ""
    said: list[str] = []
    if isinstance(description := variant.get("description"), str) and description not in hidden:
        said.append(description)
    if "default" in variant:
        said.append(_default(variant, quotes_always))
    return f" // {' '.join(said)}" if said else ""


def _default(schema: JsonObject, quotes_always: bool = False) -> str:
    value = schema["default"]
    if isinstance(value, str) and not schema.get("enum"):
        return f'default: "{value}"'
    if isinstance(value, str) and not quotes_always:
        return f"default: {value}"
    return f"default: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"


def _words(value: JsonValue) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
