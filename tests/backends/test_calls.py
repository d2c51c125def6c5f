"""Laws of gathering a call from its pieces, however two calls are cut and mixed (openai.md §5)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backends.calls import FirstCall
from backends.types import JsonObject
from tests.backends.asking import called

texts = st.text(max_size=12)
arguments = st.dictionaries(texts, texts | st.integers() | st.booleans() | st.lists(texts, max_size=2), max_size=3)


def pieces_of(draw: Any, value: JsonObject) -> list[str]:
    text = json.dumps(value, ensure_ascii=False)
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]


@settings(max_examples=150, deadline=None)
@given(st.data(), arguments, arguments)
def test_the_first_of_two_calls_is_whole_however_their_pieces_are_mixed(
    data: st.DataObject, one: JsonObject, other: JsonObject
) -> None:
    queues = [pieces_of(data.draw, one), pieces_of(data.draw, other)]
    has_index, has_id = data.draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    call, begun = FirstCall(), [False, False]
    turn = 0
    while any(queues):
        turn = turn if queues[turn] and (turn == 0 or begun[0]) else 1 - turn
        place: dict[str, object] = {"index": turn} if has_index else {}
        if has_id:
            place["id"] = f"call_{turn}"
        name = None if begun[turn] else f"tool_{turn}"
        call.feed(called(queues[turn].pop(0), name, **place))  # type: ignore[arg-type]
        begun[turn] = True
        turn = data.draw(st.integers(0, 1))
    assert call.name == "tool_0"
    assert json.loads(call.arguments) == one


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.none()
        | st.integers()
        | st.text(max_size=4)
        | st.fixed_dictionaries(
            {},
            optional={
                "index": st.none() | st.integers() | st.text(max_size=2),
                "id": st.none() | st.text(max_size=2),
                "function": st.none()
                | st.text(max_size=2)
                | st.fixed_dictionaries(
                    {}, optional={"name": st.none() | st.text(max_size=3), "arguments": st.none() | arguments | texts}
                ),
            },
        ),
        max_size=5,
    )
)
def test_entries_of_any_shape_are_gathered_without_an_error(entries: list[Any]) -> None:
    call = FirstCall()
    for entry in entries:
        call.feed(entry)
    assert call.is_present == bool(entries)
    assert isinstance(call.arguments, str)
