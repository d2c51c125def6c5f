"""The lenient reader: JSON is read as JSON, and what is not has one reading or none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.repair.json_text import read_leniently, read_strictly, write
from backends.repair.outcome import CannotRead
from backends.types import JsonValue

texts = st.text(st.characters(), max_size=8)
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=4), st.sampled_from([None, 2]), st.booleans())
def test_valid_json_is_read_as_the_strict_reader_reads_it(
    value: JsonValue, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert read_strictly(text) == value
    assert read_leniently(text, is_cut=False) == (value, (), "")


@given(st.dictionaries(texts, values, max_size=4))
def test_what_is_written_reads_back_and_can_be_encoded(value: JsonValue) -> None:
    assert read_strictly(write(value)) == value
    assert write(value).encode()


@given(st.dictionaries(st.text("ab", min_size=1), st.text("cd'\"\\\n", max_size=5), min_size=1, max_size=3))
def test_a_python_literal_reads_as_the_dictionary_it_was(value: dict[str, str]) -> None:
    assert read_leniently(repr(value), is_cut=False)[0] == value


@pytest.mark.parametrize(
    ("text", "value", "mended"),
    [
        pytest.param(
            "{'a': True, 'b': None}", {"a": True, "b": None}, {"quotes corrected", "Python literal translated"}
        ),
        pytest.param('{"a": "x\ty"}', {"a": "x\ty"}, {"control character escaped"}),
        pytest.param('{"a": [1, 2,],}', {"a": [1, 2]}, {"trailing comma removed"}),
        pytest.param("{a_b: 1}", {"a_b": 1}, {"key quoted"}),
        pytest.param('{"a": 1 /* one */}', {"a": 1}, {"comment removed"}),
        pytest.param('{"a": {"b": [true', {"a": {"b": [True]}}, {"closing bracket added"}),
        pytest.param('{"a": "it\\\'s"}', {"a": "it's"}, {"escape corrected"}),
        pytest.param('{"a": "\\ud83d\\ude00"}', {"a": "😀"}, set[str]()),
    ],
)
def test_each_liberty_is_named(text: str, value: JsonValue, mended: set[str]) -> None:
    read, names, rest = read_leniently(text, is_cut=False)
    assert (read, set(names), rest) == (value, mended, "")


@pytest.mark.parametrize(
    "text", ["{", '{"a"', '{"a":', '{"a": 1', '{"a": tr', '{"a": "b', '{"a": "b\\', '{"a": "\\u00', "[1,"]
)
def test_an_end_inside_a_value_is_a_cut(text: str) -> None:
    with pytest.raises(CannotRead) as caught:
        read_leniently(text, is_cut=False)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": 01}',
        '{"a": +1}',
        '{"a" 1}',
        '{"a": 1 "b": 2}',
        '{"a": x}',
        '{"a": "\\q"}',
        "{1: 2}",
    ],
)
def test_other_damage_has_no_reading(text: str) -> None:
    with pytest.raises(CannotRead) as caught:
        read_leniently(text, is_cut=False)
    assert caught.value.reason == "not_json"


@pytest.mark.parametrize("text", ["NaN", "[1,]", '{"a":1,"a":2}', "1e999", "9" * 50, "[" * 65 + "]" * 65, "[" * 10**5])
def test_the_strict_reader_keeps_its_limits(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (json's own kinds, and ours)
        read_strictly(text)
