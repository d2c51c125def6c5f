"""Strategies: conversations and tool schemas as the agent may send them."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from backends.types import (
    AssistantMessage,
    ChatRequest,
    JsonValue,
    Message,
    ToolCall,
    ToolResult,
    ToolSpec,
    UserMessage,
)

NAMES = st.sampled_from(["open_file", "search", "apply_patch", "exec", "print_tree", "git_status"])
plain_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: "<|" not in text)
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20).filter(
    lambda text: "<|" not in text
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | plain_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_text, inner, max_size=3),
    max_leaves=5,
)
remarks = st.fixed_dictionaries({}, optional={"description": words, "nullable": st.booleans()})
defaults = st.fixed_dictionaries({}, optional={"default": words | st.integers(-99, 99) | st.booleans() | st.none()})
annotations = st.fixed_dictionaries({}, optional={"title": words, "examples": st.lists(words, max_size=2)})


def _merged(*parts: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {key: value for part in parts for key, value in part.items()}


_scalars = st.one_of(
    st.sampled_from([{"type": name} for name in ("string", "integer", "number", "boolean", "array", "object")]),
    st.just({}),
    st.lists(words, min_size=1, max_size=3, unique=True).map(lambda options: {"type": "string", "enum": options}),
    st.just({"type": ["string", "null"]}),
    st.just({"type": ["integer", "string"]}),
    st.just({"anyOf": [{"type": "string"}]}),
)


def _fields(inner: st.SearchStrategy[dict[str, JsonValue]]) -> st.SearchStrategy[dict[str, JsonValue]]:
    names = st.text("abcxyz_", min_size=1, max_size=6)
    return st.builds(
        lambda fields, required, more: {
            "type": "object",
            "properties": fields,
            "required": [name for name in fields if name in required],
            **more,
        },
        st.dictionaries(names, inner, max_size=4),
        st.sets(names, max_size=3),
        st.fixed_dictionaries({}, optional={"description": words}),
    )


schemas = st.recursive(
    st.builds(_merged, _scalars, remarks, defaults, annotations),
    lambda inner: st.one_of(
        st.builds(_merged, inner.map(lambda item: {"type": "array", "items": item}), remarks),
        st.builds(_merged, st.lists(inner, min_size=1, max_size=3).map(lambda v: {"oneOf": v}), remarks, defaults),
        _fields(inner),
    ),
    max_leaves=8,
)
parameters = st.one_of(st.just({}), _fields(schemas))
tools = st.lists(
    st.builds(ToolSpec, name=NAMES, description=st.text("ab \n", max_size=12), parameters=parameters),
    max_size=3,
    unique_by=lambda tool: tool.name,
).map(tuple)


def _call(name: str, arguments: dict[str, JsonValue]) -> ToolCall:
    return ToolCall("c1", name, arguments, json.dumps(arguments, ensure_ascii=False))


calls = st.builds(_call, NAMES, st.dictionaries(words, json_values, max_size=3))
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(UserMessage, plain_text),
    st.builds(AssistantMessage, plain_text, plain_text, st.none() | calls),
    st.builds(ToolResult, st.just("c1"), NAMES, plain_text),
)
requests = st.builds(
    ChatRequest,
    model=st.just("gpt-oss"),
    instructions=plain_text,
    messages=st.lists(messages, max_size=6).map(tuple),
    tools=tools,
    effort=st.sampled_from(["low", "medium", "high"]),
    date=st.sampled_from(["", "2026-11-22"]),
)
