"""The events of a stream as far as they are there: the same in sum, in order, however they come."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.gathering import MOST, gathered, joined
from backends.errors import StreamCut
from backends.events import CallProgress, ReasoningDelta, StepEnd, StreamEvent, TextDelta, Waiting

EVENTS = st.lists(
    st.one_of(
        st.builds(TextDelta, st.text(max_size=3)),
        st.builds(ReasoningDelta, st.text(max_size=3)),
        st.builds(CallProgress, st.sampled_from(["", "edit"]), st.text(max_size=3)),
        st.just(Waiting("reading")),
    )
)


async def stream(events: list[StreamEvent], error: Exception | None = None) -> AsyncGenerator[StreamEvent, None]:
    for event in events:
        yield event
    if error is not None:
        raise error


def letters(events: list[StreamEvent]) -> list[StreamEvent]:
    """One event a letter, so that lists which say the same are equal."""
    single: list[StreamEvent] = []
    for event in events:
        match event:
            case TextDelta(text):
                single += [TextDelta(letter) for letter in text]
            case ReasoningDelta(text):
                single += [ReasoningDelta(letter) for letter in text]
            case CallProgress(name, text):
                single += [CallProgress(name, letter) for letter in text]
            case _:
                single.append(event)
    return single


@given(EVENTS)
def test_what_is_joined_says_the_same_in_the_same_order(events: list[StreamEvent]) -> None:
    assert letters(list(joined(events))) == letters(events)


@pytest.mark.parametrize(
    ("events", "seen"),
    [
        pytest.param([TextDelta("a"), TextDelta("b")], [TextDelta("ab")], id="text"),
        pytest.param([ReasoningDelta("a"), ReasoningDelta("b")], [ReasoningDelta("ab")], id="thought"),
        pytest.param([CallProgress("edit", "a"), CallProgress("edit", "b")], [CallProgress("edit", "ab")], id="call"),
        pytest.param(
            [CallProgress("", "a"), CallProgress("edit", "b")],
            [CallProgress("", "a"), CallProgress("edit", "b")],
            id="a call whose name becomes known",
        ),
        pytest.param(
            [ReasoningDelta("a"), TextDelta("b"), ReasoningDelta("c")],
            [ReasoningDelta("a"), TextDelta("b"), ReasoningDelta("c")],
            id="text between thoughts",
        ),
        pytest.param(
            [Waiting("reading", 1), Waiting("reading", 2)], [Waiting("reading", 1), Waiting("reading", 2)], id="waiting"
        ),
    ],
)
def test_neighbours_of_one_kind_are_one_event(events: list[StreamEvent], seen: list[StreamEvent]) -> None:
    assert list(joined(events)) == seen


async def test_a_flood_is_one_piece_of_work_for_many_tokens() -> None:
    seen = [event async for event in gathered(stream([TextDelta("x")] * (10 * MOST)))]
    assert "".join(event.text for event in seen if isinstance(event, TextDelta)) == "x" * (10 * MOST)
    assert len(seen) <= 11


async def test_what_comes_alone_is_passed_on_alone_and_at_once() -> None:
    """The next token is made only when the one before was seen."""
    was_seen = asyncio.Event()

    async def slow() -> AsyncGenerator[StreamEvent, None]:
        for letter in "abc":
            yield TextDelta(letter)
            await was_seen.wait()
            was_seen.clear()

    seen: list[StreamEvent] = []
    async for event in gathered(slow()):
        seen.append(event)
        was_seen.set()
    assert seen == [TextDelta("a"), TextDelta("b"), TextDelta("c")]


async def test_nothing_is_read_farther_ahead_than_one_batch() -> None:
    made: list[int] = []

    async def counting() -> AsyncGenerator[StreamEvent, None]:
        for number in range(10 * MOST):
            made.append(number)
            yield TextDelta("x")

    async with aclosing(gathered(counting())) as events:
        await anext(events)
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(made) <= 2 * MOST


async def test_an_error_comes_behind_what_came_before_it() -> None:
    events = gathered(stream([TextDelta("a"), TextDelta("b")], StreamCut("cut")))
    assert await anext(events) == TextDelta("ab")
    with pytest.raises(StreamCut):
        await anext(events)


async def test_closing_it_closes_the_stream_and_leaves_no_task() -> None:
    closed: list[str] = []

    async def endless() -> AsyncGenerator[StreamEvent, None]:
        try:
            while True:
                yield TextDelta("x")
                await asyncio.sleep(0)
        finally:
            closed.append("yes")

    async with aclosing(gathered(endless())) as events:
        await anext(events)
    assert closed == ["yes"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_error_that_nobody_waits_for_any_more_is_no_complaint_of_the_loop() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with aclosing(gathered(stream([TextDelta("a")], StreamCut("cut")))) as events:
        await anext(events)
        await asyncio.sleep(0)
    del events
    gc.collect()
    assert complaints == []


async def test_the_end_is_the_last_event() -> None:
    seen = [event async for event in gathered(stream([TextDelta("a"), StepEnd("stop")]))]
    assert seen == [TextDelta("a"), StepEnd("stop")]
