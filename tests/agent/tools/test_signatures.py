"""Functions to tool specs: what a signature and a docstring tell the model, and what cannot be told."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tools.signatures import DESCRIPTION_LIMIT, read_functions
from backends.types import JsonObject


def spec_of(source: str) -> tuple[str, JsonObject, list[object]]:
    (function,), refused = read_functions(textwrap.dedent(source))
    assert refused == []
    schema = function.spec.parameters
    properties, required = schema["properties"], schema["required"]
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    return function.spec.description, properties, [*required]


def test_a_typed_and_documented_function_becomes_a_flat_schema() -> None:
    description, properties, required = spec_of('''
        def weather(city: str, days: int = 3, unit: Literal["C", "F"] = "C") -> str:
            """Tell the weather of a city.

            More for people.

            Args:
                city: Its name,
                    in English.
                days (int): How far ahead.
            """
    ''')
    assert description == "Tell the weather of a city."
    assert required == ["city"]
    assert properties == {
        "city": {"type": "string", "description": "Its name, in English."},
        "days": {"type": "integer", "description": "How far ahead. Default 3."},
        "unit": {"type": "string", "enum": ["C", "F"], "description": "One of C, F. Default 'C'."},
    }


def test_sphinx_parameters_are_read_too() -> None:
    _, properties, _ = spec_of('''
        def f(a: str, *, b: bool = False):
            """Do it.

            :param a: the first
            :param bool b: the second
            """
    ''')
    assert properties["a"] == {"type": "string", "description": "the first"}
    assert properties["b"] == {"type": "boolean", "description": "the second Default False."}


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("float", {"type": "number"}),
        ("list[int]", {"type": "array", "items": {"type": "integer"}}),
        ("dict[str, int]", {"type": "object"}),
        ("Optional[str]", {"type": "string"}),
        ("str | None", {"type": "string"}),
        ("'int'", {"type": "integer"}),
        ("typing.Literal['a']", {"type": "string", "enum": ["a"], "description": "One of a."}),
    ],
)
def test_a_type_becomes_a_schema(annotation: str, schema: JsonObject) -> None:
    _, properties, _ = spec_of(f'def f(a: {annotation}):\n    """Do it."""')
    assert properties["a"] == schema


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        pytest.param("def f(:\n", 1, "not Python", id="syntax"),
        pytest.param("x = 1\n\ndef f(a: str): ...", 3, "no docstring", id="undocumented"),
        pytest.param('def f(\n    a):\n    """Do."""', 2, "a has no type", id="untyped"),
        pytest.param('def f(a: Path):\n    """Do."""', 1, "Path", id="unknown type"),
        pytest.param('def f(a: Literal[1, x]):\n    """Do."""', 1, "Literal", id="odd literal"),
        pytest.param('def f(*a: str):\n    """Do."""', 1, "*args", id="variadic"),
        pytest.param("\0", 1, "not Python", id="NUL"),
    ],
)
def test_what_cannot_be_a_tool_is_refused_with_its_line(source: str, line: int, words: str) -> None:
    found, (refused,) = read_functions(source)
    assert found == []
    assert refused.line == line
    assert words in refused.reason


def test_names_that_begin_with_an_underscore_and_methods_are_the_files_own_affair() -> None:
    source = "def _helper(a): ...\nclass C:\n    def method(self): ...\nX = lambda y: y\n"
    assert read_functions(source) == ([], [])


def test_a_good_function_beside_a_bad_one_stays() -> None:
    found, refused = read_functions('def bad(a): ...\nasync def good():\n    """Do."""')
    assert [function.spec.name for function in found] == ["good"]
    assert len(refused) == 1


def test_a_long_description_is_bounded_because_every_request_pays_for_it() -> None:
    description, _, _ = spec_of(f'def f():\n    """{"x" * 2_000}"""')
    assert len(description) == DESCRIPTION_LIMIT


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_run(source: str) -> None:
    read_functions(source)
