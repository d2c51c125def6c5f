"""A saved conversation as blocks, so that a resumed session looks as it did. Pure; folded, since it was read once.

Knows messages and blocks; titles of calls come from whoever knows the tools.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import assert_never

from agent.own_reports import OWN_COMMAND, OwnReport, split_reports
from backends.types import AssistantMessage, Message, ToolCall, ToolResult, UserMessage
from tui.text import clean, clean_line
from tui.transcript.blocks import Block, Prompt, Reasoning, ToolEntry
from tui.transcript.scribe import CHARACTERS_PER_TOKEN
from tui.transcript.sections import sections

Title = Callable[[ToolCall], str]


def blocks_of(messages: Iterable[Message], title: Title = lambda _: "") -> list[Block]:
    """The blocks of a conversation, in order. `title` is a call's one line, as `ToolStarted.title`."""
    from agent.ledger import without_news  # here, because it brings the whole record and a start has none

    blocks: list[Block] = []
    calls: dict[str, int] = {}
    for message in messages:
        match message:
            case UserMessage(text):
                reports, said = split_reports(without_news(text))
                blocks += map(_own, reports)
                blocks.append(Prompt(clean(said)))
            case AssistantMessage():
                blocks += _said(message)
                if message.call is not None:
                    calls[message.call.id] = len(blocks)
                    blocks.append(_line(message.call, title))
            case ToolResult(call_id, name, text):
                place = calls.get(call_id)
                line = blocks[place] if place is not None else ToolEntry(call_id, clean_line(name), "")
                assert isinstance(line, ToolEntry)
                done = ToolEntry(line.call_id, line.name, line.title, "done", "", clean(text))
                if place is not None:
                    blocks[place] = done
                else:
                    blocks.append(done)
            case _:
                assert_never(message)
    return blocks


def _own(report: OwnReport) -> ToolEntry:
    """A command of the person, with how it ended in front of what it printed."""
    end, _, output = report.told.partition("\n")
    return ToolEntry("", OWN_COMMAND, clean_line(report.command), "done", clean_line(end.strip("[]")), clean(output))


def _said(message: AssistantMessage) -> Iterator[Block]:
    if message.reasoning.strip():
        thought = clean(message.reasoning)
        yield Reasoning(thought, tokens=-(-len(thought) // CHARACTERS_PER_TOKEN))
    if message.text.strip():
        yield from sections(clean(message.text))


def _line(call: ToolCall, title: Title) -> ToolEntry:
    return ToolEntry(clean_line(call.id), clean_line(call.name), clean_line(title(call)), "cancelled")
