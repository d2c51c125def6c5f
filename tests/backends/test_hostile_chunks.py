"""Chunks that no server should send, to all four wires: fields of any kind, parts twice, out of order and missing.

Each answer ends in an error of ours or in its StepEnd; a call is ready only when it fits its tool (THREATS.md S8).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.chat_completions import ChatDecoder
from backends.decode import ServerEvent
from backends.errors import BackendError
from backends.events import CallReady, StepEnd, StreamEvent
from backends.mlx.answer import CompletionReader
from backends.ollama.answer import AnswerReader
from backends.responses import ResponsesDecoder
from tests.backends.asking import provider, request

ASKED = request()

scalars = st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.sampled_from(
    ["", "x", "read_file", "now", "{}", '{"path":"a"}', '{"path":', '"a"}', "<|channel|>", "to=functions.now", "\ud800"]
) | st.text(max_size=6)
anything = st.recursive(
    scalars | texts, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=5
)


def objects(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects with some of these fields, each of which may hold anything at all instead."""
    return st.fixed_dictionaries({}, optional={name: kind | kind | anything for name, kind in fields.items()})


functions = objects(name=texts, arguments=texts)
calls = st.lists(objects(index=st.integers(0, 2), id=texts, type=st.just("function"), function=functions), max_size=3)
finish = st.sampled_from(["stop", "length", "tool_calls", "error", "", None])
messages = objects(
    role=st.just("assistant"), content=texts, thinking=texts, reasoning=texts, tool_calls=calls, function_call=functions
)
usage = objects(prompt_tokens=st.integers(0, 9), completion_tokens=st.integers(0, 9))
choices = st.lists(
    objects(delta=messages, message=messages, text=texts, finish_reason=finish, index=scalars), max_size=2
)
items = objects(
    type=st.sampled_from(["message", "reasoning", "function_call"]),
    name=texts,
    arguments=texts,
    call_id=texts,
    status=texts,
    content=st.lists(objects(type=texts, text=texts), max_size=2),
)
KINDS = [
    *("output_text.delta", "output_text.done", "reasoning_text.delta", "reasoning_summary_text.done", "refusal.done"),
    *("function_call_arguments.delta", "output_item.added", "output_item.done", "completed", "incomplete", "failed"),
]
logprobs = st.lists(objects(token=texts, bytes=st.lists(st.integers(-1, 300), max_size=3)), max_size=2)

WIRES: dict[str, st.SearchStrategy[Any]] = {
    "chat": objects(choices=choices, model=texts, usage=usage, error=anything),
    "responses": objects(
        type=st.sampled_from([f"response.{kind}" for kind in KINDS]),
        output_index=st.integers(0, 2),
        content_index=st.integers(0, 1),
        delta=texts,
        text=texts,
        item=items,
        response=objects(output=st.lists(items, max_size=2), usage=usage, status=texts, error=anything),
    ),
    "completions": objects(choices=choices, model=texts, usage=usage, system_fingerprint=texts),
    "ollama": objects(
        message=messages, done=st.booleans(), done_reason=finish, logprobs=logprobs, error=texts, eval_count=scalars
    ),
}


def sse(make: Callable[[], Any]) -> Callable[[list[Any]], Iterator[StreamEvent]]:
    def read(chunks: list[Any]) -> Iterator[StreamEvent]:
        decoder = make()
        for chunk in chunks:
            yield from decoder.feed(ServerEvent(json.dumps(chunk)))
        yield from decoder.feed(ServerEvent("[DONE]"))
        yield from decoder.close()

    return read


def ollama(chunks: list[Any]) -> Iterator[StreamEvent]:
    reader = AnswerReader(ASKED.tools, "Ollama")
    for chunk in chunks:
        if not reader.is_done:
            yield from reader.feed(chunk)
    if not reader.is_done:
        raise reader.cut("")


READ: dict[str, Callable[[list[Any]], Iterator[StreamEvent]]] = {
    "chat": sse(lambda: ChatDecoder(provider(), ASKED, "mine/m")),
    "responses": sse(lambda: ResponsesDecoder(provider(), ASKED, "mine/m")),
    "completions": sse(lambda: CompletionReader(provider(), ASKED, "mine/m")),
    "ollama": ollama,
}


def check(wire: str, chunks: list[Any]) -> None:
    events: list[StreamEvent] = []
    try:
        for event in READ[wire](chunks):
            events.append(event)  # noqa: PERF402  (a list would be lost with the error)
    except BackendError:
        assert not any(isinstance(event, StepEnd) for event in events)
        return
    ready = [event.call for event in events if isinstance(event, CallReady)]
    assert [type(event) for event in events].count(StepEnd) == 1
    assert isinstance(events[-1], StepEnd)
    assert len(ready) <= 1
    for call in ready:
        assert (call.name, list(call.arguments)) in (("now", []), ("read_file", ["path"]))
        assert isinstance(call.arguments.get("path", ""), str)
        assert json.loads(call.arguments_text) == cast("dict[str, Any]", call.arguments)


@pytest.mark.parametrize("wire", WIRES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_chunks_of_any_shape_end_in_an_error_or_an_answer(wire: str, data: st.DataObject) -> None:
    check(wire, data.draw(st.lists(WIRES[wire], max_size=4)))


@pytest.mark.nightly
@pytest.mark.parametrize("wire", WIRES)
@settings(max_examples=1_250, deadline=None)  # on each of the four
@given(data=st.data())
def test_chunks_of_any_shape_end_in_an_error_or_an_answer_all_night(wire: str, data: st.DataObject) -> None:
    check(wire, data.draw(st.lists(WIRES[wire], max_size=4)))
