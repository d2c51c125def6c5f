"""The five tools as the model sees them: their order, their size, their flatness."""

from __future__ import annotations

from agent.tokens import load_encoding
from agent.tools import default_tools
from backends.harmony.typescript import render_tools


def test_the_tools_come_in_their_fixed_order() -> None:
    names = [tool.spec.name for tool in default_tools()]
    assert names == ["open_file", "print_tree", "search", "apply_patch", "exec"]


def test_all_five_cost_less_than_420_tokens() -> None:
    text = render_tools(tuple(tool.spec for tool in default_tools()))
    assert len(load_encoding().encode(text)) < 420


def test_parameters_are_flat_and_plain() -> None:
    for tool in default_tools():
        properties = tool.spec.parameters["properties"]
        assert isinstance(properties, dict)
        for parameter in properties.values():
            assert isinstance(parameter, dict)
            assert parameter["type"] in ("string", "integer")
            assert parameter.keys() <= {"type", "description"}
