"""Calls in text as a turn gets them: one a step, whole or refused."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from agent.tools import default_tools
from agent.written.backend import MOST_AFTER, WrittenTools
from backends.errors import StreamCut
from backends.events import (
    CallReady,
    CallRejected,
    EndReason,
    ReasoningDelta,
    StepEnd,
    StreamEvent,
    TextCorrected,
    TextDelta,
)
from backends.types import ChatRequest, Usage, UserMessage
from tests.agent.scripted import ScriptedBackend, Step

CALL = '<tool_call>\n{"name": "open_file", "arguments": {"path": "a.py", "line_start": 3}}\n</tool_call>'
FUNCTION = (
    "<function=open_file>\n<parameter=path>\na.py\n</parameter>\n<parameter=line_start>3</parameter>\n</function>"
)
PATCH = "*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch"
EDIT = "a.py\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE"
OPENED = ("open_file", {"path": "a.py", "line_start": 3})
REQUEST = ChatRequest("gemma3", "", (UserMessage("hi"),), tuple(tool.spec for tool in default_tools()))


async def heard(step: Step) -> list[StreamEvent]:
    async with aclosing(WrittenTools(ScriptedBackend(step)).stream(REQUEST)) as events:
        return [event async for event in events]


async def said(*pieces: str, reason: EndReason = "stop") -> list[StreamEvent]:
    return await heard([*map(TextDelta, pieces), StepEnd(reason, Usage(10, 0, 5))])


def calls(events: list[StreamEvent]) -> list[tuple[str, object]]:
    return [(event.call.name, event.call.arguments) for event in events if isinstance(event, CallReady)]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        pytest.param(CALL, OPENED, id="JSON in tags"),
        pytest.param(f"I look at it.\n\n{CALL}", OPENED, id="behind words"),
        pytest.param(FUNCTION, OPENED, id="as Qwen3-Coder writes it"),
        pytest.param(f"<tool_call>\n{FUNCTION}\n</tool_call>", OPENED, id="as Qwen3-Coder writes it, in tags"),
        pytest.param(CALL.replace("open_file", "functions.open_file"), OPENED, id="a name with its namespace"),
        pytest.param(CALL.replace("3}}", '"3"}}'), OPENED, id="a number in quotes"),
        pytest.param(PATCH, ("apply_patch", {"patch": PATCH}), id="a patch"),
        pytest.param(EDIT, ("apply_patch", {"patch": EDIT}), id="a search/replace block"),
        pytest.param(f"{EDIT}\n{EDIT}", ("apply_patch", {"patch": f"{EDIT}\n{EDIT}"}), id="two of them are one change"),
    ],
)
async def test_a_block_is_the_same_call_that_a_server_would_deliver(text: str, call: tuple[str, object]) -> None:
    events = await said(text)
    assert calls(events) == [call]
    assert events[-1] == StepEnd("tool_call", Usage(10, 0, 5))


async def test_a_call_that_is_as_told_counts_as_unrepaired() -> None:
    (ready,) = [event for event in await said(CALL) if isinstance(event, CallReady)]
    assert ready.repairs == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param('<tool_call>\n{"name": "nope", "arguments": {}}\n</tool_call>', "unknown_tool", id="no such tool"),
        pytest.param("<tool_call>\nopen a.py\n</tool_call>", "not_json", id="no JSON"),
        pytest.param('<tool_call>\n{"name": "open_file", "arguments": {}}\n</tool_call>', "schema", id="no path"),
        pytest.param(CALL.removesuffix("</tool_call>"), "truncated", id="without its end"),
        pytest.param(PATCH.removesuffix("*** End Patch"), "truncated", id="a patch without its end"),
        pytest.param(EDIT.removesuffix(">>>>>>> REPLACE"), "truncated", id="an edit without its end"),
    ],
)
async def test_a_block_without_a_single_reading_is_refused_and_nothing_runs(text: str, reason: str) -> None:
    events = await said(text)
    assert calls(events) == []
    assert [event.reason for event in events if isinstance(event, CallRejected)] == [reason]


async def test_edits_of_an_answer_that_was_cut_off_are_not_applied_in_part() -> None:
    events = await said(f"{EDIT}\n", "and now b", reason="length")
    assert calls(events) == []
    assert [event.reason for event in events if isinstance(event, CallRejected)] == ["truncated"]


async def test_an_answer_without_a_block_passes_as_it_came() -> None:
    thought = ReasoningDelta("Hm.")
    events = await heard([thought, TextDelta("The bug is in a.py."), StepEnd("stop", Usage(10, 0, 5))])
    assert events == [thought, TextDelta("The bug is in a.py."), StepEnd("stop", Usage(10, 0, 5))]


async def test_only_the_first_call_counts_and_a_model_that_goes_on_is_stopped() -> None:
    invented = "<tool_result>\n" + "x" * MOST_AFTER
    backend = ScriptedBackend([TextDelta(f"{CALL}\n"), TextDelta(invented), TextDelta(CALL), StepEnd("stop")])
    async with aclosing(WrittenTools(backend).stream(REQUEST)) as stream:
        events = [event async for event in stream]
    assert calls(events) == [OPENED]
    assert isinstance(events[-1], StepEnd)
    assert backend.closed_early == 1


async def test_corrected_text_is_read_anew() -> None:
    events = await heard([TextDelta("noise"), TextCorrected(f"Look.\n{CALL}"), StepEnd("stop")])
    assert calls(events) == [OPENED]
    assert events[1:3] == [TextCorrected(""), TextDelta("Look.\n")]


async def test_a_fault_of_the_server_is_passed_on() -> None:
    with pytest.raises(StreamCut):
        await heard([TextDelta(CALL), StreamCut("cut")])
