"""A saved conversation is shown as it was, folded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.own_reports import OwnReport, with_reports
from backends.types import AssistantMessage, ToolCall, ToolResult, UserMessage
from tests.tui.transcript.samples import LINES
from tui.transcript import scanner
from tui.transcript.blocks import Answer, Prompt, Reasoning, ToolEntry
from tui.transcript.document import Document
from tui.transcript.markdown import render
from tui.transcript.restoring import blocks_of
from tui.transcript.sections import SECTION, SECTION_CONSTRUCTS, sections

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


@pytest.mark.parametrize(
    ("text", "parts", "is_read"),
    [
        pytest.param("# One\n\ntext\n", 1, False, id="short"),
        pytest.param("\n".join(["- "] * SECTION_CONSTRUCTS), 1, False, id="as many constructs as a block holds"),
        pytest.param("\n".join(["- "] * (SECTION_CONSTRUCTS + 1)), 2, True, id="one construct more"),
        pytest.param("a" * (SECTION - 3) + "\n\nb", 1, False, id="as long as a block"),
        pytest.param("a" * (SECTION - 2) + "\n\nb", 2, True, id="the last construct lies beyond"),
    ],
)
def test_only_an_answer_that_may_be_cut_is_read_as_markdown(
    monkeypatch: pytest.MonkeyPatch, text: str, parts: int, *, is_read: bool
) -> None:
    read: list[str] = []
    whole = scanner.constructs
    monkeypatch.setattr(scanner, "constructs", lambda text: read.append(text) or whole(text))
    found = list(sections(text))
    assert (len(found), bool(read)) == (parts, is_read)
    assert "".join(part.text for part in found) == text


def test_many_blocks_at_once_stand_as_if_they_had_come_one_by_one() -> None:
    blocks = [Prompt("why"), Reasoning("because"), ToolEntry("1", "search", "x"), Answer("so\nit is"), Prompt("ah")]
    told: list[int] = []
    single, many = Document(), Document(told.append)
    for block in blocks * 2:
        single.append(block)
    many.extend(blocks)
    many.extend(blocks)
    assert [(e.id, e.gap, e.block) for e in many] == [(e.id, e.gap, e.block) for e in single]
    assert [many.heights[i] for i in range(10)] == [single.heights[i] for i in range(10)]
    assert [many.heights.before(i) for i in range(11)] == [single.heights.before(i) for i in range(11)]
    assert all(many.index(entry.id) == place for place, entry in enumerate(many))
    assert told == [0, 5]
