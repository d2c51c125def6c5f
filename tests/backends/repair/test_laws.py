"""Laws of repair: valid calls stay as they are, prefixes never run, nothing a model writes makes it fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.harmony import CONTROL_TOKENS
from backends.repair import Place, Refusal, Repaired, repair_call, repair_error, repair_text
from backends.types import ToolSpec


def tool(name: str, required: list[str], **properties: str) -> ToolSpec:
    fields: dict[str, Any] = {key: {"type": kind} for key, kind in properties.items()}
    return ToolSpec(name, "", {"type": "object", "properties": fields, "required": list(required)})


TOOLS = (
    tool("open_file", ["path"], path="string", line_start="integer"),
    tool("apply_patch", ["patch"], patch="string"),
    tool("exec", ["command"], command="string", workdir="string"),
    tool("write_file", ["path", "content"], path="string", content="string"),
)

hostile = st.lists(
    st.one_of(
        st.sampled_from([*CONTROL_TOKENS, "<¦|", '"', "'", "\\", "{", "}", "]", "*** End Patch\n", "```", "//", ","]),
        st.sampled_from(["*** Begin Patch\n", "to=functions.exec", '{"name":"exec","arguments":{}}', "\n", "json"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    ),
    max_size=12,
).map("".join)
valid_calls = st.one_of(
    hostile.map(lambda path: ("open_file", {"path": path})),
    hostile.map(lambda patch: ("apply_patch", {"patch": patch})),
    st.tuples(hostile, hostile).map(lambda both: ("write_file", {"path": both[0], "content": both[1]})),
    hostile.map(lambda command: ("exec", {"command": "x" + command})),
)


@given(valid_calls, st.booleans(), st.sampled_from([None, 1]))
def test_a_valid_call_passes_unchanged_whatever_its_strings_contain(
    call: tuple[str, dict[str, Any]], as_text: bool, indent: int | None
) -> None:
    name, arguments = call
    text = json.dumps(arguments, indent=indent)
    outcome = repair_call(name, text if as_text else arguments, TOOLS)
    assert isinstance(outcome, Repaired)
    assert (outcome.call.name, outcome.call.arguments, outcome.repairs) == (name, arguments, ())
    if as_text:
        assert outcome.call.arguments_text == text


@given(valid_calls, st.data())
def test_a_prefix_of_a_call_never_runs_unless_it_is_the_whole(
    call: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    name, arguments = call
    text = json.dumps(arguments)
    size = data.draw(st.integers(0, len(text) - 1))
    for finish in ("length", "stop"):
        outcome = repair_call(name, text[:size], TOOLS, finish)
        is_whole = isinstance(outcome, Repaired) and outcome.call.arguments == arguments
        assert isinstance(outcome, Refusal) or (finish == "stop" and is_whole)


@given(hostile, st.data())
def test_a_prefix_of_a_leaked_call_never_runs(content: str, data: st.DataObject) -> None:
    header = "<|channel|>commentary to=functions.write_file <|constrain|>json<|message|>"
    text = f"{header}{json.dumps({'path': 'a', 'content': content})}"
    size = data.draw(st.integers(0, len(text) - 1))
    assert not isinstance(repair_text(text[:size], TOOLS, "content", "length").outcome, Repaired)


@given(hostile)
def test_a_prefix_of_a_bare_patch_never_runs(body: str) -> None:
    patch = f"*** Begin Patch\n*** Add File: a\n+{body.replace('*** End Patch', '')}"
    assert isinstance(repair_call("apply_patch", patch, TOOLS), Refusal)


@given(hostile, hostile, st.sampled_from(["stop", "length"]))
def test_whatever_a_model_writes_there_is_an_answer(name: str, text: str, finish: str) -> None:
    check_every_face(name, text, finish)


@pytest.mark.nightly
@settings(max_examples=20_000)
@given(hostile, hostile, st.sampled_from(["stop", "length"]))
def test_whatever_a_model_writes_there_is_an_answer_all_night(name: str, text: str, finish: str) -> None:
    check_every_face(name, text, finish)


def check_every_face(name: str, text: str, finish: str) -> None:
    outcomes = [
        repair_call(name, text, TOOLS, finish),
        repair_call("open_file", text, TOOLS, finish),
        repair_text(text, TOOLS, "content", finish).outcome,
        repair_text(text, TOOLS, "thinking", finish).outcome,
        repair_error(f"error parsing tool call: raw='{text}', err=x", TOOLS, finish),
    ]
    for outcome in outcomes:
        if isinstance(outcome, Repaired):
            assert json.loads(outcome.call.arguments_text) == outcome.call.arguments
            assert outcome.call.name in {each.name for each in TOOLS}


@given(hostile.filter(lambda text: "<|" not in text))
def test_text_without_control_tokens_that_is_no_call_is_shown_as_it_is(text: str) -> None:
    reading = repair_text(f"Look: {text}", TOOLS)
    assert reading.outcome is None
    assert reading.show == f"Look: {text}"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param('{"path":' + "[" * 100_000, id="deep-list"),
        pytest.param('{"path":' + '{"a":' * 100_000, id="deep-object"),
        pytest.param('{"line_start":' + "9" * 100_000 + "}", id="huge-integer"),
        pytest.param('{"path":"' + "\\" * 100_001, id="backslashes"),
        pytest.param('"' * 100_001, id="quotes"),
        pytest.param("{" * 100_000, id="braces"),
        pytest.param("/*" * 100_000, id="comments"),
        pytest.param(" " * 100_000 + "{", id="blanks"),
        pytest.param("<|end|>" * 20_000, id="tokens"),
        pytest.param("`" * 100_000, id="fences"),
    ],
)
def test_long_and_deep_nonsense_is_refused(arguments: str) -> None:
    assert isinstance(repair_call("open_file", arguments, TOOLS), Refusal)


@pytest.mark.parametrize("place", ["content", "thinking"])
@pytest.mark.parametrize(
    "piece", ["<|channel|>", "<|start|>assistant", "\n", " ", "to=", "assistant ", "`", "```\n", "analysis", "<", "{"]
)
def test_long_nonsense_in_text_is_text_or_refused(piece: str, place: Place) -> None:
    for text in (piece * 30_000, f"<|end|>{piece * 30_000}x", f"assistant{piece * 30_000}x", f"a{piece * 30_000}<|"):
        assert not isinstance(repair_text(text, TOOLS, place).outcome, Repaired)


def test_an_error_about_something_else_is_no_call() -> None:
    assert repair_error('{"error":"model not found"}', TOOLS) is None


def test_a_refusal_says_which_tools_there_are() -> None:
    refusal = repair_call("fly", "{}", TOOLS)
    assert isinstance(refusal, Refusal)
    assert "There is no tool `fly`" in refusal.explanation
    assert "`open_file`" in refusal.explanation


def test_a_call_gets_the_id_of_the_server_or_one_of_its_own() -> None:
    given_id = repair_call("open_file", {"path": "a"}, TOOLS, call_id="c7")
    own_ids = [repair_call("open_file", {"path": "a"}, TOOLS) for _ in range(2)]
    assert isinstance(given_id, Repaired)
    assert given_id.call.id == "c7"
    assert len({one.call.id for one in own_ids if isinstance(one, Repaired)}) == 2
