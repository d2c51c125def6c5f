"""A saved conversation is shown as it was, folded."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.own_reports import OwnReport, with_reports
from backends.types import AssistantMessage, ToolCall, ToolResult, UserMessage
from tests.tui.transcript.samples import LINES
from tui.transcript.blocks import Answer, Prompt, Reasoning, ToolEntry
from tui.transcript.markdown import render
from tui.transcript.restoring import blocks_of
from tui.transcript.sections import sections

CALL = ToolCall("c1", "search", {}, "{}")


def test_messages_become_the_blocks_of_their_turn() -> None:
    messages = (
        UserMessage("where?"),
        AssistantMessage("Looking.", "hm", CALL),
        ToolResult("c1", "search", "a.py:1\x1b[0m"),
        AssistantMessage("In a.py."),
    )
    assert blocks_of(messages, lambda call: f'"{call.name}"') == [
        Prompt("where?"),
        Reasoning("hm", tokens=1),
        Answer("Looking."),
        ToolEntry("c1", "search", '"search"', "done", "", "a.py:1␛[0m"),
        Answer("In a.py."),
    ]


def test_a_call_without_its_result_was_cancelled() -> None:
    assert blocks_of([AssistantMessage(call=CALL)]) == [ToolEntry("c1", "search", "", "cancelled")]


def test_an_own_command_stands_before_the_message_that_took_it_along() -> None:
    report = OwnReport("ls -a", "[exit code 0]\na\nb")
    assert blocks_of([UserMessage(with_reports("why?", [report]))]) == [
        ToolEntry("", "you", "ls -a", "done", "exit code 0", "a\nb"),
        Prompt("why?"),
    ]


@given(
    st.lists(st.sampled_from([line for line in LINES if "]:" not in line]), min_size=300, max_size=600).map("\n".join)
)
@settings(max_examples=15, deadline=None)
def test_a_long_answer_in_sections_reads_as_the_whole(text: str) -> None:
    parts = list(sections(text))
    assert "".join(part.text for part in parts) == text
    drawn = [row for n, part in enumerate(parts) for row in ([()] * (n > 0) + render(part.text, 80))]
    assert [[run[:2] for run in row] for row in drawn] == [[run[:2] for run in row] for row in render(text, 80)]
