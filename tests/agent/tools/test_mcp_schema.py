"""Schemas of tool servers, made flat and short for the model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tools.mcp_schema import DESCRIPTION_LIMIT, PARAMETER_LIMIT, flat_spec, tool_name
from backends.types import JsonObject, JsonValue


@pytest.mark.parametrize(
    ("server", "tool", "taken", "name"),
    [
        ("github", "list_issues", (), "github_list_issues"),
        ("My Server", "Get-Item.v2", (), "my_server_get_item_v2"),
        ("a", "b", ("a_b",), "a_b_2"),
        ("a", "b", ("a_b", "a_b_2"), "a_b_3"),
        ("ü", "ß", (), "tool"),
    ],
)
def test_a_name_says_the_server_and_is_plain_and_unlike_the_others(
    server: str, tool: str, taken: tuple[str, ...], name: str
) -> None:
    assert tool_name(server, tool, taken) == name


@given(st.text(max_size=100), st.text(max_size=100), st.sets(st.text(max_size=5), max_size=5))
def test_every_name_is_one_that_a_model_can_call(server: str, tool: str, taken: set[str]) -> None:
    name = tool_name(server, tool, taken)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
    assert 0 < len(name) <= 64
    assert name not in taken


@pytest.mark.parametrize(
    ("schema", "flat"),
    [
        pytest.param({"type": "integer", "description": "n"}, {"type": "integer", "description": "n"}, id="plain"),
        pytest.param({}, {"type": "string"}, id="nothing said"),
        pytest.param({"type": ["null", "number"]}, {"type": "number"}, id="nullable"),
        pytest.param({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, {"type": "boolean"}, id="choice with null"),
        pytest.param(
            {"enum": ["a", "b"], "type": "string"},
            {"type": "string", "enum": ["a", "b"], "description": "One of a, b."},
            id="allowed values are said in words too",
        ),
        pytest.param({"type": "integer", "default": 3}, {"type": "integer", "description": "Default 3."}, id="default"),
        pytest.param(
            {"type": "object", "properties": {"x": {"type": "integer"}, "y": {}}, "required": ["x"]},
            {"type": "object", "description": "Keys: x (integer), y (string, optional)."},
            id="nested object",
        ),
        pytest.param(
            {"type": "array", "items": {"$ref": "#/$defs/P"}},
            {"type": "array", "items": {"type": "object"}, "description": "Each with keys: x (integer, optional)."},
            id="list of a definition",
        ),
        pytest.param({"$ref": "#/$defs/loop"}, {"type": "string"}, id="a definition that leads to itself"),
        pytest.param({"$ref": "elsewhere.json"}, {"type": "string"}, id="a definition elsewhere"),
        pytest.param(True, {"type": "string"}, id="anything at all"),
    ],
)
def test_a_parameter_has_one_level(schema: JsonValue, flat: JsonObject) -> None:
    definitions: JsonObject = {
        "P": {"type": "object", "properties": {"x": {"type": "integer"}}},
        "loop": {"$ref": "#/$defs/loop"},
    }
    spec = flat_spec("t", "", {"type": "object", "properties": {"p": schema}, "$defs": definitions})
    assert spec.parameters["properties"] == {"p": flat}


def test_descriptions_are_bounded_and_one_line() -> None:
    properties: JsonObject = {"a": {"type": "string", "description": "y " * 500}}
    spec = flat_spec("t", "x\n" * 2_000, {"type": "object", "properties": properties, "required": ["a", "b"]})
    assert len(spec.description) == DESCRIPTION_LIMIT
    assert "\n" not in spec.description
    flat = spec.parameters["properties"]
    assert isinstance(flat, dict)
    assert isinstance(flat["a"], dict)
    assert len(str(flat["a"]["description"])) == PARAMETER_LIMIT
    assert spec.parameters["required"] == ["a"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "anyOf", "$ref", "enum", "items", "properties", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["properties", "required", "$defs", "type"]), _json, max_size=4))
def test_any_schema_becomes_a_spec(schema: JsonObject) -> None:
    assert flat_spec("t", "", schema).parameters["type"] == "object"
